"""Whoever stops waiting for a command stops neither it nor anybody else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from kioskd.hall.commands import ApplySettings, IssueTicket, Tick
from kioskd.hall.refusal import Refusal
from kioskd.hub.answers import Done, Request
from kioskd.hub.clock import Clock
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.journal.journal import Journal
from tests.journal.disk import Disk
from tests.web.conftest import Time
from tests.web.rules import open_hall

WISH = IssueTicket(by=SYSTEM, id="t_000000000001", code="c_0000000000000000000000000001", queue="general")
ONCE = Request("once", b"print", 1_000_000)


@pytest.fixture
def disk() -> Iterator[Disk]:
    made = Disk()
    yield made
    made.unregister()


@pytest_asyncio.fixture
async def desk(tmp_path: Path, disk: Disk) -> AsyncIterator[Desk]:
    time = Time()
    clock = Clock(wall=time.wall, steady=time.steady)
    journal = await Journal.open(tmp_path, now_wall=clock.moment().wall, boot="b", vfs=disk.name)
    desk = Desk(journal, clock)
    await desk.start("b")
    await desk.submit(ApplySettings(by=SYSTEM, rules=open_hall()))
    await desk.submit(Tick(by=SYSTEM))
    yield desk
    await desk.close()
    await journal.close()


async def test_a_time_out_fires_while_the_disk_hangs_and_nothing_is_lost(desk: Desk, disk: Disk) -> None:
    released = threading.Event()

    def hang(operation: str, name: str, offset: int, data: bytes) -> None:
        if operation == "sync":
            released.wait(60)

    disk.hook = hang
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await desk.submit(WISH, request=ONCE, respond=lambda state, events: b"first")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await desk.submit(WISH, request=ONCE)  # a repeat joins the first
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await desk.read(lambda state: None)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await desk.submit(WISH)  # refused, but only as surely as the first is done
        patient = asyncio.gather(
            desk.submit(WISH, request=ONCE), desk.submit(WISH), desk.read(lambda state: len(state.tickets))
        )
        await asyncio.sleep(0)
        assert not patient.done()
    finally:
        released.set()
    async with asyncio.timeout(30):
        repeated, refused, (position, tickets) = await patient
    assert isinstance(repeated, Done)
    assert (repeated.response, repeated.replayed) == (b"first", True)
    assert refused == Refusal("id_taken", {"ticket": WISH.id})
    assert (position, tickets) == (repeated.position, 1)
    assert position == desk.feed.head
    again = await desk.submit(WISH, request=ONCE)
    assert isinstance(again, Done)
    assert again.response == b"first"
