"""差评 from 登记 to 回访."""

from __future__ import annotations

from typing import Any

import pytest

from kioskd.hall import commands as c
from kioskd.hall import events as e
from kioskd.hall.model import SlotState
from kioskd.hall.poor import PoorRating, PoorState
from kioskd.hall.rules import Rating, YearCalendar
from tests.hall.conftest import KEYPAD, Hall, make_calendar, make_policy, make_rules

SUN = c.By(kind="person", id="sun", role="lead", via="page")
QIAN = c.By(kind="person", id="qian", role="lead", via="page")
OFFICE = c.By(kind="system", id="central", role="central", via="sync")


def step(name: str, by: c.By = SUN, **fields: Any) -> c.MovePoorRating:
    return c.MovePoorRating(by=by, rating="t_1.1", step=name, **fields)


def poor(hall: Hall, **fields: Any) -> PoorRating:
    """A bad rating that became an item."""
    hall.issue()
    hall.serve(rate=True)
    hall.do(c.Rate(by=KEYPAD, ticket="t_1", level=1, **fields))
    hall.wait(6)
    return hall.state.poor["t_1.1"]


@pytest.fixture
def item(hall: Hall) -> PoorRating:
    return poor(hall, options=(31,), comment="comment/1 aa", contact="contact/1 bb")


def test_a_bad_rating_is_registered_when_it_can_no_longer_be_changed(hall: Hall) -> None:
    hall.issue()
    hall.serve(rate=True)
    hall.do(c.PressRating(by=KEYPAD, window="1", level=2))
    hall.wait(4)
    assert hall.state.poor == {}
    events = hall.wait(1)
    assert [type(event) for event in events] == [e.AlertRaised, e.PoorRatingRegistered]
    item = hall.state.poor["t_1.1"]
    assert (item.state, item.number, item.window, item.teller, item.level) == (
        PoorState.REGISTERED,
        "A001",
        "1",
        "li",
        2,
    )
    hall.wait(60)
    assert len(hall.state.poor) == 1
    hall.same_after_replay()


def test_a_changed_mind_and_a_test_ticket_are_no_item(hall: Hall) -> None:
    hall.issue()
    hall.serve(rate=True)
    hall.do(c.PressRating(by=KEYPAD, window="1", level=1))
    hall.wait(2)
    hall.do(c.PressRating(by=KEYPAD, window="1", level=5))
    hall.issue(test=True)
    hall.do(c.CallTicket(by=SUN, window="1", ticket="t_2"))
    hall.do(c.StartService(by=SUN, window="1"))
    hall.do(c.FinishTicket(by=SUN, window="1", rate=True))
    hall.do(c.PressRating(by=KEYPAD, window="1", level=1))
    hall.wait(10)
    assert hall.state.poor == {}


def test_it_holds_references_only(item: PoorRating) -> None:
    assert (item.options, item.comment, item.contact) == ((31,), "comment/1 aa", "contact/1 bb")


def test_a_phone_number_is_kept_for_bad_ratings_only(hall: Hall) -> None:
    hall.issue()
    hall.serve(rate=True)
    (given,) = hall.do(c.Rate(by=KEYPAD, ticket="t_1", level=5, contact="contact/1 bb"))
    assert isinstance(given, e.RatingGiven)
    assert given.contact is None


def test_every_item_of_a_visit_is_its_own() -> None:
    hall = Hall(make_rules(policy=make_policy(rating=Rating(per_item=True)))).boot()
    hall.sign_in()
    hall.issue("general", services=("pension", "medical"))
    hall.serve(rate=True)
    hall.do(c.PressRating(by=KEYPAD, window="1", level=1))
    hall.wait(3)
    hall.do(c.PressRating(by=KEYPAD, window="1", level=2))
    hall.wait(60)
    assert {name: item.level for name, item in hall.state.poor.items()} == {"t_1.1": 1, "t_1.2": 2}


def test_late_by_days_it_is_registered_at_once(hall: Hall) -> None:
    hall.issue()
    hall.serve(rate=True)
    pressed = hall.at + 10_000
    hall.wait(hours=72)
    events = hall.do(c.PressRating(by=KEYPAD, window="1", level=1, slot="t_1", age_ms=hall.at - pressed))
    assert [type(event) for event in events] == [e.RatingLate, e.AlertRaised, e.PoorRatingRegistered]
    item = hall.state.poor["t_1.1"]
    assert (item.date, item.late) == ("2026-03-02", True)


