"""Simulated people choose, wait, take their time and rate as configured shares say."""

from __future__ import annotations

import random
import statistics
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kioskd.demo.behaviour import (
    BUSY,
    NO_SHOW,
    OVERHEAD_S,
    PRESSES_S,
    RATINGS,
    SHORTEST_S,
    WEIGHTS,
    Habits,
    breather,
    citizen,
    habits,
)
from kioskd.hall.rules import Name, Queue

MINUTES = {"general": 8.0, "employer": 12.0, "card": 6.0, "special": 18.0, "advice": 4.0, "enterprise": 40.0}
QUEUES = [
    Queue(id=name, prefix=name[0].upper(), name=Name(zh=name, en=name), zone="z", expected_minutes=minutes)
    for name, minutes in MINUTES.items()
]
PEOPLE = habits(QUEUES, windows=6, citizens=1250, hours=8.5, priorities=["soldier", "elderly"])


def mean_service_s(people: Habits) -> float:
    """Mean service time over all queues."""
    total = sum(weight for _, weight, _ in people.queues)
    return sum(weight * mean for _, weight, mean in people.queues) / total


def drawn(count: int, seed: int = 3) -> list:
    rng = random.Random(seed)
    return [citizen(PEOPLE, rng) for _ in range(count)]


def test_the_demo_hall_is_busy_but_flows() -> None:
    for speed in (1.0, 60.0):
        people = habits(QUEUES, windows=6, citizens=1250, hours=8.5, speed=speed)
        taken = 1250 * (mean_service_s(people) + OVERHEAD_S + PRESSES_S * speed) / (6 * 8.5 * 3600)
        assert taken == pytest.approx(BUSY)
        assert 60 < mean_service_s(people) < 120


@given(windows=st.integers(1, 64), citizens=st.floats(50, 5000))
@settings(max_examples=50)
def test_service_times_follow_the_hall_but_never_become_absurd(windows: int, citizens: float) -> None:
    people = habits(QUEUES, windows=windows, citizens=citizens, hours=8.5)
    assert mean_service_s(people) >= SHORTEST_S - 0.01
    ratio = {name: mean / MINUTES[name] for name, _, mean in people.queues}
    assert max(ratio.values()) == pytest.approx(min(ratio.values())), "long services stay the long ones"


def test_a_hall_without_queues_is_refused() -> None:
    with pytest.raises(ValueError, match="no queue"):
        habits([], windows=1, citizens=1, hours=1)


def test_queues_are_chosen_by_their_weights() -> None:
    chosen = Counter(one.queue for one in drawn(20_000))
    for name, weight in WEIGHTS.items():
        assert chosen[name] / 20_000 == pytest.approx(weight, abs=0.02), name


def test_service_times_are_lognormal_with_the_queues_mean() -> None:
    people = drawn(40_000)
    for name, _, mean in PEOPLE.queues:
        times = [one.service_s for one in people if one.queue == name]
        assert min(times) >= SHORTEST_S
        if mean > 2 * SHORTEST_S:
            assert statistics.fmean(times) == pytest.approx(mean, rel=0.12), name
            assert statistics.median(times) < statistics.fmean(times), "long ones are few and very long"


def test_ratings_have_realistic_shares_and_many_stay_unanswered() -> None:
    given_levels = Counter(one.rating for one in drawn(30_000))
    for level, share in RATINGS:
        assert given_levels[level] / 30_000 == pytest.approx(share, abs=0.012)
    assert given_levels[None] / 30_000 == pytest.approx(1 - sum(share for _, share in RATINGS), abs=0.012)
    assert given_levels[None] > given_levels[4]


def test_some_leave_at_once_and_most_wait_for_their_turn() -> None:
    people = drawn(20_000)
    gone = sum(1 for one in people if one.patience_s == 0)
    assert gone / 20_000 == pytest.approx(NO_SHOW, abs=0.006)
    assert sum(1 for one in people if one.patience_s > 15 * 60) / 20_000 > 0.9


def test_tellers_take_a_break_now_and_then() -> None:
    rng = random.Random(1)
    breaks = [rest for _ in range(10_000) if (rest := breather(rng))]
    assert 60 < len(breaks) < 200
    assert all(180 <= rest.seconds <= 480 for rest in breaks)


def test_a_seed_gives_the_same_people_again() -> None:
    assert drawn(50, seed=9) == drawn(50, seed=9)
    assert drawn(50, seed=9) != drawn(50, seed=10)
