from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from kioskd.hall.commands import ApplySettings, IssueTicket, Tick
from kioskd.hall.state import dump, load
from kioskd.hub import desk as desk_module
from kioskd.hub.clock import Clock
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.journal.journal import Journal
from kioskd.journal.records import Position
from tests.web.conftest import Time
from tests.web.rules import open_hall


class Halls(Desk):
    """A desk that notes how many tickets each of its snapshots holds."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        super().__init__(journal, clock)
        self.journal = journal
        self.saved: list[int] = []
        self.told = asyncio.Event()
        save = journal.snapshot_save

        async def noted(position: Position, apply_version: int, data: bytes) -> None:
            await save(position, apply_version, data)
            self.saved.append(len(load(data).tickets))
            self.told.set()

        journal.snapshot_save = noted  # type: ignore[method-assign]

    async def issue(self, first: int, count: int) -> None:
        """Have tickets issued in one turn of the loop; return when they are durable."""
        asked = [
            self.submit_soon(IssueTicket(by=SYSTEM, id=f"t_{n:012}", code=f"c_{n:028}", queue="general"))
            for n in range(first, first + count)
        ]
        async with asyncio.timeout(30):
            await asyncio.gather(*asked)


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Halls]:
    time = Time()
    clock = Clock(wall=time.wall, steady=time.steady)
    journal = await Journal.open(tmp_path, now_wall=clock.moment().wall, boot="b")
    desk = Halls(journal, clock)
    await desk.start("b")
    await desk.submit(ApplySettings(by=SYSTEM, rules=open_hall()))
    await desk.submit(Tick(by=SYSTEM))
    yield desk
    await desk.close()
    await journal.close()


async def test_a_burst_is_worth_one_snapshot_and_many_tickets_rarer_ones(
    desk: Halls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "SNAPSHOT_MOST", 50)
    for turn in range(12):
        await desk.issue(70 * turn, 70)
    await desk.journal.barrier()
    # One every 50 events would be sixteen, but there is ever more to save.
    assert desk.saved[0] == 70
    assert desk.saved == sorted(set(desk.saved))
    assert 4 <= len(desk.saved) <= 6
    await desk.close()
    assert desk.saved[-1] == 840
    kept = await desk.journal.snapshot_load()
    assert kept is not None
    _, state = await desk.read(dump)
    assert kept.data == state


async def test_a_rush_is_over_before_its_snapshot_is_taken(
    desk: Halls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "SNAPSHOT_EVERY", 50)
    monkeypatch.setattr(desk_module, "LOOK_LEAST_S", 0)  # one turn of the loop
    running = asyncio.create_task(desk.run())
    for n in range(300):
        desk.submit_soon(IssueTicket(by=SYSTEM, id=f"t_{n:012}", code=f"c_{n:028}", queue="general"))
        await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await desk.told.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert desk.saved == [300]
