"""Rules 4, 6, 7 and 17: keys, pages, and who is credited."""

from __future__ import annotations

import pytest

from kioskd.hall import commands as c
from kioskd.hall import events as e
from kioskd.hall.model import TicketState
from tests.hall.conftest import KEYPAD, STAFF, Hall


def press(key: str, **fields: object) -> c.PressKey:
    return c.PressKey(by=KEYPAD, window="1", key=key, **fields)  # type: ignore[arg-type]


def test_next_while_serving_finishes_in_the_same_decision(hall: Hall) -> None:
    first, second = hall.issue(), hall.issue()
    hall.call()
    hall.do(c.StartService(by=STAFF, window="1"))
    hall.wait(60)
    finished, asked, called = hall.do(c.CallNext(by=STAFF, window="1"))
    assert isinstance(finished, e.TicketFinished)
    assert (finished.ticket, finished.implicit, finished.service_ms) == (first.id, True, 60_000)
    assert isinstance(asked, e.RatingOpened)
    assert isinstance(called, e.TicketCalled)
    assert called.ticket == second.id


def test_next_with_nobody_waiting_still_finishes(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call()
    hall.do(c.StartService(by=STAFF, window="1"))
    assert hall.call() is None
    assert ticket.state is TicketState.FINISHED


def test_two_tellers_get_two_tickets(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.issue()
    hall.issue()
    one, two = hall.call("1"), hall.call("2")
    assert one is not None
    assert two is not None
    assert one.id != two.id


def test_a_called_ticket_counts_as_started_after_thirty_seconds(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call()
    hall.wait(29)
    assert ticket.state is TicketState.CALLED
    hall.wait(1)
    assert (ticket.state, ticket.started_how) == (TicketState.SERVING, "time")


def test_a_recall_takes_back_a_start_that_only_time_made(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call()
    hall.wait(40)
    hall.do(c.Recall(by=STAFF, window="1"))
    assert ticket.state is TicketState.CALLED
    hall.do(c.StartService(by=STAFF, window="1"))
    hall.do(c.Recall(by=STAFF, window="1"))
    assert ticket.state is TicketState.SERVING


def test_any_action_but_recall_and_no_show_starts(hall: Hall) -> None:
    hall.issue()
    hall.call()
    events = hall.do(c.HoldTicket(by=STAFF, window="1"))
    assert [type(event) for event in events] == [e.TicketStarted, e.TicketHeld]


def test_on_the_page_next_before_the_start_is_a_question(hall: Hall) -> None:
    hall.issue()
    hall.issue()
    ticket = hall.call()
    assert ticket is not None
    refusal = hall.refused(c.CallNext(by=STAFF, window="1"))
    assert refusal.code == "not_started"
    assert refusal.params["no_show"] is False
    for _ in range(3):
        hall.announce(ticket)
        hall.wait(16)
        hall.do(c.Recall(by=STAFF, window="1"))
    assert hall.refused(c.CallNext(by=STAFF, window="1")).params["no_show"] is True


def test_on_the_keypad_next_before_the_start_recalls_and_later_marks_no_show(hall: Hall) -> None:
    first, second = hall.issue(), hall.issue()
    hall.key("call")
    for _ in range(2):
        hall.announce(first)
        hall.wait(16)
        (again,) = hall.key("call")
        assert isinstance(again, e.TicketRecalled)
    hall.announce(first)
    hall.wait(20)
    missed, called = hall.key("call")
    assert isinstance(missed, e.TicketNoShow)
    assert isinstance(called, e.TicketCalled)
    assert called.ticket == second.id


def test_a_key_pressed_twice_calls_once(hall: Hall) -> None:
    hall.issue()
    hall.issue()
    hall.do(press("call"))
    hall.wait(0.3)
    assert hall.refused(press("call")).code == "debounced"
    hall.do(press("evaluate"))
    hall.wait(0.1)
    hall.do(press("call"))
    assert hall.at_window() is hall.state.tickets["t_2"]


def test_two_presses_that_lay_in_the_wire_together_call_once(hall: Hall) -> None:
    hall.issue()
    hall.do(press("call", age_ms=2_000))
    assert hall.refused(press("call", age_ms=1_900)).code == "debounced"


def test_a_stale_press_is_dropped_and_said_so(hall: Hall) -> None:
    hall.issue()
    (dropped,) = hall.do(press("call", age_ms=6_000))
    assert isinstance(dropped, e.PressDropped)
    assert hall.at_window() is None


def test_a_press_meant_for_another_ticket_is_refused_with_the_present_state(hall: Hall) -> None:
    hall.issue()
    hall.issue()
    hall.do(press("call", shown=None))
    hall.wait(40)
    refusal = hall.refused(press("call", shown=None))
    assert (refusal.code, refusal.params["number"]) == ("window_moved_on", "A001")
    hall.do(press("call", shown="t_1"))
    assert hall.at_window() is hall.state.tickets["t_2"]


def test_a_sign_that_is_only_late_refuses_nothing(hall: Hall) -> None:
    hall.issue()
    hall.issue()
    hall.key("call")
    hall.key("evaluate")
    hall.key("call", shown="t_1")
    assert hall.at_window() is hall.state.tickets["t_2"]


@pytest.mark.parametrize("after", ["t_2", None])
def test_next_names_the_ticket_it_follows(hall: Hall, after: str | None) -> None:
    hall.issue()
    hall.issue()
    hall.call(after=None)
    hall.do(c.StartService(by=STAFF, window="1"))
    assert hall.refused(c.CallNext(by=STAFF, window="1", after=after)).code == "window_moved_on"
    second = hall.call(after="t_1")
    assert second is not None
    assert second.id == "t_2"


def test_an_action_on_a_ticket_that_left_is_refused(hall: Hall) -> None:
    hall.issue()
    hall.call()
    refusal = hall.refused(c.FinishTicket(by=STAFF, window="1", ticket="A009"))
    assert (refusal.code, refusal.params["ticket"]) == ("window_moved_on", "t_1")


def test_the_evaluate_key_ends_the_service_and_asks(hall: Hall) -> None:
    ticket = hall.issue()
    hall.key("call")
    started, finished, asked = hall.key("evaluate")
    assert isinstance(started, e.TicketStarted)
    assert isinstance(finished, e.TicketFinished)
    assert isinstance(asked, e.RatingOpened)
    assert asked.asked
    assert ticket.state is TicketState.FINISHED
    hall.wait(90)
    assert hall.refused(press("evaluate")).code == "nothing_to_rate"


def test_a_day_by_keypad_alone(hall: Hall) -> None:
    """Nobody signed in: the rostered teller is credited, and it is marked 待确认."""
    hall.do(c.SignOut(by=STAFF, window="1"))
    hall.issue()
    (called,) = hall.key("call")
    assert isinstance(called, e.TicketCalled)
    assert (called.teller, called.unconfirmed, called.key) == ("li", True, "call")
    hall.key("confirm")
    hall.wait(60)
    hall.key("evaluate")
    assert hall.state.tickets["t_1"].state is TicketState.FINISHED
    hall.issue()
    (called,) = hall.do(c.PressKey(by=KEYPAD, window="2", key="call"))
    assert isinstance(called, e.TicketCalled)
    assert (called.teller, called.unconfirmed) == ("", True)


def test_the_rostered_teller_is_not_credited_while_on_duty_elsewhere(hall: Hall) -> None:
    hall.sign_in("2", "li")
    hall.issue()
    (called,) = hall.key("call")
    assert isinstance(called, e.TicketCalled)
    assert called.teller == ""


def test_keys_without_a_meaning_now(hall: Hall) -> None:
    assert hall.refused(press("recall")).code == "window_empty"
    assert hall.refused(press("transfer")).code == "needs_page"
    assert hall.refused(press("fireworks")).code == "unknown_key"
    assert hall.refused(press("call_back")).code == "nothing_to_call_back"


def test_call_back_brings_the_last_one_away_back(hall: Hall) -> None:
    ticket = hall.issue()
    hall.key("call")
    hall.key("hold")
    assert hall.at_window() is None
    hall.key("call_back")
    assert hall.at_window() is ticket


def test_the_pause_key_goes_and_comes(hall: Hall) -> None:
    hall.issue()
    hall.key("pause")
    assert hall.refused(press("call")).code == "window_paused"
    hall.wait(60)
    (resumed,) = hall.key("pause")
    assert isinstance(resumed, e.Resumed)
    assert resumed.paused_ms == 61_000
    hall.key("call")
    assert hall.at_window() is not None


def test_what_is_said_of_a_pause_begins_none(hall: Hall) -> None:
    told = c.Pause(by=STAFF, window="1", reason="送件", if_paused=True)
    assert hall.do(told) == ()
    assert hall.state.windows["1"].pause is None
    hall.key("pause")
    (detailed,) = hall.do(told)
    assert isinstance(detailed, e.PauseDetailed)


def test_a_short_service_is_flagged_and_not_blocked(hall: Hall) -> None:
    hall.issue()
    hall.issue()
    hall.call()
    hall.do(c.StartService(by=STAFF, window="1"))
    hall.wait(19)
    finished = hall.do(c.FinishTicket(by=STAFF, window="1"))[0]
    assert isinstance(finished, e.TicketFinished)
    assert finished.short
    hall.call()
    hall.do(c.StartService(by=STAFF, window="1"))
    hall.wait(20)
    finished = hall.do(c.FinishTicket(by=STAFF, window="1"))[0]
    assert isinstance(finished, e.TicketFinished)
    assert not finished.short


def test_particulars_can_follow(hall: Hall) -> None:
    ticket = hall.issue()
    hall.serve()
    assert (ticket.result, ticket.items) == (c.Result.DONE, 1)
    hall.do(c.AmendTicket(by=STAFF, ticket=ticket.id, result=c.Result.SUPPLEMENT, materials=4))
    assert (ticket.result, ticket.items, ticket.materials) == (c.Result.SUPPLEMENT, 1, 4)
    assert hall.do(c.AmendTicket(by=STAFF, ticket=ticket.id, items=1)) == ()


def test_the_business_system_hands_over_its_case_and_asks_for_the_rating(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call()
    events = hall.do(c.AttachCase(by=STAFF, window="1", project_no="SB-1", rate=True))
    assert [type(event).__name__ for event in events] == [
        "CaseAttached",
        "TicketStarted",
        "TicketFinished",
        "RatingOpened",
    ]
    assert ticket.case is not None
    hall.do(c.AttachCase(by=STAFF, window="1", project_no="SB-2", ticket="A001"))
    assert ticket.case.project_no == "SB-2"


# --- rule 4: duty -------------------------------------------------------------------------------


def test_duty_moves_with_the_teller(hall: Hall) -> None:
    events = hall.do(c.SignIn(by=STAFF, window="2", teller="li"))
    assert [type(event) for event in events] == [e.SignedOut, e.SignedIn]
    assert hall.state.windows["1"].teller is None
    assert hall.state.windows["2"].teller == "li"


def test_duty_stays_while_a_ticket_is_in_hand(hall: Hall) -> None:
    hall.issue()
    hall.call()
    assert hall.refused(c.SignIn(by=STAFF, window="2", teller="li")).code == "teller_busy"
    assert hall.refused(c.SignIn(by=STAFF, window="1", teller="wang")).code == "window_busy"
    assert hall.refused(c.SignOut(by=STAFF, window="1")).code == "window_busy"


def test_the_next_teller_relieves(hall: Hall) -> None:
    signed_out, signed_in = hall.do(c.SignIn(by=STAFF, window="1", teller="wang"))
    assert isinstance(signed_out, e.SignedOut)
    assert (signed_out.teller, signed_out.why) == ("li", "relieved")
    assert isinstance(signed_in, e.SignedIn)


def test_skills_can_be_narrowed(hall: Hall) -> None:
    hall.sign_in("1", "li", skills=("advice",))
    hall.issue("general")
    hall.issue("advice")
    ticket = hall.call()
    assert ticket is not None
    assert ticket.queue == "advice"


def test_duty_ends_with_the_day(hall: Hall) -> None:
    hall.wait_until("2026-03-03 08:30:00")
    assert hall.state.windows["1"].teller is None


def test_a_disabled_or_paused_window_does_not_call(hall: Hall) -> None:
    hall.issue()
    hall.do(c.Pause(by=STAFF, window="1"))
    assert hall.refused(c.CallNext(by=STAFF, window="1")).code == "window_paused"
    hall.do(c.Resume(by=STAFF, window="1"))
    assert hall.call() is not None
