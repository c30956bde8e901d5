"""What a start finds: clean and unclean stops, a database put back, a broken one, an old or a foreign one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import apsw
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kioskd.journal import (
    BEFORE_ALL,
    Batch,
    EpochOpen,
    GuardNumbers,
    GuardState,
    Journal,
    JournalTooNew,
    NotAJournal,
    OutcomeUnknown,
    Position,
    PrivateValue,
)
from kioskd.journal import opening as opening_module
from kioskd.journal import reader as reader_module
from kioskd.journal.database import connect_reader, connect_writer
from kioskd.journal.guard import GUARD_NAME, SLOT_SIZE, GuardFile, decode_slot, encode_slot, read_guard
from kioskd.journal.replace import remove_database
from kioskd.journal.schema import MIGRATIONS, migrate
from tests.journal.disk import Disk, FailAt
from tests.journal.halls import SMALL, WALL, batch, event, everything, examine, issue, issued, numbers, opened

DATA = Path(__file__).parent / "data"


def put_back(copy: Path, folder: Path) -> None:
    """Somebody copies yesterday's database over today's; the guard stays."""
    for name in ("journal.db-wal", "journal.db-shm"):
        (folder / name).unlink(missing_ok=True)
    shutil.copy(copy / "journal.db", folder / "journal.db")


# -- unclean stops


async def test_only_an_unclean_start_checks_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def check(connection: apsw.Connection) -> str:
        checked.append(connection.filename)
        return ""

    monkeypatch.setattr(opening_module, "quick_check", check)
    async with opened(tmp_path) as journal:
        await issue(journal, 1)
        shutil.copytree(tmp_path, tmp_path / "crashed")
    async with opened(tmp_path) as journal:
        assert not journal.opened.unclean
    assert checked == []
    async with opened(tmp_path / "crashed") as journal:
        assert journal.opened.unclean
        assert journal.head == Position(1, 2)
    assert len(checked) == 1
    assert issued(tmp_path / "crashed") == [1]


# -- the guard


async def test_a_database_put_back_opens_an_epoch_that_knows_the_numbers(tmp_path: Path) -> None:
    folder, copy = tmp_path / "hall", tmp_path / "copy"
    async with opened(folder) as journal:
        await issue(journal, 1, 2)
    shutil.copytree(folder, copy)
    async with opened(folder) as journal:
        await issue(journal, 3, 4, 5)
    put_back(copy, folder)
    async with opened(folder) as journal:
        assert journal.head == Position(2, 1)
        behind = journal.opened.behind
        assert behind is not None
        assert behind.position == Position(1, 6)
        assert behind.numbers == GuardNumbers("2026-01-01", {"A": 5})
        assert not journal.knows(Position(1, 4))  # void: others may have seen another event there
    opening = everything(folder)[-1]
    body = msgspec.json.decode(opening.body, type=EpochOpen)
    assert body.reason == "behind_guard"
    assert body.parent is not None
    assert (body.parent.epoch, body.parent.seq) == (1, 3)
    assert not examine(folder).found
    # Not heeded yet: the owner never wrote an event. The next start says it again, in the same epoch.
    async with opened(folder) as journal:
        assert journal.head == Position(2, 1)
        assert journal.opened.behind == behind
        await journal.submit(Batch((event(55),)), numbers=numbers(55)).durable
    async with opened(folder) as journal:
        assert journal.opened.behind is None
        assert journal.opened.epoch is None
        assert journal.head == Position(2, 2)


async def test_the_same_copy_put_back_twice_makes_two_different_epochs(tmp_path: Path) -> None:
    folder, copy = tmp_path / "hall", tmp_path / "copy"
    async with opened(folder) as journal:
        await issue(journal, 1)
    shutil.copytree(folder, copy)
    epochs = []
    async with opened(folder) as journal:
        await issue(journal, 2)
    for number in (3, 4):
        put_back(copy, folder)
        async with opened(folder) as journal:
            epochs.append(journal.head.epoch)
            await issue(journal, number)
    assert epochs == [2, 3]


async def test_a_deleted_database_does_not_start_from_the_first_number(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await issue(journal, 1, 2)
    remove_database(tmp_path / "journal.db")
    async with opened(tmp_path) as journal:
        assert journal.head == Position(2, 1)
        assert journal.opened.behind is not None
        assert journal.opened.behind.numbers.last == {"A": 2}


async def test_another_history_of_the_same_length_is_noticed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        async with opened(tmp_path / name) as journal:
            await issue(journal, 1, 2)
    put_back(tmp_path / "two", tmp_path / "one")
    async with opened(tmp_path / "one") as journal:
        assert journal.opened.behind is not None
        assert journal.head == Position(2, 1)


async def test_without_a_guard_the_journal_goes_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await issue(journal, 1)
    (tmp_path / GUARD_NAME).unlink()
    async with opened(tmp_path) as journal:
        assert journal.head == Position(1, 2)
        await issue(journal, 2)
    assert read_guard(tmp_path / GUARD_NAME) is not None


async def test_the_guard_follows_every_commit_and_keeps_the_last_numbers(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await issue(journal, 1, 2)
        await journal.submit(Batch((event(3),))).durable  # gives no number
    guard = read_guard(tmp_path / GUARD_NAME)
    assert guard is not None
    assert guard.position == Position(1, 4)
    assert guard.numbers == numbers(2)


def state(seq: int) -> GuardState:
    return GuardState(Position(1, seq), "ab" * 32, numbers(seq))


@given(st.integers(1, 4), st.data())
def test_a_torn_write_leaves_the_state_before_it(
    tmp_path_factory: pytest.TempPathFactory, count: int, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("guard") / GUARD_NAME
    guard = GuardFile.open(path)
    for seq in range(1, count + 1):
        guard.write(state(seq))
    before = path.read_bytes()
    guard.write(state(count + 1))
    guard.close()
    after = path.read_bytes()
    changed = [at for at in range(len(after)) if before[at] != after[at]]
    torn = bytearray(after)
    for at in changed[data.draw(st.integers(0, len(changed) - 1)) :]:
        torn[at] = before[at]
    path.write_bytes(torn)
    assert read_guard(path) == state(count)
    # The next process writes over the torn slot, not over the good one.
    guard = GuardFile.open(path)
    guard.write(state(count + 2))
    guard.close()
    assert read_guard(path) == state(count + 2)


@given(st.binary(max_size=200))
def test_rubbish_is_no_guard(data: bytes) -> None:
    assert decode_slot(data) is None


def test_a_guard_slot_round_trips_and_refuses_what_does_not_fit() -> None:
    assert decode_slot(encode_slot(7, state(1)).ljust(SLOT_SIZE, b"\0")) == (7, state(1))
    with pytest.raises(ValueError, match="too many"):
        encode_slot(1, GuardState(Position(1, 1), "", GuardNumbers("", {str(n): n for n in range(3000)})))


async def test_a_guard_that_cannot_be_written_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as journal:
        with monkeypatch.context() as patch:
            patch.setattr(GuardFile, "write", lambda *_: (_ for _ in ()).throw(OSError(5, "EIO")))
            await issue(journal, 1, 2)
        await issue(journal, 3)
    guard = read_guard(tmp_path / GUARD_NAME)
    assert guard is not None
    assert guard.position == Position(1, 4)


# -- broken databases


def zero_the_end(path: Path) -> int:
    """The last third of the file turns to zeros, as after bad sectors."""
    content = bytearray(path.read_bytes())
    start = len(content) // 4096 * 2 // 3 * 4096
    content[start:] = bytes(len(content) - start)
    path.write_bytes(content)
    return len(content)


async def test_a_broken_database_is_set_aside_and_its_sound_part_goes_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        private = PrivateValue("r1", "2026-01-01", None, b"value")
        await journal.submit(Batch((event(0),), private=(private,))).durable
        await issue(journal, *range(1, 600))
        await journal.snapshot_save(Position(1, 3), 1, b"snapshot")
    size = zero_the_end(tmp_path / "journal.db")
    (tmp_path / "journal.db-wal").write_bytes(b"not empty: the stop was unclean")
    async with opened(tmp_path) as journal:
        report = journal.opened
        assert report.unclean
        assert report.epoch is not None
        assert report.epoch.reason == "salvaged"
        assert report.behind is not None
        assert report.behind.numbers.last == {"A": 599}
        assert journal.head.epoch == 2
        await issue(journal, 5_000)
    assert (Path(report.set_aside) / "journal.db").stat().st_size == size
    found = issued(tmp_path)
    assert found[:-1] == list(range(len(found) - 1))
    assert len(found) > 50
    assert not examine(tmp_path).found


@pytest.mark.parametrize("rubbish", [b"\0" * 8192, b"rubbish" * 2000])
async def test_a_database_that_is_none_any_more_starts_again_beyond_its_numbers(
    tmp_path: Path, rubbish: bytes
) -> None:
    async with opened(tmp_path) as journal:
        await issue(journal, 1, 2)
    (tmp_path / "journal.db").write_bytes(rubbish)
    async with opened(tmp_path) as journal:
        assert journal.opened.set_aside
        assert journal.head == Position(2, 1)
        assert journal.opened.behind is not None


async def test_damage_found_while_running_is_mended_by_reopening(tmp_path: Path, disk: Disk) -> None:
    async with opened(tmp_path) as journal:
        await issue(journal, *range(300))
    async with opened(tmp_path, vfs=disk.name) as journal:
        disk.hook = fault = FailAt(apsw.IOError, {"sync"}, 1, lasting=True)
        with pytest.raises(OutcomeUnknown):
            await journal.submit(batch(300)).durable
        zero_the_end(tmp_path / "journal.db")
        fault.mend()
        await journal.reopen(WALL)
        assert journal.opened.set_aside
        assert journal.head.epoch == 2
        assert journal.read(BEFORE_ALL)[-1].position == journal.head  # readers see the new file
        await issue(journal, 400)
    assert not examine(tmp_path).found


# -- old, new and foreign databases


async def test_the_first_schema_still_opens(tmp_path: Path) -> None:
    """The file was written by schema version 1 and never changes."""
    shutil.copy(DATA / "journal-v1.db", tmp_path / "journal.db")
    shutil.copy(DATA / "journal-v1.key", tmp_path / "journal.key")
    async with opened(tmp_path) as journal:
        assert journal.head == Position(1, 4)
        assert journal.opened.epoch is None
        assert journal.request("key-2") is not None
        value = journal.private("ref-1")
        assert value is not None
        assert value.data == "评价".encode()
        snapshot = await journal.snapshot_load()
        assert snapshot is not None
        assert snapshot.data == b"state"
        await issue(journal, 9)
    report = examine(tmp_path)
    assert not report.found
    assert report.proven is not None


def test_migrations_run_in_order_once_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    connection = connect_writer(path)
    assert migrate(connection) == 0
    steps = (
        *MIGRATIONS,
        "ALTER TABLE request ADD COLUMN note TEXT",
        "CREATE TABLE later(x) STRICT; nonsense",
    )
    with pytest.raises(apsw.SQLError):
        migrate(connection, steps)
    assert connection.pragma("user_version") == len(MIGRATIONS) + 1
    assert not connection.in_transaction
    connection.execute("SELECT note FROM request")
    assert migrate(connection, (*steps[:-1], "CREATE TABLE later(x INT) STRICT")) == len(MIGRATIONS) + 1
    connection.execute("SELECT x FROM later")
    with pytest.raises(JournalTooNew):
        migrate(connection)
    connection.close()


async def test_a_later_journal_is_refused_and_left_alone(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    connection = apsw.Connection(str(tmp_path / "journal.db"))
    connection.pragma("user_version", 999)
    connection.close()
    with pytest.raises(JournalTooNew):
        await Journal.open(tmp_path, now_wall=WALL, boot="b", settings=SMALL)
    connection = apsw.Connection(str(tmp_path / "journal.db"))
    assert connection.pragma("user_version") == 999
    connection.close()


async def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    connection = apsw.Connection(str(tmp_path / "journal.db"))
    connection.execute("CREATE TABLE holiday(day)")
    connection.close()
    with pytest.raises(NotAJournal):
        await Journal.open(tmp_path, now_wall=WALL, boot="b", settings=SMALL)


async def test_a_start_reads_no_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the length of history, opening must look at its end only."""
    async with opened(tmp_path) as journal:
        for number in range(1_000):
            last = journal.submit(batch(number, keyed=True))
        await last.durable
        await journal.snapshot_save(last.last, 1, b"s")
    steps: list[int] = []

    def traced(connect: Callable[..., apsw.Connection]) -> Callable[..., apsw.Connection]:
        def connected(path: Path, vfs: str | None = None) -> apsw.Connection:
            connection = connect(path, vfs)
            connection.trace_v2(
                apsw.SQLITE_TRACE_PROFILE,
                lambda trace: steps.append(trace["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"]),
            )
            return connection

        return connected

    monkeypatch.setattr(opening_module, "connect_writer", traced(connect_writer))
    monkeypatch.setattr(reader_module, "connect_reader", traced(connect_reader))
    async with opened(tmp_path) as journal:
        assert await journal.snapshot_load() is not None
        assert journal.read(last.last) == []
        assert journal.request("key-7") is not None
    assert len(steps) > 5
    assert sum(steps) < 1_000, "an instruction or more of SQLite for each event: something reads them all"
