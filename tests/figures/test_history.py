from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kioskd.figures.history import History
from kioskd.hall import events as e
from kioskd.hall.codec import encode
from kioskd.journal.journal import Journal
from kioskd.journal.records import Batch, NewEvent
from tests.figures.test_day import BY, RULES, called, finished, issued, missed, slot, wall

DAY_MS = 86_400_000


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = await Journal.open(tmp_path, now_wall=wall(8), boot="boot")
    yield journal
    await journal.close()


async def write(journal: Journal, *events: e.Event, day: int = 0) -> None:
    at = wall(9) + day * DAY_MS
    batch = Batch(events=tuple(NewEvent(*encode(event), at=at, wall=at) for event in events))
    await journal.submit(batch).durable


def opened(date: str, *kept: str) -> e.DayOpened:
    return e.DayOpened(by=BY, date=date, kept=kept)


async def test_each_day_has_its_own(journal: Journal) -> None:
    history = History(journal)
    assert await history.day("2025-03-03", RULES) is None
    await write(journal, opened("2025-03-03"), issued(1), called(1, 5), finished(1, 5))
    await write(journal, opened("2025-03-04"), issued(2), issued(3), day=1)
    first = await history.day("2025-03-03", RULES)
    second = await history.day("2025-03-04", RULES)
    assert first is not None
    assert second is not None
    assert (first.total.tickets, first.total.served, first.closed) == (1, 1, True)
    assert (second.total.tickets, second.total.served, second.closed) == (2, 0, False)
    assert await history.dates() == ["2025-03-03", "2025-03-04"]
    assert await history.day("2025-03-05", RULES) is None


async def test_counting_goes_on_and_gives_what_counting_anew_gives(journal: Journal) -> None:
    history = History(journal)
    await write(journal, opened("2025-03-03"))
    for n in range(1, 1200):
        await write(journal, issued(n), called(n, n % 60), finished(n, n % 9))
        if n % 300 == 0:
            so_far = await history.day("2025-03-03", RULES)
            assert so_far is not None
            assert so_far.total.served == n
    await write(journal, opened("2025-03-04"), day=1)
    assert await history.day("2025-03-03", RULES) == await History(journal).day("2025-03-03", RULES)


async def test_a_day_that_ends_while_it_is_watched(journal: Journal) -> None:
    history = History(journal)
    await write(journal, opened("2025-03-03"), issued(1))
    await history.day("2025-03-03", RULES)
    await write(journal, issued(2), opened("2025-03-04"), issued(3), day=1)
    figures = await history.day("2025-03-03", RULES)
    assert figures is not None
    assert (figures.total.tickets, figures.closed) == (2, True)


async def test_a_late_rating_counts_for_the_day_of_its_service(journal: Journal) -> None:
    history = History(journal)
    await write(journal, opened("2025-03-03"), issued(1), finished(1, 5), slot(1), missed(1))
    await write(journal, opened("2025-03-04"), issued(2), finished(2, 5), slot(2), missed(2), day=1)
    before = await history.day("2025-03-03", RULES)
    assert before is not None
    assert before.total.ratings.missed == 1
    late = e.RatingLate(by=BY, ticket="t_1", number="A001", window="1", level=5, date="2025-03-03")
    await write(journal, late, day=1)
    for counting in (history, History(journal)):
        first = await counting.day("2025-03-03", RULES)
        second = await counting.day("2025-03-04", RULES)
        assert first is not None
        assert second is not None
        assert (first.total.ratings.levels[5], first.total.ratings.missed) == (1, 0)
        assert (second.total.ratings.levels[5], second.total.ratings.missed) == (0, 1)


async def test_tickets_taken_while_the_date_was_in_question_count_for_their_day(journal: Journal) -> None:
    history = History(journal)
    await write(journal, opened("2025-03-03"), issued(1))
    await write(journal, issued(2), called(2, 3))
    await history.day("2025-03-03", RULES)
    await write(journal, opened("2025-03-04", "t_2"), finished(2, 5), day=1)
    first = await history.day("2025-03-03", RULES)
    second = await history.day("2025-03-04", RULES)
    assert first is not None
    assert second is not None
    assert (first.total.tickets, first.total.wait.count) == (1, 0)
    assert (second.total.tickets, second.total.wait.count, second.total.served) == (1, 1, 1)
