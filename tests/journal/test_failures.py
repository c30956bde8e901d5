"""Disk full and I/O errors at every write and every fsync in turn."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import apsw
import pytest

from kioskd.journal import (
    BEFORE_ALL,
    Batch,
    Journal,
    JournalError,
    NotSaved,
    OutcomeUnknown,
    RequestRecord,
    upkeep,
)
from kioskd.journal.files import Ballast
from kioskd.journal.journal import RESERVE_NAME
from tests.journal.disk import Disk, FailAt, nothing
from tests.journal.halls import SMALL, WALL, batch, examine, issue, issued, numbers, opened


@pytest.fixture(autouse=True)
def busy_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is moved into the database every few commits, so that its failures are met too."""
    monkeypatch.setattr(upkeep, "LOG_PAGES", 6)
    monkeypatch.setattr(upkeep, "LOG_PAGES_AT_ONCE", 0)


class Outcome:
    def __init__(self) -> None:
        self.saved: list[int] = []
        self.not_saved: list[int] = []
        self.unknown: list[int] = []
        self.codes: set[str] = set()

    async def take(self, journal: Journal, number: int) -> None:
        try:
            await journal.submit(batch(number, keyed=True), numbers=numbers(number)).durable
        except NotSaved as error:
            self.not_saved.append(number)
            self.codes.add(error.code)
        except OutcomeUnknown as error:
            self.unknown.append(number)
            self.codes.add(error.code)
        else:
            self.saved.append(number)


async def busy_morning(journal: Journal, fault: FailAt, *, together: int = 3) -> Outcome:
    """Forty tickets, three presses at a time; after a failure the journal is mended and the day goes on."""
    outcome = Outcome()
    for start in range(0, 40, together):
        await asyncio.gather(*(outcome.take(journal, start + n) for n in range(together)))
        if journal.closed_for is not None:
            fault.mend()
            assert await journal.reopen(WALL) == journal.head == journal.durable
            assert [e.wall - WALL for e in journal.read(BEFORE_ALL) if e.kind == "ticket.issued"] == sorted(
                known(journal, outcome)
            )
    return outcome


def known(journal: Journal, outcome: Outcome) -> list[int]:
    """What must be in the journal: the saved, and those of unknown outcome that kept their answer."""
    return outcome.saved + [n for n in outcome.unknown if journal.request(f"key-{n}") is not None]


async def count_operations(folder: Path, disk: Disk, operations: set[str]) -> int:
    count = 0

    def hook(operation: str, *_: Any) -> None:
        nonlocal count
        count += operation in operations

    async with opened(folder, vfs=disk.name) as journal:
        disk.hook = hook
        await busy_morning(journal, FailAt(apsw.IOError, set(), 0, lasting=False))
        disk.hook = nothing
    return count


@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize(
    ("error", "operations"),
    [(apsw.FullError, {"write"}), (apsw.IOError, {"write"}), (apsw.IOError, {"sync"})],
)
async def test_whatever_fails_nothing_acknowledged_is_lost(
    tmp_path: Path, disk: Disk, error: type[apsw.Error], operations: set[str], lasting: bool
) -> None:
    total = await count_operations(tmp_path / "clean", disk, operations)
    assert total > 20
    # Every operation at the start, then a coarser comb: what follows is more of the same.
    fired = failures = 0
    for number in [*range(1, 25), *range(25, total, 5)]:
        folder = tmp_path / str(number)
        async with opened(folder, vfs=disk.name) as journal:
            disk.hook = fault = FailAt(error, operations, number, lasting=lasting)
            outcome = await busy_morning(journal, fault)
            disk.hook = nothing
            failures += bool(outcome.not_saved or outcome.unknown)
            expected = known(journal, outcome)
        fired += fault.fired  # how presses fall into groups, and so how much there is to fail, varies
        found = issued(folder)
        assert sorted(expected) == sorted(found)
        assert not set(found) & set(outcome.not_saved)
        assert outcome.codes <= {"disk_full", "outcome_unknown", "disk_error"}
        if error is apsw.FullError:
            assert not outcome.unknown
        assert not examine(folder).found
    assert fired > 15
    assert failures > 5  # a failing move of the log alone fails no command


