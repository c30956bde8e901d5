"""潮汐窗口: a lead moves skills for a while, they go back by themselves; what is suggested comes true."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from kioskd.hall import commands as c
from kioskd.hall import events as e
from kioskd.hall.rules import Queue, Teller, Window
from kioskd.hall.state import dump, load
from kioskd.hall.tide import Tide, arrivals, suggest
from tests.hall.conftest import STAFF, Hall, _name, make_rules

TIDAL = (
    Queue(id="general", prefix="A", name=_name("综合"), zone="a", order=1, expected_minutes=8),
    Queue(id="company", prefix="C", name=_name("单位"), zone="a", order=2, expected_minutes=8),
)
BOTH = ("general", "company")


def tidal() -> Hall:
    """Four windows that could all do both; two tellers are trained for each, the fourth for both."""
    rules = make_rules(
        queues=TIDAL,
        services=(),
        windows=tuple(Window(id=str(n), zone="a", equipped=BOTH) for n in range(1, 5)),
        tellers=(
            Teller(id="t1", name="一", staff_no="1", skills=("general",)),
            Teller(id="t2", name="二", staff_no="2", skills=("general",)),
            Teller(id="t3", name="三", staff_no="3", skills=("company",)),
            Teller(id="t4", name="四", staff_no="4", skills=BOTH),
        ),
        roster=(),
    )
    hall = Hall(rules).boot()
    for n in range(1, 4):
        hall.sign_in(str(n), f"t{n}")
    hall.sign_in("4", "t4", skills=("company",))
    return hall


def move(hall: Hall, window: str = "1", **fields: object) -> tuple[e.Event, ...]:
    return hall.do(c.MoveSkills(by=STAFF, window=window, **fields))  # type: ignore[arg-type]


def refused(hall: Hall, window: str = "1", **fields: object) -> str:
    return hall.refused(c.MoveSkills(by=STAFF, window=window, **fields)).code  # type: ignore[arg-type]


def test_skills_move_for_a_while_and_go_back_by_themselves() -> None:
    hall = tidal()
    hall.issue("company")
    assert hall.call("1") is None
    (moved,) = move(hall, add=("company",), minutes=30)
    assert isinstance(moved, e.SkillsMoved)
    assert (moved.teller, moved.by) == ("t1", STAFF)
    called = hall.call("1")
    assert called is not None
    assert called.queue == "company"
    hall.issue("company")
    hall.wait(minutes=29, seconds=59)
    assert hall.state.windows["1"].move is not None
    ends = [event for event in hall.wait(2) if isinstance(event, e.SkillsMoved)]
    assert [(event.window, event.minutes) for event in ends] == [("1", 0)]
    assert hall.call("1") is None, "what was in hand is finished, and no more is called"


def test_a_move_may_take_away_and_ends_early_on_demand() -> None:
    hall = tidal()
    hall.issue("general")
    move(hall, add=("company",), remove=("general",), minutes=60)
    assert hall.call("1") is None
    assert move(hall, minutes=0)
    assert move(hall, minutes=0) == ()
    assert hall.call("1") is not None


def test_a_move_is_the_tellers_and_ends_with_the_duty() -> None:
    hall = tidal()
    move(hall, add=("company",))
    hall.sign_in("1", "t1", skills=("general",))
    assert hall.state.windows["1"].move is not None, "the same person again"
    hall.do(c.SignOut(by=STAFF, window="1"))
    assert hall.state.windows["1"].move is None


def test_a_move_survives_a_restart_and_a_snapshot() -> None:
    hall = tidal()
    move(hall, add=("company",), minutes=30)
    hall.state = load(dump(hall.state))
    assert hall.state.windows["1"].reach == (None, ("company",), ())
    assert "1" in hall.state.index.pools["company"][0]


def test_what_makes_no_sense_is_refused() -> None:
    hall = tidal()
    assert refused(hall, add=("none",)) == "unknown_queue"
    assert refused(hall, "9", add=("company",)) == "unknown_window"
    assert refused(hall) == "bad_value"
    assert refused(hall, add=("company",), remove=("company",)) == "bad_value"
    assert refused(hall, add=("company",), minutes=-1) == "bad_value"
    assert refused(hall, add=("company",), minutes=241) == "bad_value"
    assert refused(hall, remove=("general",)) == "no_skills_left"


def test_a_window_without_the_equipment_cannot_be_given_a_queue() -> None:
    hall = tidal()
    first = Window(id="1", zone="a", equipped=("general",))
    hall.do(c.ApplySettings(by=STAFF, rules=replace(hall.rules, windows=(first, *hall.rules.windows[1:]))))
    assert refused(hall, add=("company",)) == "not_equipped"


# --- what is suggested --------------------------------------------------------------------------


def suggested(hall: Hall) -> Tide | None:
    return suggest(hall.state, hall.now)


def test_nothing_is_suggested_where_nothing_is_gained() -> None:
    hall = tidal()
    assert suggested(hall) is None
    for _ in range(3):
        hall.issue("general")
    assert suggested(hall) is None, "a short wait is worth no move"
    for _ in range(12):
        hall.issue("general")
        hall.issue("company")
    assert suggested(hall) is None, "one queue's gain would be the other's loss"


def test_nobody_else_comes_to_wait_longer_than_those_who_are_helped() -> None:
    hall = tidal()
    for _ in range(24):
        hall.issue("general")
    for _ in range(15):
        hall.issue("company")
    assert suggested(hall) is None


def test_a_rush_is_met_by_whoever_is_trained() -> None:
    hall = tidal()
    for _ in range(14):
        hall.issue("general")
    found = suggested(hall)
    assert found is not None
    assert (found.window, found.queue, found.teller, found.trained) == ("4", "general", "t4", True)
    effect = found.effects[0]
    assert effect.queue == "general"
    assert effect.before - effect.after >= 5
    move(hall, found.window, add=(found.queue,))
    again = suggested(hall)
    assert again is None or again.window != "4", "what a lead has decided is not suggested again"


def test_somebody_not_known_to_be_trained_is_named_as_such() -> None:
    hall = tidal()
    for _ in range(14):
        hall.issue("company")
    found = suggested(hall)
    assert found is not None
    assert found.window in ("1", "2")
    assert not found.trained


def test_the_rate_of_arrivals_is_that_of_the_last_half_hour() -> None:
    hall = tidal()
    hall.wait_until("2026-03-02 08:40:00")
    for _ in range(10):
        hall.issue("general")
    hall.wait(minutes=29)
    for _ in range(5):
        hall.issue("company")
    assert arrivals(hall.state, hall.now) == {"general": 10 / 30, "company": 5 / 30}
    hall.wait(minutes=2)
    assert arrivals(hall.state, hall.now) == {"company": 5 / 30}


def wait_of_probe(seed: int, *, with_move: bool) -> tuple[float, Tide]:
    """Return minutes that somebody really waits who comes into a rush, and what was suggested then."""
    chance = random.Random(seed)
    hall = tidal()
    hall.wait_until("2026-03-02 08:40:00")
    for _ in range(16):
        hall.issue("general")
    for _ in range(3):
        hall.issue("company")
    found = suggest(hall.state, hall.now)
    assert found is not None
    if with_move:
        move(hall, found.window, add=(found.queue,), minutes=120)
    probe = hall.issue(found.queue)
    came = hall.at
    free = {str(n): hall.at for n in range(1, 5)}
    arrive = hall.at
    while hall.state.tickets[probe.id].called_at is None:
        window = min(free, key=lambda name: (free[name], name))
        while arrive <= free[window]:
            hall.wait(max(0, arrive - hall.at) / 1000)
            hall.issue("company")
            arrive += round(chance.expovariate(1 / 10) * 60_000)
        hall.wait(max(0, free[window] - hall.at) / 1000)
        called = hall.call(window)
        if called is not None:
            hall.do(c.StartService(by=STAFF, window=window))
        minutes = min(25.0, chance.expovariate(1 / 8)) if called is not None else 1.0
        free[window] = hall.at + round(minutes * 60_000)
    return ((hall.state.tickets[probe.id].called_at or 0) - came) / 60_000, found


def test_what_is_promised_of_a_move_comes_true_in_a_simulated_rush() -> None:
    runs = range(40)
    without = [wait_of_probe(seed, with_move=False) for seed in runs]
    moved = [wait_of_probe(seed, with_move=True)[0] for seed in runs]
    promised = without[0][1].effects[0]
    before = sum(wait for wait, _ in without) / len(runs)
    after = sum(moved) / len(runs)
    assert before == pytest.approx(promised.before, rel=0.25)
    assert after == pytest.approx(promised.after, rel=0.25)
    assert before - after == pytest.approx(promised.before - promised.after, rel=0.35)
