"""A whole hall for tests: a real hub, its station, and every device a simulator on a real port.

Nobody here sleeps: whoever waits is woken by a simulator that changed or an event that was committed.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from kioskd.app import RunningHub, run_hub
from kioskd.demo.bed import Bed, BedDevice
from kioskd.demo.client import HubClient
from kioskd.demo.keys import demo_tokens
from kioskd.hall.events import Event, JobDone, JobFailed, JobUnknown, ReprintAsked, TicketIssued
from kioskd.hall.moment import Moment
from kioskd.hall.state import State
from kioskd.hub.clock import Clock
from kioskd.journal.records import Position
from kioskd.settings import HallSettings

E = TypeVar("E")

PATIENCE_S = 15.0
"""Longer than anything here takes on a busy machine."""

PAPER_SPEED = 20.0
"""The printer's mechanics, not its answers, run so much faster than in life."""

LAG_STEP_S = 0.02
NUMBER = re.compile(r"^\s*([A-Z]\d{3})\s*$", re.MULTILINE)
LAST = "取号时间"
"""The last thing on every slip of the demo hall."""

COPY = re.compile(r"补打（第(\d+)次）")


class News:
    """Follows the desk and the simulators: committed events in order, and a wake-up for whoever waits."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._decided: list[tuple[Position, tuple[Event, ...]]] = []
        self._stirred = asyncio.Event()

    def decided(self, state: State, events: tuple[Event, ...], first: Position, now: Moment) -> None:
        self._decided.append((Position(first.epoch, first.seq + max(len(events) - 1, 0)), events))

    def committed(self, last: Position) -> None:
        while self._decided and self._decided[0][0] <= last:
            self.events += self._decided.pop(0)[1]
        self.stir()

    def rebuilt(self, state: State) -> None:
        self._decided.clear()
        self.stir()

    def stirred(self) -> asyncio.Event:
        """Return what is set by whatever happens from now on."""
        return self._stirred

    def stir(self) -> None:
        stirred, self._stirred = self._stirred, asyncio.Event()
        stirred.set()

    async def until(self, true: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> None:
        """Wait until something is so."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    await self._stirred.wait()
        except TimeoutError:
            raise AssertionError(f"never came in {seconds:g} s: {what}") from None

    def of(self, kind: type[E], since: int = 0, **fields: Any) -> list[E]:
        """Return the committed events of a kind that say this, from the ``since``-th on."""
        return [
            event
            for event in self.events[since:]
            if isinstance(event, kind) and all(getattr(event, key) == value for key, value in fields.items())
        ]


class Paper:
    """Everything that ever came out of the printer, by ticket."""

    def __init__(self, printers: list[BedDevice]) -> None:
        self._printers = [printer.simulator for printer in printers]
        self._pieces: dict[tuple[int, int], Any] = {}

    def look(self) -> None:
        """Pick up what came out: a printer remembers only its last pieces."""
        for n, printer in enumerate(self._printers):
            for piece in printer.slips[-2:]:
                self._pieces.setdefault((n, piece.id), piece)

    def whole(self, number: str) -> list[int]:
        """Return which copies (1: the first) of a ticket's slip came out whole."""
        return [copy for name, copy, whole in self._read() if name == number and whole]

    def twice(self) -> list[tuple[str, int]]:
        """Return the copies that came out more than once; there must be none."""
        counted = Counter((name, copy) for name, copy, _ in self._read())
        return [slip for slip, times in counted.items() if times > 1]

    def _read(self) -> Iterator[tuple[str, int, bool]]:
        for piece in self._pieces.values():
            number, copy = NUMBER.search(piece.text), COPY.search(piece.text)
            if number is not None:
                # Cut off, it may still be what hung out of the printer when it stopped.
                yield number[1], int(copy[1]) + 1 if copy else 1, piece.complete and LAST in piece.text


