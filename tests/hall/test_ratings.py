"""好差评."""

from __future__ import annotations

import msgspec
import pytest

from kioskd.hall import commands as c
from kioskd.hall import events as e
from kioskd.hall.model import SlotState, Ticket
from kioskd.hall.rules import Rating
from tests.hall.conftest import KEYPAD, STAFF, Hall, make_policy, make_rules


def press(level: int, **fields: object) -> c.PressRating:
    return c.PressRating(by=KEYPAD, window="1", level=level, **fields)  # type: ignore[arg-type]


@pytest.fixture
def rated(hall: Hall) -> Ticket:
    """A finished ticket whose citizen is being asked."""
    ticket = hall.issue()
    hall.serve(rate=True)
    return ticket


def test_an_answer_is_bound_to_ticket_window_teller_and_service(hall: Hall, rated: Ticket) -> None:
    (given,) = hall.do(press(5, slot="t_1"))
    assert isinstance(given, e.RatingGiven)
    assert (given.ticket, given.window, given.teller, given.level) == (rated.id, "1", "li", 5)


def test_no_answer_is_recorded_as_that(hall: Hall, rated: Ticket) -> None:
    hall.wait(59)
    assert rated.slots[0].state is SlotState.OPEN
    (missed,) = hall.wait(1)
    assert isinstance(missed, e.RatingMissed)
    assert missed.why == "timeout"


def test_every_finished_service_has_a_slot_even_if_nobody_asked(hall: Hall) -> None:
    ticket = hall.issue()
    hall.serve()
    assert [slot.asked for slot in ticket.slots] == [False]
    hall.issue()
    hall.issue()
    hall.call()
    hall.do(c.StartService(by=STAFF, window="1"))
    hall.call()
    assert [slot.asked for slot in hall.state.tickets["t_2"].slots] == [True], "the next key asks"


def test_the_slot_closes_when_the_next_ticket_starts(hall: Hall, rated: Ticket) -> None:
    hall.issue()
    hall.call()
    assert rated.slots[0].state is SlotState.OPEN, "the next one has only been called"
    missed, _ = hall.do(c.StartService(by=STAFF, window="1"))
    assert isinstance(missed, e.RatingMissed)
    assert missed.why == "next_started"


def test_the_last_key_within_five_seconds_wins(hall: Hall, rated: Ticket) -> None:
    hall.do(press(1))
    hall.wait(3)
    (changed,) = hall.do(press(5))
    assert isinstance(changed, e.RatingChanged)
    hall.wait(3)
    (stray,) = hall.do(press(2))
    assert isinstance(stray, e.RatingStray)
    assert rated.slots[0].level == 5


def test_the_same_key_again_says_nothing_new(hall: Hall, rated: Ticket) -> None:
    hall.do(press(5))
    assert hall.do(press(5)) == ()


def test_a_key_outside_a_slot_counts_for_nobody(hall: Hall) -> None:
    (stray,) = hall.do(press(5))
    assert isinstance(stray, e.RatingStray)
    (stray,) = hall.do(press(5, slot=None))
    assert isinstance(stray, e.RatingStray)
    (stray,) = hall.do(press(5, slot="t_99"))
    assert isinstance(stray, e.RatingStray)


def test_a_key_from_before_the_question_is_stray(hall: Hall, rated: Ticket) -> None:
    (stray,) = hall.do(press(5, slot="t_1", age_ms=1_000))
    assert isinstance(stray, e.RatingStray)


def test_a_late_answer_replaces_the_missing_one_once(hall: Hall, rated: Ticket) -> None:
    """It was pressed in time and lay on the disk of a station."""
    hall.wait(300)
    late = press(4, slot="t_1", age_ms=280_000)
    (event,) = hall.do(late)
    assert isinstance(event, e.RatingLate)
    assert (rated.slots[0].state, rated.slots[0].level) == (SlotState.GIVEN, 4)
    (stray,) = hall.do(late)
    assert isinstance(stray, e.RatingStray)


def test_pressed_after_the_slot_had_closed_is_stray(hall: Hall, rated: Ticket) -> None:
    hall.wait(300)
    (stray,) = hall.do(press(4, slot="t_1", age_ms=100_000))
    assert isinstance(stray, e.RatingStray)


