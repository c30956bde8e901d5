"""Which times a hall gives, and to whom: rules alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kioskd.central.persons import Persons, document
from kioskd.central.slots import (
    BookingPlan,
    Offer,
    blocked_until,
    days,
    here,
    may_give_back,
    slots,
    wall_of,
)
from kioskd.hall.rules import YearCalendar
from tests.hall.conftest import make_calendar

MONDAY = date(2026, 3, 2)
CALENDAR = make_calendar(
    years=(YearCalendar(year=2026, holidays=("2026-03-04",), make_up={"2026-03-07": 1}),),
)


def plan(**fields: object) -> BookingPlan:
    offer = Offer(queue="general", start="11:00", end="14:30", minutes=30, capacity=2)
    return BookingPlan(**({"offers": (offer,), "ahead_days": 7} | fields))  # type: ignore[arg-type]


def test_times_lie_wholly_in_a_session_that_serves_the_queue() -> None:
    found = list(slots(plan(), CALENDAR, "general", MONDAY))
    assert [(slot.start // 60, slot.start % 60) for slot in found] == [(11, 0), (11, 30), (14, 0)]
    assert list(slots(plan(), CALENDAR, "special", MONDAY)) == []


def test_holidays_give_nothing_and_make_up_days_do() -> None:
    found = days(plan(), CALENDAR, "general", datetime.fromisoformat("2026-03-02 08:00"), {})
    assert [day.date[-2:] for day in found] == ["02", "03", "05", "06", "07", "09"]


def test_what_is_taken_or_too_soon_is_not_to_have() -> None:
    taken = {("2026-03-02", 14 * 60): 2, ("2026-03-03", 11 * 60): 1}
    found = days(plan(), CALENDAR, "general", datetime.fromisoformat("2026-03-02 10:31"), taken)
    assert [(slot.start, left) for slot, left in found[0].slots] == [(690, 2), (840, 0)]
    assert [left for _, left in found[1].slots] == [1, 2, 2]


@pytest.mark.parametrize(
    ("missed", "until"),
    [
        ([], None),
        (["2026-02-01", "2026-02-20"], None),
        (["2026-02-01", "2026-02-20", "2026-02-27"], "2026-03-29"),
        (["2025-11-01", "2026-02-20", "2026-02-27"], None),
        (["2026-01-01", "2026-01-02", "2026-01-03"], None),
    ],
)
def test_who_never_comes_waits_a_while(missed: list[str], until: str | None) -> None:
    found = blocked_until(plan(), missed, MONDAY)
    assert (None if found is None else found.isoformat()) == until
    assert blocked_until(plan(misses=0), missed, MONDAY) is None


@given(st.integers(0, 24 * 60 - 1), st.integers(0, 600), st.integers(-300, 300))
def test_a_time_is_given_back_until_two_hours_before(start: int, limit: int, offset: int) -> None:
    now = datetime.fromisoformat("2026-03-02") + timedelta(minutes=start - limit - offset)
    assert may_give_back(plan(cancel_before_min=limit), "2026-03-02", start, now) is (offset >= 0)


@given(st.integers(0, 24 * 60 - 1), st.sampled_from([-720, 0, 330, 480, 840]))
def test_a_hall_keeps_its_own_time(minute: int, offset: int) -> None:
    wall = wall_of("2026-03-02", minute, offset)
    assert here(wall, offset) == datetime.fromisoformat("2026-03-02") + timedelta(minutes=minute)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("11010519491231002X", "11010519491231002X"),
        (" 110105 19491231 002x ", "11010519491231002X"),
        ("110105194912310021", None),
        ("E12345678", "E12345678"),
        ("H-1234 5678", "H12345678"),
        ("12345", None),
        ("张三", None),
        ("1" * 30, None),
    ],
)
def test_what_is_a_document_number(typed: str, number: str | None) -> None:
    assert document(typed) == number


def test_a_person_is_known_again_by_the_same_key_only() -> None:
    ours, theirs = Persons(b"k" * 32), Persons(b"x" * 32)
    assert ours.known_as("E12345678") == ours.known_as("E12345678") != theirs.known_as("E12345678")
    assert ours.drawn("wish-1") == ours.drawn("wish-1") != ours.drawn("wish-2")
    assert ours.mark != theirs.mark
