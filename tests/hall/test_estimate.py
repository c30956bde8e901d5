"""Rule 13: a range that is learned here, and its error."""

from __future__ import annotations

import random

from benchmarks.estimate import BETTER, SHAPES, errors, p90
from benchmarks.replay import Recorded, figure, replay
from kioskd.hall import commands as c
from kioskd.hall import queries
from kioskd.hall.events import Wait
from tests.hall.conftest import STAFF, Hall


def newcomer(hall: Hall, queue: str = "general") -> Wait:
    wait = queries.newcomer(hall.state, queue, hall.now)
    assert wait is not None
    return wait


def test_nobody_before_and_a_free_window_is_no_wait(hall: Hall) -> None:
    assert newcomer(hall) == Wait(ahead=0, low=0, high=1)


def test_one_before_at_the_only_window_is_a_wait(hall: Hall) -> None:
    hall.issue()
    assert newcomer(hall).high > 5
    hall.sign_in("2", "wang")
    assert newcomer(hall) == Wait(ahead=1, low=0, high=1)


def test_more_people_wait_longer_and_more_windows_shorter(hall: Hall) -> None:
    few = newcomer(hall)
    for _ in range(10):
        hall.issue()
    many = newcomer(hall)
    assert many.ahead == 10
    assert many.low > few.high
    hall.sign_in("2", "wang")
    two = newcomer(hall)
    assert two.high < many.high
    hall.do(c.Pause(by=STAFF, window="2"))
    assert newcomer(hall) == many


def test_it_learns_from_this_hall(hall: Hall) -> None:
    for _ in range(30):
        hall.issue()
    before = newcomer(hall)
    for _ in range(25):
        hall.serve(minutes=2)
    for _ in range(25):
        hall.issue()
    after = newcomer(hall)
    assert after.ahead == before.ahead
    assert after.high < before.low


def test_what_it_learned_outlives_the_day_but_not_one_forgotten_window(hall: Hall) -> None:
    hall.issue()
    hall.serve(minutes=2)
    once = hall.state.learned["general"].mean_ms
    hall.issue()
    hall.serve(minutes=600)
    assert hall.state.learned["general"].mean_ms < 3 * once
    hall.wait(hours=24)
    assert hall.state.learned["general"].count == 2


def test_people_of_other_queues_before_the_same_windows_count(hall: Hall) -> None:
    alone = newcomer(hall, "advice")
    for _ in range(10):
        hall.issue("general")
    shared = newcomer(hall, "advice")
    assert shared.ahead == 0
    assert shared.low > alone.high


def test_long_company_jobs_are_left_out_of_the_common_estimate(hall: Hall) -> None:
    before = newcomer(hall)
    for _ in range(5):
        hall.issue("company", headcount=300)
    assert newcomer(hall) == before
    assert newcomer(hall, "company").ahead == 5


def test_breaks_are_part_of_the_wait(hall: Hall) -> None:
    hall.wait_until("2026-03-02 11:25:00")
    for _ in range(8):
        hall.issue()
    assert newcomer(hall).high > 120, "lunch is two hours"


def test_before_opening_the_wait_until_then_counts() -> None:
    hall = Hall(start="2026-03-02 08:00:00").boot()
    assert newcomer(hall) == Wait(ahead=0, low=30, high=31)


def test_its_error_is_measured(hall: Hall) -> None:
    hall.issue()
    hall.serve()
    assert hall.state.queues["general"].error_ms == 0
    hall.issue()
    hall.wait(minutes=31)
    hall.serve()
    queue = hall.state.queues["general"]
    assert (queue.promises, queue.kept, queue.error_ms) == (2, 1, 30 * 60_000)


def test_most_promises_are_kept_on_an_ordinary_morning() -> None:
    """Honest: not a promise of precision, but most people wait as long as they were told."""
    dice = random.Random(5)
    hall = Hall().boot()
    staff = {"1": "li", "2": "wang", "3": "zhao"}
    for window, teller in staff.items():
        hall.sign_in(window, teller)
    free_at = dict.fromkeys(staff, hall.at)
    while hall.wall < hall.state.day.opened_wall + 3 * 3_600_000 - 120_000:  # type: ignore[union-attr]
        if dice.random() < 0.42:
            hall.issue()
        for window in staff:
            if free_at[window] <= hall.at:
                if hall.at_window(window) is not None:
                    hall.do(c.FinishTicket(by=STAFF, window=window))
                if hall.call(window) is not None:
                    hall.do(c.StartService(by=STAFF, window=window))
                    free_at[window] = hall.at + round(dice.gammavariate(3, 2.2) * 60_000)
        hall.wait(60)
    queue = hall.state.queues["general"]
    assert queue.promises > 50
    assert queue.kept / queue.promises > 0.5


def test_a_line_at_one_special_window_keeps_nobody_waiting_elsewhere(hall: Hall) -> None:
    for window, teller in (("2", "wang"), ("3", "zhao")):
        hall.sign_in(window, teller)
    for _ in range(3):
        hall.issue()
    for window in ("1", "2", "3"):
        hall.call(window)
    before = newcomer(hall)
    for _ in range(12):
        hall.issue("special")
    assert newcomer(hall).high <= before.high + 8
    assert newcomer(hall, "special").low > 40


def test_it_is_a_quarter_better_than_a_plain_estimate_on_a_hard_day() -> None:
    ours, plain = errors(SHAPES[1], days=1, seeds=(7,))
    assert len(ours) > 200
    assert p90(ours) <= p90(plain) * BETTER


def test_a_recorded_day_replayed_says_what_was_said_then_and_is_as_good() -> None:
    hall = Recorded(1, seed=44)
    for n in range(2):
        hall.day(measured=n > 0)
    days = replay(hall.past())
    assert len(days) == 2
    after_a_day_of_learning = list(days.values())[-1]
    said_then = {(real, round(ours)) for real, ours, _ in hall.waits}
    said_again = {(guess.real, round(guess.ours)) for guess in after_a_day_of_learning}
    assert said_then <= said_again, "the same state, so the same estimates"
    assert figure("", after_a_day_of_learning).reached
