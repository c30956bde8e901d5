"""A hub and a station as processes of their own, with the station's devices on ports of the test's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.hubs import DEMO_HALL, bare_hall
from kioskd.access.pairing import Pairing
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.demo.bed import Bed
from kioskd.demo.client import HubClient
from kioskd.demo.keys import demo_tokens
from kioskd.hall.codec import decode
from kioskd.hall.events import Event, JournalNote
from kioskd.journal.journal import Journal
from kioskd.journal.records import BEFORE_ALL
from kioskd.settings import load
from tests.system.hall import Paper

ROOT = Path(__file__).parents[2]
START_S = 30.0
STATION = "window-1"
DEVICES = ("printer", "sign-1", "keypad-1", "pad-1")

PAPER_SPEED = 4.0
"""Slow enough to kill somebody while a slip is half out."""

HOLD_TRUTH_S = 2.0
PRESS_SHELF_S = 1
"""Both much shorter than in life, so that nobody need wait for them."""


class Process:
    """A ``kioskd`` command that says one line when it is ready."""

    def __init__(self, *arguments: str | Path) -> None:
        self._arguments = [str(argument) for argument in arguments]
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *more: str) -> str:
        """Start it and return its first line."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kioskd", *self._arguments, *more),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=dict(os.environ, PYTHONUNBUFFERED="1"),
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(START_S):
            while line := (await self._process.stdout.readline()).decode():
                if " ready: " in line:
                    return line
        raise AssertionError(f"kioskd {self._arguments} ended with {await self._process.wait()}")

    def freeze(self) -> None:
        """Stop it where it is: whoever talks to it does not notice yet."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    async def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.communicate()
            self._process = None


class RemoteHall:
    """Both processes, the devices, and what people do."""

    def __init__(self, folder: Path, bed: Bed, url: str, client: HubClient) -> None:
        port = url.rsplit(":", 1)[1]
        self.bed = bed
        self.client = client
        self.data = folder / "hub"
        hall = bare_hall(folder)
        with hall.open("a", encoding="utf-8") as file:
            file.write(f"\n[policy.calling]\npress_shelf_s = {PRESS_SHELF_S}\n")
        self.hub = Process("run", hall, "--data", self.data, "--port", port)
        self.station = Process("run", folder / "station.toml", "--data", folder / "station")
        self.paper = Paper([device for device in bed.devices.values() if device.kind == "printer"])
        self._changed = asyncio.Event()
        bed.on_change(self._seen)

    def _seen(self, device: Any) -> None:
        self.paper.look()
        self._changed.set()

    def simulator(self, name: str) -> Any:
        return self.bed.devices[name].simulator

    @property
    def sign(self) -> str:
        return " ".join(self.simulator("sign-1").texts()).strip()

    async def until(self, true: Callable[[], Any], what: str, seconds: float = 20.0) -> None:
        """Wait until something is seen at the devices."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"never came in {seconds:g} s: {what}") from None

    async def post(self, role: str, path: str, body: Any = None) -> Any:
        answer = await self.client.post(role, f"/api/v1/{path}", {} if body is None else body)
        assert answer.ok, answer
        return answer.body

    async def get(self, path: str) -> Any:
        answer = await self.client.get("lead", f"/api/v1/{path}")
        assert answer.ok, answer
        return answer.body

    async def until_told(self, path: str, true: Callable[[Any], bool]) -> Any:
        """Wait until the hub says something; its event stream tells when to ask again."""
        async with asyncio.timeout(20):
            async for _ in self.client.events("lead"):
                if true(body := await self.get(path)):
                    return body
        raise AssertionError(f"the event stream ended: {path}")

    async def press_until(self, key: str, true: Callable[[], Any]) -> None:
        """Press a key and wait until its effect is seen."""
        self.simulator("keypad-1").press(key)
        await self.until(true, f"what {key} does (sign {self.sign!r})")

    async def issue(self) -> str:
        return str((await self.post("kiosk", "tickets", {"queue": "general"}))["number"])

    async def ask_for_rating(self, number: str) -> None:
        """Have a citizen called, served and asked for a rating, by keypad alone."""
        await self.press_until("call", lambda: f"{number}到" in self.sign)
        await self.press_until("confirm", lambda: self.sign == f"{number} 正在办理")
        asked = self.simulator("pad-1")
        await self.press_until("evaluate", lambda: asked.digits.strip() == number[1:])

    async def events(self) -> list[Event]:
        """Kill both and return everything the journal holds."""
        await self.station.kill()
        await self.hub.kill()
        journal = await Journal.open(self.data, now_wall=0, boot="test")
        found = [decode(e.kind, e.version, e.body) async for e in journal.stream(BEFORE_ALL)]
        await journal.close()
        return [event for event in found if not isinstance(event, JournalNote)]


STATION_TOML = """
id = "{station}"
profiles = "{config}/profiles"
[hub]
url = "{url}"
[hub_lost]
hold_truth_s = {hold}
"""
DEVICE_TOML = """
[[device]]
id = "{0.id}"
driver = "{0.driver}"
address = "{0.address}"
unit = {0.unit}
profile = "{0.profile}"
"""


@asynccontextmanager
async def remote_hall(folder: Path) -> AsyncIterator[RemoteHall]:
    """Run a hub, pair a station with it and wait until the station's devices are well."""
    devices = [device for device in load(DEMO_HALL).station.devices if device.id in DEVICES]
    bed = Bed(devices, folder / "dev", speed=PAPER_SPEED)
    await bed.start()
    url = f"http://127.0.0.1:{_free_port()}"
    text = STATION_TOML.format(station=STATION, config=DEMO_HALL.parent.parent, url=url, hold=HOLD_TRUTH_S)
    for device in bed.settings():
        text += DEVICE_TOML.format(device) + (f'window = "{device.window}"\n' if device.window else "")
    (folder / "station.toml").write_text(text, "utf-8")
    data = folder / "hub"
    data.mkdir()
    store = TokenStore.open(data / FILE_NAME)
    tokens = demo_tokens(store, data)
    store.close()
    async with HubClient(url, tokens) as client:
        hall = RemoteHall(folder, bed, url, client)
        try:
            await hall.hub.start()
            store = TokenStore.open(data / FILE_NAME)
            code = Pairing(store).offer(STATION)
            store.close()
            assert STATION in await hall.station.start("--code", code)
            await hall.until(lambda: hall.sign == "欢迎光临", "the sign's first face")
            await hall.until_told("devices", lambda found: all(_well(one) for one in found))
            yield hall
        finally:
            await hall.station.kill()
            await hall.hub.kill()
            await bed.stop()


def _well(device: Any) -> bool:
    return bool(device["status"]["state"] == "online")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
