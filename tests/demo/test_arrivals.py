"""Citizens come in the numbers and at the hours of a real hall."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kioskd.demo.arrivals import ALL_DAY, CITIZENS_A_DAY, WORKING_DAY, DayShape, arrivals

SHAPES = st.lists(st.floats(0.1, 5.0), min_size=2, max_size=8).map(
    lambda heights: DayShape(tuple((8.0 + n, height) for n, height in enumerate(heights)))
)


@given(st.integers(), SHAPES)
@settings(max_examples=40, deadline=None)
def test_they_come_in_order_and_only_while_the_day_lasts(seed: int, shape: DayShape) -> None:
    hours = list(arrivals(shape, 300, random.Random(seed)))
    assert all(before < after for before, after in pairwise(hours))
    assert all(shape.points[0][0] < hour < shape.points[-1][0] for hour in hours)


@given(st.integers(), st.floats(8.0, 18.0))
@settings(max_examples=40, deadline=None)
def test_a_restart_at_noon_gets_the_rest_of_the_same_day(seed: int, after: float) -> None:
    whole = list(arrivals(WORKING_DAY, CITIZENS_A_DAY, random.Random(seed)))
    rest = list(arrivals(WORKING_DAY, CITIZENS_A_DAY, random.Random(seed), after=after))
    assert rest == [hour for hour in whole if hour > after]


@given(st.integers())
@settings(max_examples=30, deadline=None)
def test_a_day_brings_about_1250_citizens(seed: int) -> None:
    # Six standard deviations of a Poisson count: wrong once in half a billion days.
    count = sum(1 for _ in arrivals(WORKING_DAY, CITIZENS_A_DAY, random.Random(seed)))
    assert count == pytest.approx(CITIZENS_A_DAY, abs=6 * CITIZENS_A_DAY**0.5)


def test_hours_have_the_shape_of_the_day() -> None:
    days = 60
    hours: Counter[int] = Counter()
    for seed in range(days):
        hours.update(int(hour * 2) for hour in arrivals(WORKING_DAY, CITIZENS_A_DAY, random.Random(seed)))
    for half in range(17, 34):
        middle = half / 2 + 0.25
        share = (
            sum(WORKING_DAY.at(middle - 0.25 + step / 100) for step in range(50))
            / 50
            * 0.5
            / WORKING_DAY.area
        )
        expected = days * CITIZENS_A_DAY * share
        assert hours[half] == pytest.approx(expected, abs=6 * expected**0.5), middle
    assert hours.most_common(1)[0][0] in (20, 21), "the peak lies between ten and eleven"
    assert hours[29] > 2 * hours[25], "the afternoon has a peak of its own after a quiet noon"


def test_waiting_times_between_two_are_exponential_where_the_rate_is_even() -> None:
    gaps = [b - a for a, b in pairwise(arrivals(ALL_DAY, 24 * 600, random.Random(7)))]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert mean == pytest.approx(1 / 600, rel=0.03)
    assert variance**0.5 == pytest.approx(mean, rel=0.03), "mean and deviation of an exponential are equal"