async def test_an_error_after_the_deed_and_a_crash_on_top_lose_nothing(tmp_path: Path, disk: Disk) -> None:
    """The commit reached the disk, the disk said it did not, and then the machine died."""
    found_after_all = 0
    for number in range(1, 12):
        folder, crashed = tmp_path / f"{number}", tmp_path / f"{number}-crashed"
        async with opened(folder, vfs=disk.name) as journal:
            disk.after = fault = FailAt(apsw.IOError, {"sync"}, number, lasting=True)
            outcome = Outcome()
            for ticket in range(40):
                await outcome.take(journal, ticket)
                if journal.closed_for is not None:
                    break
            shutil.copytree(folder, crashed)
            fault.mend()
        disk.after = nothing
        async with opened(crashed) as journal:
            assert journal.opened.unclean
            assert journal.opened.behind is None
            expected = known(journal, outcome)
        assert issued(crashed) == sorted(expected)
        assert not examine(crashed).found
        found_after_all += len(expected) - len(outcome.saved)
    assert found_after_all > 5


async def test_after_a_failure_everything_queued_fails_and_nothing_is_taken(
    tmp_path: Path, disk: Disk
) -> None:
    async with opened(tmp_path, vfs=disk.name) as journal:
        await issue(journal, 1)
        disk.hook = fault = FailAt(apsw.IOError, {"sync"}, 1, lasting=True)
        futures = [journal.submit(batch(number)).durable for number in range(2, 200)]
        done = await asyncio.gather(*futures, return_exceptions=True)
        assert isinstance(done[0], OutcomeUnknown)
        group = [isinstance(error, OutcomeUnknown) for error in done]
        assert group == sorted(group, reverse=True)
        assert all(isinstance(error, NotSaved) and error.code == "disk_error" for error in done[sum(group) :])
        assert not all(group)
        assert len({id(error) for error in done}) == len(done)
        assert journal.closed_for == "disk_error"
        for attempt in (lambda: journal.submit(batch(0)), journal.barrier):
            with pytest.raises(NotSaved):
                attempt()
        with pytest.raises(NotSaved):
            await journal.snapshot_save(journal.durable, 1, b"")
        assert journal.durable.seq == 2
        assert len(journal.read(BEFORE_ALL)) == 2  # reading goes on
        with pytest.raises(JournalError):
            await journal.reopen(WALL)
        fault.mend()
        await journal.reopen(WALL)
        assert journal.closed_for is None
        assert await journal.reopen(WALL) == journal.head
        await issue(journal, 300)
    assert not examine(tmp_path).found


async def test_a_full_disk_gives_up_its_reserve_and_service_resumes_with_the_space(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve = tmp_path / RESERVE_NAME
    async with opened(tmp_path):
        pass  # so that the log is empty, and nothing but the probe finds out that the disk is full
    async with opened(tmp_path, vfs=disk.name) as journal:
        assert reserve.stat().st_size == 1 << 20
        disk.hook = FailAt(apsw.FullError, {"write"}, 1, lasting=True)
        with pytest.raises(NotSaved) as refusal:
            await journal.submit(batch(1)).durable
        assert refusal.value.code == journal.closed_for == "disk_full"
        assert not reserve.exists()
        with pytest.raises(NotSaved):
            await journal.reopen(WALL)
        assert not reserve.exists(), "taken while trying, and given back"

        def no_space(_self: Ballast) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(Ballast, "fill", no_space)
            disk.hook = nothing  # room enough for a probe, but not for the reserve
            with pytest.raises(NotSaved) as refusal:
                await journal.reopen(WALL)
        assert refusal.value.code == "disk_full"
        head = journal.durable
        assert await journal.reopen(WALL) == head
        assert reserve.stat().st_size == 1 << 20
        await issue(journal, 2)
    assert issued(tmp_path) == [2]


async def test_a_stop_on_a_full_disk_is_still_in_order(tmp_path: Path, disk: Disk) -> None:
    async with opened(tmp_path, vfs=disk.name) as journal:
        await issue(journal, 1)
        disk.hook = fault = FailAt(apsw.FullError, {"write"}, 1, lasting=True)
        with pytest.raises(NotSaved):
            await journal.submit(batch(2)).durable
    fault.mend()
    async with opened(tmp_path, vfs=disk.name) as journal:
        await issue(journal, 3)
    assert issued(tmp_path) == [1, 3]


async def test_a_journal_on_a_full_disk_opens_for_reading(tmp_path: Path, disk: Disk) -> None:
    async with opened(tmp_path, vfs=disk.name) as journal:
        await issue(journal, 1)
    (tmp_path / RESERVE_NAME).unlink()

    def no_space(_self: Ballast) -> None:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ballast, "fill", no_space)
        journal = await Journal.open(tmp_path, now_wall=WALL, boot="b", settings=SMALL)
        assert journal.closed_for == "disk_full"
        assert len(journal.read(BEFORE_ALL)) == 2
        with pytest.raises(NotSaved):
            journal.submit(batch(2))
    await journal.reopen(WALL)
    await issue(journal, 2)
    await journal.close()


