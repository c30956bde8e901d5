from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kioskd.hall.commands import ApplySettings, IssueTicket, Tick
from kioskd.hall.state import dump, load
from kioskd.hub import desk as desk_module
from kioskd.hub.clock import Clock
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.journal.journal import Journal
from kioskd.journal.records import Position
from tests.web.conftest import Time
from tests.web.rules import open_hall


async def issue(desk: Desk, first: int, count: int) -> None:
    """Have tickets issued in one turn of the loop; return when they are durable."""
    asked = [
        desk.submit_soon(IssueTicket(by=SYSTEM, id=f"t_{n:012}", code=f"c_{n:028}", queue="general"))
        for n in range(first, first + count)
    ]
    async with asyncio.timeout(20):
        await asyncio.gather(*asked)


async def test_a_burst_is_worth_one_snapshot_and_many_tickets_rarer_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "SNAPSHOT_EVERY", 50)
    time = Time()
    clock = Clock(wall=time.wall, steady=time.steady)
    journal = await Journal.open(tmp_path, now_wall=clock.moment().wall, boot="b")
    saved: list[int] = []
    save = journal.snapshot_save

    async def counted(position: Position, apply_version: int, data: bytes) -> None:
        saved.append(len(load(data).tickets))
        await save(position, apply_version, data)

    monkeypatch.setattr(journal, "snapshot_save", counted)
    desk = Desk(journal, clock)
    await desk.start("b")
    await desk.submit(ApplySettings(by=SYSTEM, rules=open_hall()))
    await desk.submit(Tick(by=SYSTEM))

    await issue(desk, 0, 70)
    assert saved == [70]
    for turn in range(1, 12):
        await issue(desk, 70 * turn, 70)
    # One every 50 events would be sixteen, but there is ever more to save.
    assert saved == sorted(set(saved))
    assert 4 <= len(saved) <= 6
    await desk.close()
    assert saved[-1] == 840
    kept = await journal.snapshot_load()
    assert kept is not None
    _, state = await desk.read(dump)
    assert kept.data == state
    await journal.close()
