"""Nothing leaves the hub before it is on the disk: no answer, no slip, no sign."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from kioskd.demo.run import HALL_FILE
from kioskd.hall.events import JobDone, TicketCalled
from kioskd.settings import HallSettings, load
from tests.journal.disk import Disk
from tests.system.hall import SimulatedHall, simulated_hall

DEVICES = {"printer", "sign-1", "keypad-1"}
LONGEST_S = 60.0


class SlowDisk:
    """A disk that takes its time to make the journal's log durable; everything else is quick."""

    def __init__(self) -> None:
        self.held = threading.Event()
        """Set while a commit waits for the disk."""
        self._holding = False
        self._steps = threading.Semaphore(0)
        self._disk = Disk()
        self._disk.hook = self._before
        apsw.set_default_vfs(self._disk.name)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let no commit go, until the block is left."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
            self.step()

    def step(self) -> None:
        """Let the commit of the moment go."""
        self.held.clear()
        self._steps.release()

    def close(self) -> None:
        apsw.set_default_vfs(self._disk.base)
        self._disk.unregister()

    def _before(self, operation: str, name: str, _offset: int, _data: bytes) -> None:
        if self._holding and (operation, name) == ("sync", "journal.db-wal"):
            self.held.set()
            self._steps.acquire(timeout=LONGEST_S)


@pytest.fixture
def disk() -> Iterator[SlowDisk]:
    disk = SlowDisk()
    yield disk
    disk.close()


def _hall() -> HallSettings:
    """The demo hall with a printer that is asked for its state several times a second."""
    hall = load(HALL_FILE)
    devices = tuple(
        msgspec.structs.replace(device, options=device.options | {"poll": 0.1})
        if device.id == "printer"
        else device
        for device in hall.station.devices
    )
    return msgspec.structs.replace(hall, station=msgspec.structs.replace(hall.station, devices=devices))


class Polls:
    """Counts what the printer is asked: time passes at the devices, and they are alive."""

    def __init__(self, hall: SimulatedHall) -> None:
        self._hall = hall
        self._count = 0
        printer = hall.device("printer").simulator
        receive = printer.receive

        def counted(data: bytes) -> None:
            self._count += b"\x10\x04" in data
            receive(data)
            hall.news.stir()

        printer.receive = counted

    async def some(self) -> None:
        """Let the printer be asked several times over, longer than a slip takes."""
        enough = self._count + 20
        await self._hall.until(lambda: self._count >= enough, "questions to the printer")


async def test_no_answer_no_slip_and_no_sign_before_the_disk(tmp_path: Path, disk: SlowDisk) -> None:
    async with simulated_hall(_hall(), tmp_path, only=DEVICES.__contains__) as hall:
        polls, printer = Polls(hall), hall.device("printer").simulator

        def take() -> asyncio.Task[Any]:
            task = asyncio.create_task(hall.issue())
            task.add_done_callback(lambda _: hall.news.stir())
            return task

        await take()
        await hall.until(lambda: printer.printed == 1, "the first slip")
        await hall.until(lambda: hall.reads("sign-1") == "请等候叫号", "the sign")
        # Nothing else may be on its way to the disk, or that is what is held first.
        journal = hall.hub.journal
        await hall.until(
            lambda: bool(hall.of(JobDone)) and journal.durable == journal.head, "the end of the first slip"
        )

        with disk.hold():
            one = take()
            await asyncio.to_thread(disk.held.wait, LONGEST_S)
            two = take()
            hall.press("1", "call")
            await polls.some()
            assert not one.done()
            assert not two.done()
            assert (printer.printed, printer.view()["hanging"]) == (1, [])
            assert hall.reads("sign-1") == "请等候叫号"

            # The first is on the disk; what was decided after it waits for its own commit.
            disk.step()
            await hall.until(lambda: one.done() and printer.printed == 2, "the second ticket and its slip")
            await asyncio.to_thread(disk.held.wait, LONGEST_S)
            await polls.some()
            assert not two.done()
            assert (printer.printed, printer.view()["hanging"]) == (2, [])
            assert hall.reads("sign-1") == "请等候叫号"
            assert not hall.of(TicketCalled)

        await hall.until(lambda: two.done() and printer.printed == 3, "the third ticket and its slip")
        await hall.until(lambda: "A001到" in hall.reads("sign-1"), "the call")
        assert (await one)["number"] == "A002"
        assert (await two)["number"] == "A003"