async def test_the_reserve_lets_a_journal_start_on_a_full_disk(tmp_path: Path, disk: Disk) -> None:
    """After a crash the start itself has to write; the reserve makes room, but not for new events."""
    hall = tmp_path / "crashed"
    async with opened(tmp_path / "hall") as journal:
        await issue(journal, 1)
        shutil.copytree(tmp_path / "hall", hall)
    reserve = hall / RESERVE_NAME

    def full(operation: str, *_: Any) -> None:
        if operation == "write" and reserve.exists():
            raise apsw.FullError("the reserve has the last of the space")

    disk.hook = full
    async with opened(hall, vfs=disk.name) as journal:
        assert journal.closed_for == "disk_full"
        assert len(journal.read(BEFORE_ALL)) == 2
        with pytest.raises(NotSaved):
            journal.submit(batch(2))
        disk.hook = nothing
        await journal.reopen(WALL)
        assert reserve.exists()
        await issue(journal, 2)
    assert issued(hall) == [1, 2]


async def test_a_dead_writer_leaves_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path) as journal:
        await issue(journal, 1)

        def die(*_: object) -> None:
            raise SystemExit("the thread is shot")

        with monkeypatch.context() as patch:
            patch.setattr("kioskd.journal.writer.insert_events", die)
            futures = [journal.submit(batch(number)).durable for number in range(2, 100)]
            done = await asyncio.wait_for(asyncio.gather(*futures, return_exceptions=True), 10)
        assert {error.code for error in done if isinstance(error, NotSaved)} == {"writer_dead"}
        assert len(done) == 98
        with pytest.raises(NotSaved):
            journal.submit(batch(0))
        await journal.reopen(WALL)
        await issue(journal, 500)
    assert issued(tmp_path) == [1, 500]


async def test_an_error_of_a_task_harms_only_the_task(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        with pytest.raises(ValueError, match="white space"):
            await journal.checkpoint("day end")
        await issue(journal, 1)


async def test_what_a_lost_log_takes_with_it_opens_a_new_epoch(tmp_path: Path, disk: Disk) -> None:
    """A disk that forgets synced data: even reopening notices, and says which numbers were given."""
    async with opened(tmp_path, vfs=disk.name) as journal:
        await issue(journal, 1, 2, 3)
        disk.hook = fault = FailAt(apsw.IOError, {"sync"}, 1, lasting=True)
        with pytest.raises(OutcomeUnknown):
            await journal.submit(batch(4)).durable
        fault.mend()
        connection = apsw.Connection(str(tmp_path / "journal.db"))
        connection.execute("DELETE FROM event WHERE position = (SELECT max(position) FROM event)")
        connection.close()
        head = await journal.reopen(WALL)
        assert str(head) == "2.1"
        assert journal.opened.behind is not None
        assert journal.opened.behind.numbers.last == {"A": 3}
        await journal.submit(Batch(request=RequestRecord("k", b"", b"", 1)), numbers=None).durable
