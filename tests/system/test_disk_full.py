"""The disk fills up in open hours: refused clearly, nothing acknowledged lost, well again by itself."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import aiohttp
import apsw
import msgspec
import pytest

from kioskd.__main__ import main
from kioskd.demo.run import HALL_FILE
from kioskd.hall.events import (
    RatingGiven,
    RatingOpened,
    TicketCalled,
    TicketFinished,
    TicketIssued,
    TicketStarted,
)
from kioskd.hall.rules import Calling
from kioskd.settings import load
from tests.journal.disk import Disk, FailAt, nothing
from tests.system.hall import SimulatedHall, simulated_hall

NEEDED = {"printer", "sign-1", "keypad-1", "pad-1"}
DISK_MIB = 32
ENDS_S = 10.0
"""What a stopping hub may take at most, with room for a busy machine."""


class FullDisk(Protocol):
    """A disk that can be filled up."""

    folder: Path

    def fill(self) -> None: ...

    def free(self) -> None: ...


class Shim:
    """Below SQLite every write says that the disk is full."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._disk = Disk()
        self._before = apsw.vfs_names()[0]
        apsw.set_default_vfs(self._disk.name)

    def fill(self) -> None:
        self._disk.hook = FailAt(apsw.FullError, {"write"}, 1, lasting=True)

    def free(self) -> None:
        self._disk.hook = nothing

    def close(self) -> None:
        apsw.set_default_vfs(self._before)
        self._disk.unregister()


class Tmpfs:
    """A small file system of its own, filled to the last byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("only root may mount a file system")

    def fill(self) -> None:
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            try:
                for size in (1 << 20, 1 << 12, 1):
                    while filler.write(bytes(size)) == size:
                        pass
            except OSError:
                return

    def free(self) -> None:
        (self.folder / "filler").unlink()

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=True)


@pytest.fixture(params=[Shim, Tmpfs])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FullDisk]:
    made = request.param(tmp_path)
    yield made
    made.close()


class Kiosk:
    """A program that takes numbers, each request under a key of its own."""

    def __init__(self, hall: SimulatedHall, session: aiohttp.ClientSession, token: str) -> None:
        self._url = hall.hub.url + "api/v1/tickets"
        self._session = session
        self._token = token
        self.keys = 0
        self.given: dict[str, str] = {}

    async def take(self, key: str = "", language: str = "zh-CN") -> tuple[int, dict[str, object]]:
        self.keys += not key
        key = key or f"kiosk-{self.keys}"
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Idempotency-Key": key,
            "Accept-Language": language,
        }
        async with self._session.post(self._url, json={"queue": "advice"}, headers=headers) as response:
            body = await response.json(content_type=None)
            if response.status == 201:
                assert self.given.setdefault(key, body["number"]) == body["number"]
            return response.status, body


async def test_a_full_disk(disk: FullDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    # A rating that the hub cannot save is told again; in life after longer.
    monkeypatch.setattr("kioskd.station.inputs.RATING_AGAIN_S", 0.5)
    # The log's room lasts for hundreds of numbers on a disk that is full, and for as many slips.
    monkeypatch.setattr("kioskd.journal.opening.LOG_ROOM", 40)
    monkeypatch.setattr("kioskd.journal.upkeep.LOG_ROOM", 40)
    settings = load(HALL_FILE)
    policy = settings.rules.policy
    policy = msgspec.structs.replace(policy, calling=Calling(press_shelf_s=1))
    settings = msgspec.structs.replace(settings, rules=msgspec.structs.replace(settings.rules, policy=policy))
    async with (
        simulated_hall(settings, disk.folder, only=NEEDED.__contains__) as hall,
        aiohttp.ClientSession() as session,
    ):
        kiosk = Kiosk(hall, session, hall.tokens["kiosk"])
        rated, called = (await hall.issue())["number"], (await hall.issue())["number"]
        await hall.key("1", "call", TicketCalled)
        await hall.key("1", "confirm", TicketStarted)
        await hall.key("1", "evaluate", TicketFinished)
        await hall.key("1", "call", TicketCalled)
        pad, keypad = hall.device("pad-1").simulator, hall.device("keypad-1").simulator
        await hall.until(lambda: pad.digits.strip() == rated[1:], f"{rated} on the pad")
        await hall.until(lambda: f"{called}到" in hall.reads("sign-1"), f"{called} on the sign")

        disk.fill()
        status = 201
        while status == 201:  # until the log has used the space it had
            status, body = await kiosk.take()
        refused = f"kiosk-{kiosk.keys}"
        assert (status, body["code"]) == (503, "not_saved")
        assert "暂时无法保存" in str(body["detail"])
        assert "磁盘" in str(body["detail"])
        issued = len(hall.of(TicketIssued))
        status, body = await kiosk.take(language="en")
        assert (status, body["code"]) == (503, "not_saved")
        assert "disk is full" in str(body["detail"])
        assert (await session.get(hall.hub.url + "readyz")).status == 503
        assert (await session.get(hall.hub.url + "healthz")).status == 200

        # Keys and ratings: the teller hears that nothing happened, the citizen's word is kept.
        beeps = keypad.beeps
        keypad.press("confirm")
        pad.rate(4)
        await hall.until(lambda: keypad.beeps > beeps, "a beep for a press in vain")
        assert f"{called}到" in hall.reads("sign-1"), "what was committed last"
        assert len(hall.of(TicketIssued)) == issued
        assert not hall.of(RatingGiven)

        disk.free()
        await hall.until(lambda: hall.hub.desk.ready, "the journal well again")
        status, body = await kiosk.take(refused)
        assert status == 201
        assert (await kiosk.take(refused))[1]["number"] == body["number"]
        await hall.until(lambda: hall.of(RatingGiven, number=rated, level=4), "the rating")
        await hall.key("1", "confirm", TicketStarted)
        await hall.until(lambda: hall.reads("sign-1") == f"{called} 正在办理", "the sign")
        await hall.until(lambda: hall.paper.whole(str(body["number"])) == [1], "the slip")
        numbers = [rated, called, *kiosk.given.values()]
        for number in numbers:
            assert (await hall.get("guide", f"tickets/{number}"))["number"] == number
        assert len(set(numbers)) == len(numbers)
        counts = sorted(int(number[1:]) for number in kiosk.given.values())
        assert counts == [*range(1, len(counts) + 1)], "what was refused took no number"
        assert len(hall.of(RatingGiven)) == len(hall.of(RatingOpened)) == 1
        assert hall.paper.twice() == []
    assert main(["journal", "verify", "--data", str(disk.folder)]) == 0


async def test_a_hub_on_a_full_disk_ends_in_order(disk: FullDisk) -> None:
    settings = load(HALL_FILE)
    async with (
        simulated_hall(settings, disk.folder, only=NEEDED.__contains__) as hall,
        aiohttp.ClientSession() as session,
    ):
        kiosk = Kiosk(hall, session, hall.tokens["kiosk"])
        assert (await kiosk.take())[0] == 201
        disk.fill()
        while (await kiosk.take())[0] == 201:
            pass
        began = time.monotonic()
    assert time.monotonic() - began < ENDS_S
    disk.free()
    async with simulated_hall(settings, disk.folder, only=NEEDED.__contains__) as hall:
        for number in kiosk.given.values():
            assert (await hall.get("guide", f"tickets/{number}"))["state"] == "waiting"
