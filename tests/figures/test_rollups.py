"""Daily figures beside a journal stay true to it, whatever happens to either."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from kioskd.figures import ranges
from kioskd.figures.model import Figures
from kioskd.figures.offline import JournalFile
from kioskd.figures.ranges import By
from kioskd.figures.rollups import Rollups
from kioskd.figures.store import FILE_NAME, Store
from kioskd.hall import events as e
from kioskd.journal.backup import back_up, restore
from kioskd.journal.database import DATABASE_NAME
from kioskd.journal.journal import Journal
from tests.figures.test_day import BY, RULES, called, finished, issued, missed, slot, wall
from tests.figures.test_history import opened, write

FIRST, SECOND = "2025-03-03", "2025-03-04"


def kept(folder: Path) -> tuple[int, dict[str, Figures]]:
    """Catch up as a hub that was just started would; return how many days were written, and the days."""
    with JournalFile(folder / DATABASE_NAME) as source:
        store = Store(folder / FILE_NAME)
        try:
            written = Rollups(source, store).catch_up()
            with store.look() as connection:
                rows = ranges.rows(connection, By.DAY, "2025-01-01", "2025-12-31")
        finally:
            store.close()
    return written, {row.key: row.figures for row in rows}


def anew(folder: Path) -> dict[str, Figures]:
    (folder / FILE_NAME).unlink()
    return kept(folder)[1]


async def two_days(folder: Path) -> Journal:
    journal = await Journal.open(folder, now_wall=wall(8), boot="boot")
    await write(journal, e.SettingsApplied(by=BY, rules=RULES))
    await write(journal, opened(FIRST), issued(1), called(1, 5), finished(1, 5), slot(1), missed(1))
    await write(journal, opened(SECOND), issued(2), called(2, 50), finished(2, 7), day=1)
    return journal


async def test_only_what_is_new_is_written(tmp_path: Path) -> None:
    journal = await two_days(tmp_path)
    assert kept(tmp_path)[0] == 2
    assert kept(tmp_path)[0] == 0
    await write(journal, issued(3), day=1)
    written, days = kept(tmp_path)
    assert written == 1
    assert (days[FIRST].tickets, days[SECOND].tickets) == (1, 2)
    assert days[SECOND].wait.within == 0, "measured by the rules in force, though they were set before"
    await journal.close()
    assert anew(tmp_path) == days


async def test_a_late_answer_counts_its_day_anew(tmp_path: Path) -> None:
    journal = await two_days(tmp_path)
    assert kept(tmp_path)[1][FIRST].ratings.missed == 1
    late = e.RatingLate(by=BY, ticket="t_1", number="A001", window="1", level=5, date=FIRST)
    await write(journal, late, day=1)
    written, days = kept(tmp_path)
    assert written == 2
    assert (days[FIRST].ratings.missed, days[FIRST].ratings.levels[5]) == (0, 1)
    await journal.close()
    assert anew(tmp_path) == days


async def test_a_rating_that_two_took_out_counts_its_day_anew(tmp_path: Path) -> None:
    journal = await two_days(tmp_path)
    late = e.RatingLate(by=BY, ticket="t_1", number="A001", window="1", level=5, date=FIRST)
    await write(journal, late, day=1)
    assert kept(tmp_path)[1][FIRST].ratings.levels[5] == 1
    voided = e.RatingVoided(
        by=BY, ticket="t_1", number="A001", window="1", level=5, date=FIRST, why="by mistake"
    )
    await write(journal, voided, day=1)
    written, days = kept(tmp_path)
    assert written == 2
    assert (days[FIRST].ratings.missed, days[FIRST].ratings.levels[5]) == (0, 0)
    await journal.close()
    assert anew(tmp_path) == days


async def test_a_restored_journal_takes_its_figures_back(tmp_path: Path) -> None:
    journal = await two_days(tmp_path)
    await journal.close()
    backup = tmp_path / "backup.db"
    back_up(tmp_path / DATABASE_NAME, backup)
    journal = await Journal.open(tmp_path, now_wall=wall(9), boot="boot")
    late = e.RatingLate(by=BY, ticket="t_1", number="A001", window="1", level=5, date=FIRST)
    await write(journal, issued(3), issued(4), late, opened("2025-03-05"), issued(5), day=2)
    await journal.close()
    before = kept(tmp_path)[1]
    assert (before[FIRST].ratings.missed, before[SECOND].tickets, len(before)) == (0, 3, 3)
    restore(tmp_path, backup, wall=wall(10), boot="boot")
    days = kept(tmp_path)[1]
    assert (days[FIRST].ratings.missed, days[SECOND].tickets, len(days)) == (1, 1, 2)
    journal = await Journal.open(tmp_path, now_wall=wall(10), boot="boot")
    await write(journal, issued(6), day=1)
    await journal.close()
    days = kept(tmp_path)[1]
    assert days[SECOND].tickets == 2
    assert anew(tmp_path) == days


def _count_for_ever(folder: Path) -> None:
    with JournalFile(folder / DATABASE_NAME) as source:
        store = Store(folder / FILE_NAME)
        while True:
            Rollups(source, store).rebuild()


async def test_killed_in_the_middle_it_goes_on(tmp_path: Path) -> None:
    journal = await two_days(tmp_path)
    await write(journal, *(issued(n) for n in range(10, 400)), day=1)
    await journal.close()
    right = kept(tmp_path)[1]
    for _ in range(3):
        process = multiprocessing.get_context("spawn").Process(target=_count_for_ever, args=(tmp_path,))
        process.start()
        process.join(1.5)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert kept(tmp_path)[1] == right


@pytest.mark.parametrize("before", [None, 0o644])
def test_figures_are_read_by_their_owner_alone(tmp_path: Path, before: int | None) -> None:
    file = tmp_path / FILE_NAME
    if before is not None:  # as former releases made it
        file.touch(before)
    store = Store(file)
    try:
        assert {one.name: oct(one.stat().st_mode & 0o777) for one in tmp_path.iterdir()} == {
            FILE_NAME + end: "0o600" for end in ("", "-wal", "-shm")
        }
    finally:
        store.close()


async def test_a_later_release_s_file_is_made_anew(tmp_path: Path) -> None:
    journal = await two_days(tmp_path)
    right = kept(tmp_path)[1]
    store = Store(tmp_path / FILE_NAME)
    with store.change() as connection:
        connection.pragma("user_version", 99)
    store.close()
    assert kept(tmp_path)[1] == right
    await journal.close()