def test_an_answer_may_come_days_late(hall: Hall, rated: Ticket) -> None:
    pressed = hall.at + 10_000
    hall.wait(hours=72)
    (event,) = hall.do(press(5, slot="t_1", age_ms=hall.at - pressed))
    assert isinstance(event, e.RatingLate)
    assert (event.date, event.number, event.teller) == ("2026-03-02", "A001", "li")
    (stray,) = hall.do(press(5, slot="t_1", age_ms=hall.at - pressed))
    assert isinstance(stray, e.RatingStray)


def test_answers_are_not_awaited_for_ever(hall: Hall, rated: Ticket) -> None:
    hall.wait(hours=24 * 8)
    assert "2026-03-02" not in hall.state.missed
    assert len(hall.state.missed) == 7


def test_by_page(hall: Hall, rated: Ticket) -> None:
    (given,) = hall.do(c.Rate(by=STAFF, ticket="A001", level=4, options=(3,), source="3"))
    assert isinstance(given, e.RatingGiven)
    assert (given.options, given.source) == ((3,), "3")
    hall.wait(6)
    assert hall.refused(c.Rate(by=STAFF, ticket="A001", level=5)).code == "already_rated"


def test_by_page_after_the_slot_closed_counts_as_late(hall: Hall, rated: Ticket) -> None:
    hall.wait(90)
    (late,) = hall.do(c.Rate(by=STAFF, ticket="A001", level=4))
    assert isinstance(late, e.RatingLate)


def test_only_what_is_finished_can_be_rated(hall: Hall) -> None:
    hall.issue()
    assert hall.refused(c.Rate(by=STAFF, ticket="A001", level=4)).code == "wrong_state"
    assert hall.refused(c.Rate(by=STAFF, ticket="A009", level=4)).code == "unknown_ticket"
    assert hall.refused(c.Rate(by=STAFF, ticket="A001", level=6)).code == "bad_level"
    assert hall.refused(press(0)).code == "bad_level"


def test_options_belong_to_their_level() -> None:
    rating = Rating(options={"5": (1, 2), "1": (31,)})
    hall = Hall(make_rules(policy=make_policy(rating=rating))).boot()
    hall.sign_in()
    hall.issue()
    hall.serve(rate=True)
    assert hall.refused(c.Rate(by=STAFF, ticket="A001", level=5, options=(31,))).code == "bad_options"
    hall.do(c.Rate(by=STAFF, ticket="A001", level=5, options=(2,)))


def test_one_rating_for_each_item() -> None:
    """一事一评."""
    rules = make_rules(policy=make_policy(rating=Rating(per_item=True)))
    hall = Hall(rules).boot()
    hall.sign_in()
    ticket = hall.issue("general", services=("pension", "medical"))
    hall.serve(rate=True)
    given, opened = hall.do(press(5))
    assert isinstance(given, e.RatingGiven)
    assert isinstance(opened, e.RatingOpened)
    assert (given.service, opened.service, opened.item) == ("pension", "medical", 2)
    hall.do(press(3))
    assert [slot.level for slot in ticket.slots] == [5, 3]


def test_a_bad_rating_reaches_the_lead_when_it_can_no_longer_be_changed(hall: Hall, rated: Ticket) -> None:
    hall.do(press(2))
    hall.wait(4)
    assert hall.state.alerts == {}
    raised, registered = hall.wait(1)
    assert isinstance(raised, e.AlertRaised)
    assert isinstance(registered, e.PoorRatingRegistered)
    assert (raised.about, raised.subject, raised.params["level"]) == ("bad_rating", rated.id, 2)
    hall.do(c.AcknowledgeAlert(by=STAFF, alert=raised.alert))
    assert hall.state.alerts == {}
    hall.wait(60)
    assert hall.state.alerts == {}


def test_a_slip_of_the_finger_reaches_nobody(hall: Hall, rated: Ticket) -> None:
    hall.do(press(1))
    hall.wait(2)
    hall.do(press(5))
    hall.wait(60)
    assert hall.state.alerts == {}


def test_open_slots_end_with_the_day(hall: Hall) -> None:
    rules = msgspec.structs.replace(hall.rules, policy=make_policy(rating=Rating(timeout_s=3600)))
    hall.do(c.ApplySettings(by=STAFF, rules=rules))
    hall.issue()
    hall.serve(rate=True)
    hall.power_off("2026-03-03 08:30:00")
    hall.at -= 12 * 3_600_000 - 60_000
    hall.do(c.StartHub(by=STAFF, boot="next"))
    missed = [event for event in hall.tick() if isinstance(event, e.RatingMissed)]
    assert [event.why for event in missed] == ["day_end"]