class SimulatedHall:
    """A running hall and what people see and do in it."""

    def __init__(
        self, hub: RunningHub, bed: Bed, client: HubClient, tokens: dict[str, str], news: News
    ) -> None:
        self.hub = hub
        self.bed = bed
        self.client = client
        self.tokens = tokens
        self.news = news
        self.until = news.until
        self.of = news.of
        self.lost_s = 0.0
        """Seconds for which this process was kept from its work: other tests share the machine."""
        self.paper = Paper([device for device in bed.devices.values() if device.kind == "printer"])
        bed.on_change(lambda device: self.paper.look() if device.kind == "printer" else None)

    # --- devices --------------------------------------------------------------------------------

    def device(self, name: str) -> BedDevice:
        return self.bed.devices[name]

    def reads(self, sign: str) -> str:
        """Return what a sign or board shows; empty when it is dark."""
        return " ".join(self.device(sign).simulator.texts()).strip()

    def online(self, *names: str) -> bool:
        """Whether the hub takes these devices for well."""
        return all(self.known(name) == "online" for name in names)

    def known(self, name: str) -> str:
        """Return a device's state as the hub knows it."""
        views = {view.id: view.status.state.value for view in self.hub.stations.devices()}
        return views.get(name, "")

    def well(self, name: str) -> bool:
        """Whether the hub knows of nothing wrong with a device."""
        status = next(view.status for view in self.hub.stations.devices() if view.id == name)
        return status.state == "online" and not status.code

    def press(self, window: str, key: str) -> None:
        self.device(f"keypad-{window}").simulator.press(key)

    async def key(self, window: str, key: str, kind: type[E]) -> E:
        """Press a key of a keypad and return what came of it, once the sign has it."""
        since = len(self.news.events)
        self.press(window, key)
        await self.until(lambda: self.of(kind, since, window=window), f"{kind.__name__} by {key} at {window}")
        await self.until_none(self.untrue_signs)
        return self.of(kind, since, window=window)[0]

    # --- HTTP -----------------------------------------------------------------------------------

    async def post(self, role: str, path: str, body: Any = None, ok: int | None = None) -> Any:
        answer = await self.client.post(role, f"/api/v1/{path}", {} if body is None else body)
        assert ok is None or answer.status == ok, answer
        return answer

    async def get(self, role: str, path: str) -> Any:
        answer = await self.client.get(role, f"/api/v1/{path}")
        assert answer.ok, answer
        return answer.body

    async def issue(self, queue: str = "general", **more: Any) -> Any:
        return (await self.post("kiosk", "tickets", {"queue": queue, **more}, ok=201)).body

    async def window(self, name: str) -> Any:
        return await self.get("lead", f"windows/{name}")

    def prints(self) -> dict[tuple[str, int], str]:
        """Return what the hub says became of every slip, by number and copy."""
        found = {(event.number, 1): "asked" for event in self.of(TicketIssued)}
        found |= {(event.number, event.copy): "asked" for event in self.of(ReprintAsked)}
        numbers = {event.ticket: event.number for event in self.of(TicketIssued)}
        for kind, state in ((JobDone, "done"), (JobFailed, "failed"), (JobUnknown, "unknown")):
            for event in self.of(kind):
                if event.ticket is not None:
                    found[numbers[event.ticket], event.copy] = state
        return found

    # --- truth ----------------------------------------------------------------------------------

    async def untrue_signs(self) -> dict[str, str]:
        """Return the window signs that say something else than the hub's own window list."""
        windows = {window["id"]: window for window in await self.get("lead", "windows")}
        signs = [device for device in self.bed.devices.values() if device.kind == "sign"]
        return {
            sign.id: f"{self.reads(sign.id)!r} for {windows[sign.window]}"
            for sign in signs
            if sign.window is not None and not says(self.reads(sign.id), windows[sign.window])
        }

    async def until_none(self, wrong: Callable[[], Awaitable[Any]], seconds: float = PATIENCE_S) -> None:
        """Wait until nothing is wrong any more."""
        found: Any = None
        try:
            async with asyncio.timeout(seconds):
                while True:
                    stirred = self.news.stirred()
                    if not (found := await wrong()):
                        return
                    await stirred.wait()
        except TimeoutError:
            raise AssertionError(f"still wrong after {seconds:g} s: {found}") from None

    async def measure_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(LAG_STEP_S)
            self.lost_s += max(0.0, loop.time() - before - LAG_STEP_S)


def says(text: str, window: Any) -> bool:
    """Whether a sign's text is true of a window as GET /windows has it."""
    match window["state"]:
        case "called":
            return window["number"] in text and "到" in text
        case "serving":
            return window["number"] in text and "办理" in text
        case "paused":
            return "暂停服务" in text or "请到其他窗口" in text
        case "open":
            return text == ("请等候叫号" if window["waiting"] else "欢迎光临")
        case _:
            return text == ""


@asynccontextmanager
async def simulated_hall(
    settings: HallSettings,
    folder: Path,
    *,
    clock: Clock | None = None,
    only: Callable[[str], bool] = lambda name: True,
) -> AsyncIterator[SimulatedHall]:
    """Run a hall with the devices whose ids are in ``only``; on the same folder it goes on."""
    devices = [device for device in settings.station.devices if only(device.id)]
    bed = Bed(devices, folder / "dev", speed=PAPER_SPEED)
    await bed.start()
    try:
        station = msgspec.structs.replace(settings.station, devices=bed.settings())
        settings = msgspec.structs.replace(settings, station=station)
        async with run_hub(settings, folder, port=0, clock=clock) as hub:
            news = News()
            hub.desk.follow(news)
            bed.on_change(lambda _: news.stir())
            tokens = demo_tokens(hub.tokens, folder)
            async with HubClient(hub.url, tokens) as client:
                hall = SimulatedHall(hub, bed, client, tokens, news)
                lag = asyncio.create_task(hall.measure_lag())
                try:
                    await hall.until(
                        lambda: hall.online(*bed.devices) and len(hub.stations.devices()) == len(devices),
                        "every device online",
                    )
                    yield hall
                finally:
                    lag.cancel()
    finally:
        await bed.stop()
