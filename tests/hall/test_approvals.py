"""Two persons for what cannot be taken back."""

from __future__ import annotations

from typing import Any

import pytest

from kioskd.hall import commands as c
from kioskd.hall import events as e
from kioskd.hall.decide.approvals import CHECKS, EFFECTS
from kioskd.hall.model import SlotState
from kioskd.hall.poor import PoorState
from tests.hall.conftest import KEYPAD, Hall

SUN = c.By(kind="person", id="sun", role="lead", via="page")
QIAN = c.By(kind="person", id="qian", role="lead", via="page")


def ask(level: int = 5, **fields: Any) -> c.AskApproval:
    said: dict[str, Any] = {
        "ticket": "t_1",
        "number": "A001",
        "item": 1,
        "date": "2026-03-02",
        "level": level,
        "window": "1",
        "teller": "li",
        "service": "",
    }
    said |= fields.pop("params", {})
    return c.AskApproval(
        by=SUN, approval="a_1", about="rating.void", subject="t_1.1", params=said, why="按错", **fields
    )


def decide(by: c.By = QIAN, **fields: Any) -> c.DecideApproval:
    return c.DecideApproval(by=by, approval="a_1", granted=fields.pop("granted", True), **fields)


@pytest.fixture
def rated(hall: Hall) -> Hall:
    hall.issue()
    hall.serve(rate=True)
    hall.do(c.PressRating(by=KEYPAD, window="1", level=5))
    hall.wait(10)
    return hall


def test_another_person_agrees_and_it_is_done_at_once(rated: Hall) -> None:
    rated.do(ask())
    decided, voided = rated.do(decide())
    assert isinstance(decided, e.ApprovalDecided)
    assert isinstance(voided, e.RatingVoided)
    assert (voided.level, voided.asked_by, voided.approved_by, voided.why) == (5, "sun", "qian", "按错")
    assert rated.state.tickets["t_1"].slots[0].state is SlotState.VOIDED
    assert rated.state.approvals == {}
    rated.same_after_replay()


def test_who_asked_cannot_agree(rated: Hall) -> None:
    rated.do(ask())
    assert rated.refused(decide(by=SUN)).code == "same_person"
    assert rated.state.tickets["t_1"].slots[0].state is SlotState.GIVEN


def test_nor_can_who_was_rated(rated: Hall) -> None:
    rated.do(ask())
    assert rated.refused(decide(teller="li")).code == "own_rating"


def test_another_person_says_no(rated: Hall) -> None:
    rated.do(ask())
    (decided,) = rated.do(decide(granted=False))
    assert isinstance(decided, e.ApprovalDecided)
    assert rated.state.tickets["t_1"].slots[0].state is SlotState.GIVEN
    assert rated.refused(decide()).code == "unknown_approval"


def test_it_expires(rated: Hall) -> None:
    rated.do(ask(minutes=30))
    rated.wait(minutes=29)
    assert "a_1" in rated.state.approvals
    events = rated.wait(minutes=1)
    assert any(isinstance(event, e.ApprovalEnded) and event.why == "expired" for event in events)
    assert rated.refused(decide()).code == "unknown_approval"
    rated.same_after_replay()


def test_only_who_asked_takes_it_back(rated: Hall) -> None:
    rated.do(ask())
    assert rated.refused(c.WithdrawApproval(by=QIAN, approval="a_1")).code == "not_the_asker"
    (ended,) = rated.do(c.WithdrawApproval(by=SUN, approval="a_1"))
    assert isinstance(ended, e.ApprovalEnded)


def test_the_leads_are_told_while_it_waits(rated: Hall) -> None:
    rated.do(ask())
    rated.tick()
    assert rated.state.alerts["approval:a_1"].about == "approval"
    rated.do(decide())
    rated.tick()
    assert "approval:a_1" not in rated.state.alerts