# --- the day it is due ------------------------------------------------------------------------------


def test_fifteen_working_days_of_the_halls_own_calendar(item: PoorRating) -> None:
    # 2 March 2026 is a Monday: three weeks of five days.
    assert item.due == "2026-03-23"


def test_holidays_and_make_up_days_count_as_the_hall_works() -> None:
    years = (
        YearCalendar(year=2025),
        YearCalendar(year=2026, holidays=("2026-03-03", "2026-03-04"), make_up={"2026-03-07": 2}),
        YearCalendar(year=2027),
    )
    hall = Hall(make_rules(calendar=make_calendar(years=years))).boot()
    hall.sign_in()
    assert poor(hall).due == "2026-03-24"


def test_the_days_are_a_setting() -> None:
    hall = Hall(make_rules(policy=make_policy(rating=Rating(handle_days=2)))).boot()
    hall.sign_in()
    assert poor(hall).due == "2026-03-04"


def test_the_lead_is_told_the_day_after_it_was_due_until_it_is_closed(hall: Hall, item: PoorRating) -> None:
    hall.wait_until("2026-03-23 17:00:00")
    assert not any(alert.about == "poor_rating_overdue" for alert in hall.state.alerts.values())
    hall.wait_until("2026-03-24 09:00:00")
    assert "poor_rating_overdue:t_1.1" in hall.state.alerts
    for one in (step("verify"), step("rectify"), step("follow_up", result="satisfied")):
        hall.do(one)
    hall.tick()
    assert "poor_rating_overdue:t_1.1" not in hall.state.alerts
    hall.same_after_replay()


def test_a_snapshot_knows_what_is_overdue(hall: Hall, item: PoorRating) -> None:
    from kioskd.hall.state import dump, load

    hall.wait_until("2026-03-24 09:00:00")
    assert load(dump(hall.state)).index.overdue == ("t_1.1",)


# --- steps ------------------------------------------------------------------------------------------


def test_verified_rectified_and_followed_up(hall: Hall, item: PoorRating) -> None:
    (moved,) = hall.do(step("verify", version=0, note="note/1 cc"))
    assert isinstance(moved, e.PoorRatingMoved)
    assert (moved.state, moved.version, moved.handler, moved.person) == ("verified", 1, "sun", "sun")
    hall.do(step("rectify", version=1))
    (moved,) = hall.do(step("follow_up", version=2, result="satisfied"))
    assert isinstance(moved, e.PoorRatingMoved)
    assert (moved.state, moved.outcome) == ("closed", "satisfied")
    assert [one.step for one in item.moves] == ["verify", "rectify", "follow_up"]
    assert item.moves[0].note == "note/1 cc"
    hall.same_after_replay()


def test_whom_the_call_back_did_not_satisfy_is_put_right_again(hall: Hall, item: PoorRating) -> None:
    for one in (step("verify"), step("rectify"), step("follow_up", result="dissatisfied")):
        hall.do(one)
    assert item.state is PoorState.VERIFIED


def test_three_calls_without_an_answer_end_it(hall: Hall, item: PoorRating) -> None:
    hall.do(step("verify"))
    hall.do(step("rectify"))
    for attempt in (1, 2):
        hall.do(step("follow_up", result="no_answer"))
        assert (item.state, item.attempts) == (PoorState.RECTIFIED, attempt)
    hall.do(step("follow_up", result="no_answer"))
    assert (item.state, item.outcome) == (PoorState.CLOSED, "unreached")


def test_anonymous_only_where_no_phone_was_given(hall: Hall, item: PoorRating) -> None:
    hall.do(step("verify"))
    hall.do(step("rectify"))
    assert hall.refused(step("follow_up", result="anonymous")).code == "contact_given"


def test_nobody_can_be_called_back_without_a_phone(hall: Hall) -> None:
    item = poor(hall)
    for one in (step("verify"), step("rectify"), step("follow_up", result="anonymous")):
        hall.do(one)
    assert (item.state, item.outcome) == (PoorState.CLOSED, "anonymous")


