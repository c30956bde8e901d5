"""The guard reaches the disk each second, the log stays small, a signature comes each hour."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import apsw
import pytest

from kioskd.journal import (
    BEFORE_ALL,
    Batch,
    JournalError,
    JournalSettings,
    NewEvent,
    Position,
    SignedCheckpoint,
    checkpoints,
    database,
    opening,
    upkeep,
)
from kioskd.journal.database import connect_copier
from kioskd.journal.guard import GUARD_NAME, GuardFile, read_guard
from kioskd.journal.keys import JournalKeys
from kioskd.journal.records import GuardState
from tests.journal.disk import Disk, FailAt, nothing
from tests.journal.halls import WALL, examine, issue, opened


class Clock:
    """Time stands still until told to pass."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_rush_of_commits_pays_for_few_guards_and_the_last_is_told_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Position] = []
    news = threading.Event()
    write = GuardFile.write

    def counted(guard: GuardFile, state: GuardState) -> None:
        write(guard, state)
        written.append(state.position)
        news.set()

    clock = Clock()
    async with opened(tmp_path, clock=clock) as journal:
        monkeypatch.setattr(GuardFile, "write", counted)
        await issue(journal, *range(20))
        await journal.secret("x")  # the writer has looked after the guard when it takes the next job
        assert written == [Position(1, 2)]
        news.clear()
        clock.now = upkeep.GUARD_WRITE_SECONDS
        assert await asyncio.to_thread(news.wait, 10)  # nobody commits any more
        assert written == [Position(1, 2), Position(1, 21)]
        await issue(journal, 21)
    assert written[2:] == [Position(1, 22)]


async def test_a_failing_disk_leaves_the_guard_with_the_last_that_was_saved(
    tmp_path: Path, disk: Disk
) -> None:
    async with opened(tmp_path, vfs=disk.name, clock=Clock()) as journal:
        await issue(journal, 1, 2, 3)
        disk.hook = FailAt(apsw.IOError, {"write"}, 1, lasting=True)
        with pytest.raises(JournalError):
            await issue(journal, 4)
        guard = read_guard(tmp_path / GUARD_NAME)
        assert guard is not None
        assert guard.position == journal.durable == Position(1, 4)
        disk.hook = nothing


async def test_the_guard_is_synced_once_a_second_while_there_is_news(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = 0
    sync = GuardFile.sync

    def counted(guard: GuardFile) -> None:
        nonlocal synced
        synced += 1
        sync(guard)

    clock = Clock()
    async with opened(tmp_path, clock=clock) as journal:
        monkeypatch.setattr(GuardFile, "sync", counted)
        await issue(journal, *range(20))
        await journal.secret("x")  # the writer has looked after the guard when it takes the next job
        assert synced == 0
        clock.now = upkeep.GUARD_SYNC_SECONDS
        await issue(journal, 21)
        await journal.secret("x")
        assert synced == 1
        await issue(journal, *range(22, 30))
        await journal.secret("x")
        assert synced == 1
    assert synced == 2  # the last news goes to the disk at the stop


async def test_an_idle_guard_is_synced_without_another_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = threading.Event()
    sync = GuardFile.sync
    monkeypatch.setattr(upkeep, "GUARD_SYNC_SECONDS", 0.01)
    async with opened(tmp_path) as journal:
        monkeypatch.setattr(GuardFile, "sync", lambda guard: (sync(guard), synced.set()))
        await issue(journal, 1)
        assert await asyncio.to_thread(synced.wait, 10)


async def test_a_signature_comes_within_the_interval_and_only_for_news(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = threading.Event()
    sign = checkpoints.sign

    def noticed(connection: apsw.Connection, keys: JournalKeys, reason: str) -> SignedCheckpoint:
        checkpoint = sign(connection, keys, reason)
        made.set()
        return checkpoint

    monkeypatch.setattr(checkpoints, "sign", noticed)
    hourly = JournalSettings(reserve_mib=0, sign_minutes=60)
    clock = Clock()
    async with opened(tmp_path, clock=clock, settings=hourly) as journal:
        await issue(journal, 1)
        clock.now = 3_599.0
        await issue(journal, 2)
        await journal.secret("x")
        assert examine(tmp_path).checkpoints == 0
        clock.now = 3_600.0
        await issue(journal, 3)
        assert await asyncio.to_thread(made.wait, 10)
        await journal.secret("x")  # done after the signature was committed
        assert examine(tmp_path).checkpoints == 1
        clock.now = 9_000.0
        await journal.secret("x")
        await journal.secret("x")
        assert examine(tmp_path).checkpoints == 1  # nothing new to sign
        signed = await journal.checkpoint("day_end")
        assert (signed.number, signed.position, signed.reason) == (2, journal.durable, "day_end")
    report = examine(tmp_path)
    assert not report.found
    assert report.proven == signed
    assert report.after_proof == 0


async def test_the_log_is_moved_at_a_quiet_moment_and_does_not_grow_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "LOG_PAGES", 20)
    monkeypatch.setattr(upkeep, "LOG_PAGES_AT_ONCE", 40)
    monkeypatch.setattr(opening, "LOG_ROOM", 0)
    monkeypatch.setattr(upkeep, "QUIET_SECONDS", 0.0)
    log = tmp_path / "journal.db-wal"
    async with opened(tmp_path) as journal:
        big = NewEvent("settings.applied", 1, b'"' + b"x" * 20_000 + b'"', WALL, WALL)
        sizes = []
        for _ in range(60):
            await journal.submit(Batch((big,))).durable
            sizes.append(log.stat().st_size)
        assert max(sizes) < 100 * 4_120
        assert (tmp_path / "journal.db").stat().st_size > 30 * 20_000  # it went where it belongs
    assert log.stat().st_size == 0


async def test_a_reader_that_does_not_let_go_delays_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "LOG_PAGES", 5)
    monkeypatch.setattr(upkeep, "LOG_PAGES_AT_ONCE", 0)
    monkeypatch.setattr(database, "BUSY_MS", 60_000)
    monkeypatch.setattr(upkeep, "BUSY_MS", 60_000)
    async with opened(tmp_path) as journal:
        await issue(journal, 1)
        reader = connect_copier(tmp_path / "journal.db")
        reader.execute("BEGIN")
        held = reader.execute("SELECT count(*) FROM event").fetchall()
        async with asyncio.timeout(30):  # SQLite's busy time-out alone would be longer than this
            await issue(journal, *range(2, 40))
            await journal.submit(Batch(erase=("nothing",))).durable
            await issue(journal, 40)
        assert reader.execute("SELECT count(*) FROM event").fetchall() == held
        reader.close()
        assert len(journal.read(BEFORE_ALL)) == 41


async def test_a_log_that_cannot_be_moved_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "LOG_PAGES", 1)
    monkeypatch.setattr(upkeep, "LOG_PAGES_AT_ONCE", 0)

    class Broken:
        def __init__(self, connection: apsw.Connection) -> None:
            self._connection = connection

        def wal_checkpoint(self, mode: int) -> tuple[int, int]:
            raise apsw.IOError(f"mode {mode}")

        def __getattr__(self, name: str) -> object:
            return getattr(self._connection, name)

    async with opened(tmp_path) as journal:
        keeper = journal._upkeep
        monkeypatch.setattr(keeper, "_connection", Broken(keeper._connection))
        await issue(journal, *range(10))
        assert journal.closed_for is None
    assert not examine(tmp_path).found