def test_once_at_a_time(rated: Hall) -> None:
    rated.do(ask())
    assert rated.refused(ask()).code == "approval_open"


@pytest.mark.parametrize(
    ("params", "fields", "code"),
    [
        ({"level": 0}, {}, "bad_value"),
        ({"item": "1"}, {}, "bad_value"),
        ({"ticket": "t_2"}, {}, "bad_value"),
        ({}, {"minutes": 0}, "bad_value"),
        ({}, {"minutes": 10**9}, "bad_value"),
    ],
)
def test_nonsense(rated: Hall, params: dict[str, Any], fields: dict[str, Any], code: str) -> None:
    assert rated.refused(ask(params=params, **fields)).code == code
    unknown = c.AskApproval(by=SUN, approval="a_2", about="hall.burn", subject="x")
    assert rated.refused(unknown).code == "bad_value"


def test_what_was_never_rated_cannot_be_taken_out(hall: Hall) -> None:
    hall.issue()
    hall.serve(rate=True)
    assert hall.refused(ask()).code == "not_rated"


def test_a_rating_of_an_earlier_day(rated: Hall) -> None:
    rated.wait(hours=48)
    rated.do(ask(level=4))
    _, voided = rated.do(decide())
    assert isinstance(voided, e.RatingVoided)
    assert (voided.date, voided.level) == ("2026-03-02", 4)
    rated.same_after_replay()


def test_the_item_of_a_bad_rating_ends_with_it(hall: Hall) -> None:
    hall.issue()
    hall.serve(rate=True)
    hall.do(c.PressRating(by=KEYPAD, window="1", level=1))
    hall.wait(10)
    hall.do(ask(level=1))
    _, _, moved = hall.do(decide())
    assert isinstance(moved, e.PoorRatingMoved)
    item = hall.state.poor["t_1.1"]
    assert (item.state, item.outcome) == (PoorState.CLOSED, "voided")
    hall.same_after_replay()


def test_everything_that_can_be_asked_for_can_be_done() -> None:
    assert CHECKS.keys() == EFFECTS.keys()


WORDS = "comment/1 aa"
PHONE = "contact/1 bb"
NOTE = "staff_note/1 cc"


def ask_erasure(rating: str = "t_1.1") -> c.AskApproval:
    return c.AskApproval(
        by=SUN, approval="a_1", about="words.erase", subject=rating, params={"teller": "li"}, why="本人要求"
    )


@pytest.fixture
def said(hall: Hall) -> Hall:
    """A bad rating with words, a phone number, and a note of the handler."""
    hall.issue()
    hall.serve(rate=True)
    hall.do(c.Rate(by=KEYPAD, ticket="t_1", level=1, comment=WORDS, contact=PHONE))
    hall.wait(6)
    hall.do(c.MovePoorRating(by=SUN, rating="t_1.1", step="verify", note=NOTE))
    return hall


def test_what_a_citizen_wrote_is_erased_by_two(said: Hall) -> None:
    said.do(ask_erasure())
    assert said.refused(decide(by=SUN)).code == "same_person"
    assert said.refused(decide(teller="li")).code == "own_rating", "nor by who was rated"
    _, erased = said.do(decide())
    assert isinstance(erased, e.PrivateErased)
    assert (erased.refs, erased.rating) == ((WORDS, PHONE, NOTE), "t_1.1")
    assert (erased.asked_by, erased.approved_by) == ("sun", "qian")
    item = said.state.poor["t_1.1"]
    assert (item.comment, item.contact, item.moves[0].note) == (None, None, None)
    assert (item.level, item.state, len(item.moves)) == (1, PoorState.VERIFIED, 1), "the rest stays"
    said.same_after_replay()
    assert said.refused(ask_erasure()).code == "nothing_to_erase"


def test_nothing_is_erased_of_what_is_not_there(said: Hall) -> None:
    assert said.refused(ask_erasure("t_9.1")).code == "unknown_poor_rating"