@pytest.mark.parametrize("ground", ["mistaken", "unfounded"])
def test_an_appeal_is_for_another_person_and_takes_the_rating_out(
    hall: Hall, item: PoorRating, ground: str
) -> None:
    hall.do(step("appeal", ground=ground))
    assert item.state is PoorState.APPEALED
    assert hall.refused(step("uphold")).code == "same_person"
    moved, voided = hall.do(step("uphold", by=QIAN))
    assert isinstance(moved, e.PoorRatingMoved)
    assert isinstance(voided, e.RatingVoided)
    assert (moved.outcome, voided.why, voided.asked_by, voided.approved_by) == (ground, ground, "sun", "qian")
    assert hall.state.tickets["t_1"].slots[0].state is SlotState.VOIDED
    assert hall.refused(step("reopen")).code == "poor_rating_moved_on", "the rating is gone"
    hall.wait(600)
    assert hall.refused(c.Rate(by=KEYPAD, ticket="t_1", level=5)).code == "already_rated"
    hall.same_after_replay()


def test_an_appeal_that_fails_goes_on_as_verified(hall: Hall, item: PoorRating) -> None:
    hall.do(step("appeal", ground="mistaken"))
    hall.do(step("reject", by=QIAN))
    assert (item.state, item.handler) == (PoorState.VERIFIED, "sun")
    assert hall.state.tickets["t_1"].slots[0].state is SlotState.GIVEN


def test_the_handler_alone_works_on_it_until_handed_over(hall: Hall, item: PoorRating) -> None:
    hall.do(step("take"))
    assert hall.refused(step("verify", by=QIAN)).code == "not_the_handler"
    hall.do(step("take", by=QIAN, handler="qian"))
    hall.do(step("verify", by=QIAN))
    assert item.handler == "qian"


def test_nobody_works_off_their_own(hall: Hall, item: PoorRating) -> None:
    for name in ("take", "verify", "uphold"):
        refusal = hall.refused(step(name, teller="li")).code
        assert refusal in ("own_rating", "poor_rating_moved_on")
    assert hall.refused(step("verify", teller="li")).code == "own_rating"


def test_two_at_once_do_it_once(hall: Hall, item: PoorRating) -> None:
    hall.do(step("verify", version=0))
    stale = hall.refused(step("appeal", version=0, ground="mistaken"))
    assert (stale.code, stale.params["version"]) == ("poor_rating_moved_on", 1)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (step("fly"), "bad_value"),
        (step("appeal", ground="mood"), "bad_value"),
        (step("rectify"), "poor_rating_moved_on"),
        (step("follow_up", result="satisfied"), "poor_rating_moved_on"),
        (step("reopen"), "poor_rating_moved_on"),
        (c.MovePoorRating(by=SUN, rating="t_9.1", step="take"), "unknown_poor_rating"),
    ],
)
def test_what_makes_no_sense_is_refused(
    hall: Hall, item: PoorRating, wrong: c.MovePoorRating, code: str
) -> None:
    assert hall.refused(wrong).code == code


def test_a_closed_one_can_be_opened_again(hall: Hall, item: PoorRating) -> None:
    for one in (step("verify"), step("rectify"), step("follow_up", result="satisfied")):
        hall.do(one)
    hall.do(step("reopen"))
    assert (item.state, item.outcome, item.closed_on) == (PoorState.VERIFIED, "", "")


def test_the_office_acts_beside_the_handler(hall: Hall, item: PoorRating) -> None:
    hall.do(step("take"))
    hall.do(step("verify", by=OFFICE, person="central:wu"))
    assert (item.state, item.handler) == (PoorState.VERIFIED, "sun")
    hall.do(step("appeal", by=OFFICE, person="central:wu", ground="unfounded"))
    assert hall.refused(step("uphold", by=OFFICE, person="central:wu")).code == "same_person"
    hall.do(step("uphold", by=OFFICE, person="central:he"))


def test_open_items_stay_and_closed_ones_leave_after_a_month(hall: Hall, item: PoorRating) -> None:
    hall.issue()
    hall.serve(rate=True)
    hall.do(c.Rate(by=KEYPAD, ticket="t_2", level=2))
    hall.wait(6)
    for one in (step("verify"), step("rectify"), step("follow_up", result="satisfied")):
        hall.do(one)
    hall.wait_until("2026-04-02 09:00:00")
    assert set(hall.state.poor) == {"t_1.1", "t_2.1"}
    hall.wait_until("2026-04-03 09:00:00")
    assert set(hall.state.poor) == {"t_2.1"}
