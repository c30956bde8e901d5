"""The copy of a standby, whatever is committed and wherever the line breaks: the same bytes, in the end."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest

from kioskd.journal import Batch, GuardNumbers, Journal, JournalSettings, NewEvent, Position, RequestRecord
from kioskd.journal.database import DATABASE_NAME, connect_reader
from kioskd.journal.keys import KEY_NAME, load_keys
from kioskd.journal.records import PrivateValue
from kioskd.journal.replica import Copy, NotOurHistoryError, Rows
from kioskd.journal.verify import verify
from kioskd.standby.messages import Follow
from kioskd.standby.source import Source

WALL = 1_767_225_600_000
TABLES = ("event", "request", "private", "vault_key", "checkpoint")


class Hub:
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.n = 0

    async def commit(
        self, *, keyed: bool = False, private: str = "", erase: str = "", destroy: str = ""
    ) -> None:
        self.n += 1
        event = NewEvent("ticket.issued", 1, b'{"n":%d}' % self.n, at=WALL + self.n, wall=WALL + self.n)
        record = RequestRecord(f"key-{self.n}", b"print", b"answer", 10**9) if keyed else None
        value = (PrivateValue(private, private[0], None, private.encode()),) if private else ()
        batch = Batch(
            (event,), record, value, erase=(erase,) if erase else (), destroy=(destroy,) if destroy else ()
        )
        await self.journal.submit(batch).durable


def follow(copy: Copy) -> Follow:
    snapshot, checkpoint = copy.newest()
    return Follow(
        protocol=1, name="s", version="1", history=copy.history, head=copy.head, chain=copy.chain, public="",
        refs=copy.refs(), snapshot=snapshot, checkpoint=checkpoint,
    )  # fmt: skip


async def carry(source: Source, copy: Copy, most: int = 10_000) -> None:
    for _ in range(most):
        rows = await source.next()
        if rows is None:
            return
        copy.store(rows)


def content(folder: Path) -> dict[str, list[Any]]:
    connection = connect_reader(folder / DATABASE_NAME)
    try:
        return {table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall()) for table in TABLES}
    finally:
        connection.close(True)


STEPS: dict[str, list[Any]] = {
    "commit": [False, True],
    "private": ["a1", "a2", "b1", "b2"],
    "erase": ["a1", "a2", "b1"],
    "destroy": ["a", "b"],
    "sign": [""],
    "snapshot": [""],
    "carry": [1, 2],
    "break": [""],
    "restart": [""],
}


@pytest.mark.parametrize("seed", range(3))
async def test_the_copy_becomes_the_journal(seed: int) -> None:
    dice = random.Random(seed)
    kinds = [dice.choice(list(STEPS)) for _ in range(14)]
    await _play([(kind, dice.choice(STEPS[kind])) for kind in kinds])


async def _play(steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        here, there = Path(name) / "hub", Path(name) / "standby"
        journal = await Journal.open(here, now_wall=WALL, boot="b", settings=JournalSettings(reserve_mib=0))
        hub, copy = Hub(journal), Copy(there)
        source = Source(journal, follow(copy))
        try:
            for what, value in steps:
                match what:
                    case "commit":
                        await hub.commit(keyed=value)
                    case "private":
                        await hub.commit(private=value)
                    case "erase":
                        await hub.commit(erase=value)
                    case "destroy":
                        await hub.commit(destroy=value)
                    case "sign":
                        await journal.checkpoint("test")
                    case "snapshot":
                        await journal.snapshot_save(journal.durable, 1, b"state")
                    case "carry":
                        await carry(source, copy, value)
                    case _:
                        await source.close()
                        if what == "restart":
                            copy.close()
                            copy = Copy(there)
                        source = Source(journal, follow(copy))
                        assert await source.knows(follow(copy))
            await hub.commit(keyed=True)
            await carry(source, copy)
            assert copy.head == journal.durable
            assert content(there) == content(here)
        finally:
            await source.close()
            copy.close()
            await journal.close()
        report = verify(there / DATABASE_NAME, keys=load_keys(here / KEY_NAME))
        assert not report.findings


async def test_what_does_not_follow_is_not_stored(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "hub", now_wall=WALL, boot="b")
    hub, copy = Hub(journal), Copy(tmp_path / "standby")
    source = Source(journal, follow(copy))
    try:
        await hub.commit()
        await carry(source, copy)
        head = copy.head
        await hub.commit()
        rows = await source.next()
        assert rows is not None
        (row,) = rows.events
        for bad in (
            (*row[:6], b'{"n":7}', row[7]),
            (Position(1, head.seq + 2).number, *row[1:]),
            (*row[:7], bytes(32)),
        ):
            with pytest.raises(NotOurHistoryError):
                copy.store(Rows(events=(bad,)))
            assert copy.head == head
        copy.store(rows)
        copy.store(rows)
        assert copy.head == journal.durable
    finally:
        await source.close()
        copy.close()
        await journal.close()


async def test_a_copy_of_another_history_begins_anew(tmp_path: Path) -> None:
    for name in ("one", "two"):
        journal = await Journal.open(tmp_path / name, now_wall=WALL, boot="b")
        await Hub(journal).commit()
        copy = Copy(tmp_path / "standby")
        source = Source(journal, follow(copy))
        if not await source.knows(follow(copy)):
            assert name == "two"
            copy.forget()
            await source.begin_anew()
        await carry(source, copy)
        assert copy.history == journal.identity
        await source.close()
        copy.close()
        await journal.close()
    assert content(tmp_path / "standby") == content(tmp_path / "two")


async def test_a_promoted_copy_is_a_journal_that_goes_on(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "hub", now_wall=WALL, boot="b")
    copy = Copy(tmp_path / "standby")
    source = Source(journal, follow(copy))
    await Hub(journal).commit(keyed=True)
    await carry(source, copy)
    opening = copy.promote(GuardNumbers("2026-01-01", {"A": 7}), wall=WALL + 5, boot="c")
    assert (opening.position, opening.kind) == (Position(2, 1), "epoch.open")
    identity = journal.identity
    await source.close()
    copy.close()
    await journal.close()
    (tmp_path / "standby" / KEY_NAME).write_bytes((tmp_path / "hub" / KEY_NAME).read_bytes())
    taken = await Journal.open(tmp_path / "standby", now_wall=WALL + 6, boot="c")
    assert taken.opened.behind is not None
    assert taken.opened.behind.numbers == GuardNumbers("2026-01-01", {"A": 7})
    assert taken.request("key-1") is not None
    assert taken.identity == identity
    await taken.close()
