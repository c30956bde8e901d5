"""Rules 8 and 9: no-show, away, elsewhere, several services."""

from __future__ import annotations

import msgspec
import pytest

from kioskd.hall import commands as c
from kioskd.hall import events as e
from kioskd.hall.commands import HoldKind
from kioskd.hall.model import PrintState, Ticket, TicketState
from kioskd.hall.rules import Teller
from tests.hall.conftest import KIOSK, STAFF, Hall, make_rules

NO_SHOW = c.MarkNoShow(by=STAFF, window="1")
RECALL = c.Recall(by=STAFF, window="1")


def miss(hall: Hall) -> None:
    """Call the ticket at window 1 until it is a no-show."""
    ticket = hall.at_window()
    assert ticket is not None
    for _ in range(2):
        hall.announce(ticket)
        hall.wait(16)
        hall.do(RECALL)
    hall.announce(ticket)
    hall.wait(16)
    hall.do(NO_SHOW)


# --- no-show ------------------------------------------------------------------------------------


def test_three_announced_calls_fifteen_seconds_apart(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call()
    miss(hall)
    assert ticket.state is TicketState.NO_SHOW
    assert hall.at_window() is None


def test_a_call_that_nobody_could_see_or_hear_does_not_count(hall: Hall) -> None:
    hall.issue()
    ticket = hall.call()
    assert ticket is not None
    for _ in range(4):
        hall.wait(20)
        hall.do(RECALL)
    refusal = hall.refused(NO_SHOW)
    assert (refusal.code, refusal.params["calls"]) == ("no_show_too_early", 0)


def test_calls_in_a_hurry_count_once(hall: Hall) -> None:
    hall.issue()
    ticket = hall.call()
    assert ticket is not None
    for _ in range(5):
        hall.announce(ticket)
        hall.wait(5)
        hall.do(RECALL)
    hall.wait(25)
    assert hall.refused(NO_SHOW).params["calls"] == 2


def test_not_before_forty_five_seconds(hall: Hall) -> None:
    hall.issue()
    ticket = hall.call()
    assert ticket is not None
    for _ in range(2):
        hall.announce(ticket)
        hall.wait(15)
        hall.do(RECALL)
    hall.announce(ticket)
    hall.wait(14)
    assert hall.refused(NO_SHOW).params == {
        "ticket": "t_1",
        "number": "A001",
        "calls": 3,
        "calls_needed": 3,
        "opens_in_ms": 1_000,
    }
    hall.wait(1)
    hall.do(NO_SHOW)


def test_who_was_seen_at_the_window_is_no_no_show(hall: Hall) -> None:
    hall.issue()
    hall.call()
    hall.do(c.StartService(by=STAFF, window="1"))
    hall.wait(90)
    assert hall.refused(NO_SHOW).code == "wrong_state"


def test_back_once_a_day(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call()
    miss(hall)
    hall.do(c.ReturnTicket(by=KIOSK, ticket="A001"))
    assert ticket.state is TicketState.WAITING
    hall.call()
    miss(hall)
    assert hall.refused(c.ReturnTicket(by=KIOSK, ticket="A001")).code == "returned_before"
    hall.do(c.CallTicket(by=STAFF, window="1", ticket="A001"))
    assert hall.at_window() is ticket


def test_not_back_beside_a_new_number_of_the_same_person(hall: Hall) -> None:
    hall.issue(identity="hash-1")
    hall.call()
    miss(hall)
    again = hall.issue(identity="hash-1")
    refusal = hall.refused(c.ReturnTicket(by=KIOSK, ticket="A001"))
    assert (refusal.code, refusal.params["number"]) == ("duplicate_person", again.number)
    hall.do(c.CancelTicket(by=KIOSK, ticket=again.id))
    hall.do(c.ReturnTicket(by=KIOSK, ticket="A001"))


def test_not_back_into_a_day_that_is_over(hall: Hall) -> None:
    hall.issue()
    hall.call()
    miss(hall)
    hall.do(c.CloseDay(by=STAFF, void=0))
    assert hall.refused(c.ReturnTicket(by=KIOSK, ticket="A001")).code == "day_closed"


# --- holds --------------------------------------------------------------------------------------


def test_any_window_may_call_who_comes_back(hall: Hall) -> None:
    """不持件 任意窗口."""
    hall.sign_in("2", "wang")
    ticket = hall.issue()
    hall.call()
    hall.do(c.HoldTicket(by=STAFF, window="1", kind=HoldKind.ANY_WINDOW))
    assert hall.call() is None
    hall.do(c.CallTicket(by=STAFF, window="2", ticket="A001"))
    assert hall.at_window("2") is ticket


def test_the_window_with_the_papers_keeps_its_ticket(hall: Hall) -> None:
    """持件 本窗口."""
    hall.sign_in("2", "wang")
    ticket = hall.issue()
    hall.call()
    hall.do(c.HoldTicket(by=STAFF, window="1", kind=HoldKind.THIS_WINDOW))
    assert hall.refused(c.CallTicket(by=STAFF, window="2", ticket="A001")).code == "bound_elsewhere"
    hall.do(c.WakeTicket(by=STAFF, ticket="A001"))
    assert hall.call("2") is None
    (call,) = hall.do(c.CallNext(by=STAFF, window="1"))
    assert isinstance(call, e.TicketCalled)
    assert (call.ticket, call.reason.code) == (ticket.id, "order.bound_to_window")


def test_woken_with_the_time_it_had(hall: Hall) -> None:
    """等待 待唤醒."""
    ticket = hall.issue()
    hall.issue()
    hall.call()
    hall.do(c.HoldTicket(by=STAFF, window="1", kind=HoldKind.UNTIL_WOKEN))
    hall.wait(300)
    hall.do(c.WakeTicket(by=STAFF, ticket=ticket.id))
    assert hall.call() is ticket
    assert ticket.held_ms == 300_000


def test_time_away_is_not_charged(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call()
    hall.do(c.StartService(by=STAFF, window="1"))
    hall.wait(60)
    hall.do(c.HoldTicket(by=STAFF, window="1"))
    hall.wait(600)
    hall.do(c.CallTicket(by=STAFF, window="1", ticket="A001"))
    hall.do(c.StartService(by=STAFF, window="1"))
    hall.wait(30)
    finished = hall.do(c.FinishTicket(by=STAFF, window="1"))[0]
    assert isinstance(finished, e.TicketFinished)
    assert (finished.service_ms, finished.held_ms, ticket.served_ms) == (30_000, 600_000, 90_000)


def test_papers_do_not_wait_for_a_window_that_closed(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    ticket = hall.issue()
    hall.call()
    hall.do(c.HoldTicket(by=STAFF, window="1", kind=HoldKind.THIS_WINDOW))
    hall.do(c.WakeTicket(by=STAFF, ticket="A001"))
    hall.do(c.SignOut(by=STAFF, window="1"))
    assert hall.call("2") is ticket


def left_with_papers(hall: Hall) -> Ticket:
    """Hold a ticket for window 1, where nobody stays."""
    ticket = hall.issue()
    hall.call()
    hall.do(c.HoldTicket(by=STAFF, window="1", kind=HoldKind.THIS_WINDOW))
    return ticket


def test_who_is_woken_does_not_wait_for_a_window_that_closed(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    ticket = left_with_papers(hall)
    hall.do(c.SignOut(by=STAFF, window="1"))
    hall.do(c.WakeTicket(by=STAFF, ticket="A001"))
    assert ticket.bound_window is None
    assert hall.call("2") is ticket


def test_nor_for_the_window_that_its_teller_left_for_another(hall: Hall) -> None:
    ticket = left_with_papers(hall)
    hall.sign_in("2", "li")
    hall.do(c.WakeTicket(by=STAFF, ticket="A001"))
    assert hall.call("2") is ticket


def test_nor_for_one_taken_out_of_use(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    ticket = left_with_papers(hall)
    windows = tuple(msgspec.structs.replace(w, enabled=w.id != "1") for w in hall.rules.windows)
    hall.do(c.ApplySettings(by=STAFF, rules=msgspec.structs.replace(hall.rules, windows=windows)))
    hall.do(c.WakeTicket(by=STAFF, ticket="A001"))
    assert hall.call("2") is ticket


def test_who_comes_back_while_nobody_is_there_is_called_elsewhere(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    ticket = left_with_papers(hall)
    assert hall.refused(c.CallTicket(by=STAFF, window="2", ticket="A001")).code == "bound_elsewhere"
    hall.do(c.SignOut(by=STAFF, window="1"))
    hall.do(c.CallTicket(by=STAFF, window="2", ticket="A001"))
    assert hall.at_window("2") is ticket


def test_a_window_that_works_without_anybody_signed_in_keeps_its_ticket(hall: Hall) -> None:
    hall.do(c.SignOut(by=STAFF, window="1"))
    ticket = left_with_papers(hall)
    hall.do(c.WakeTicket(by=STAFF, ticket="A001"))
    assert ticket.bound_window == "1"


# --- transfer -----------------------------------------------------------------------------------


def test_to_a_queue_with_number_and_time(hall: Hall) -> None:
    hall.sign_in("3", "zhao")
    ticket = hall.issue()
    hall.issue("special")
    hall.call()
    hall.do(c.TransferTicket(by=STAFF, window="1", to_queue="special"))
    assert hall.call("3") is ticket
    assert ticket.number == "A001"


def test_to_a_window_and_to_a_person(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.issue()
    hall.issue()
    for target in ({"to_window": "2"}, {"to_teller": "wang"}):
        ticket = hall.call("1")
        hall.do(c.TransferTicket(by=STAFF, window="1", **target))
        assert hall.call("2") is ticket
        hall.do(c.FinishTicket(by=STAFF, window="2"))


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"to_queue": "none"}, "unknown_queue"),
        ({"to_window": "1"}, "same_window"),
        ({"to_window": "2"}, "window_not_staffed"),
        ({"to_window": "9"}, "unknown_window"),
        ({"to_teller": "wang"}, "teller_not_on_duty"),
        ({"to_teller": "nobody"}, "unknown_teller"),
        ({}, "one_target"),
        ({"to_window": "2", "to_queue": "general"}, "one_target"),
    ],
)
def test_never_into_the_void(hall: Hall, target: dict[str, str], code: str) -> None:
    hall.issue()
    hall.call()
    assert hall.refused(c.TransferTicket(by=STAFF, window="1", **target)).code == code


def test_not_to_a_window_without_the_skill(hall: Hall) -> None:
    hall.sign_in("3", "zhao")
    hall.issue("special")
    hall.call("3")
    refusal = hall.refused(c.TransferTicket(by=STAFF, window="3", to_window="1"))
    assert refusal.code == "cannot_serve"


def test_a_person_who_leaves_sets_their_tickets_free(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.issue()
    ticket = hall.call()
    hall.do(c.TransferTicket(by=STAFF, window="1", to_teller="wang"))
    assert hall.call("1") is None
    hall.do(c.SignOut(by=STAFF, window="2"))
    assert hall.call("1") is ticket


def test_not_to_a_window_whose_teller_has_left(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.issue()
    hall.serve("2", minutes=1)
    hall.do(c.SignOut(by=STAFF, window="2"))
    hall.issue()
    hall.call()
    refusal = hall.refused(c.TransferTicket(by=STAFF, window="1", to_window="2"))
    assert refusal.code == "window_not_staffed"


def test_a_person_who_moves_keeps_their_tickets(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.issue()
    ticket = hall.call()
    hall.do(c.TransferTicket(by=STAFF, window="1", to_teller="wang"))
    hall.sign_in("3", "wang")
    assert hall.call("3") is ticket


def test_back_to_the_queue_with_its_time(hall: Hall) -> None:
    ticket = hall.issue()
    hall.issue()
    hall.call()
    hall.do(c.Requeue(by=STAFF, window="1"))
    assert hall.call() is ticket


def test_the_advice_desk_passes_on_under_the_same_number(hall: Hall) -> None:
    ticket = hall.issue("advice")
    hall.call()
    hall.do(c.TransferTicket(by=STAFF, window="1", to_queue="general"))
    assert (ticket.number, ticket.queue) == ("Z001", "general")


def test_once_called_a_ticket_is_bound_to_nobody(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.issue()
    ticket = hall.call("1")
    hall.do(c.TransferTicket(by=STAFF, window="1", to_teller="wang"))
    hall.call("2")
    hall.do(c.Requeue(by=STAFF, window="2"))
    assert hall.call("1") is ticket


# --- several services ---------------------------------------------------------------------------


def test_all_at_one_window_where_skills_allow(hall: Hall) -> None:
    hall.sign_in("3", "zhao")
    ticket = hall.issue(None, services=("pension", "injury"))
    assert hall.serve("3") is ticket
    assert ticket.state is TicketState.FINISHED


def test_else_passed_on_warm(hall: Hall) -> None:
    hall.sign_in("3", "zhao")
    ticket = hall.issue(None, services=("pension", "injury"))
    hall.wait(1)
    hall.issue("special")
    hall.call("1")
    passed = hall.do(c.FinishTicket(by=STAFF, window="1"))[-1]
    assert isinstance(passed, e.TicketPassedOn)
    assert (passed.to_queue, passed.services, passed.todo) == ("special", ("pension",), ())
    assert hall.call("3") is ticket, "it keeps its waiting time"
    hall.do(c.FinishTicket(by=STAFF, window="3"))
    assert ticket.state is TicketState.FINISHED


def test_a_service_recorded_at_the_window_is_no_new_errand(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call()
    hall.do(c.ChangeServices(by=STAFF, ticket="A001", services=("injury",)))
    hall.do(c.FinishTicket(by=STAFF, window="1"))
    assert (ticket.state, ticket.services) == (TicketState.FINISHED, ("injury",))


def test_a_service_added_while_waiting_is_one(hall: Hall) -> None:
    ticket = hall.issue()
    hall.do(c.ChangeServices(by=STAFF, ticket="A001", services=("pension", "injury")))
    assert ticket.todo == ("special",)


@pytest.fixture
def divided() -> Hall:
    """A hall in which 李 at window 1 does general work and 赵 at window 3 nothing but special."""
    tellers = (
        Teller(id="li", name="李", staff_no="001", skills=("general", "advice")),
        Teller(id="zhao", name="赵", staff_no="003", skills=("special",)),
    )
    hall = Hall(make_rules(tellers=tellers)).boot()
    hall.sign_in()
    hall.sign_in("3", "zhao")
    return hall


def finish(hall: Hall, window: str) -> e.TicketFinished | e.TicketPassedOn:
    """Call and finish one ticket; return how its visit ended."""
    hall.call(window)
    ended = [
        event
        for event in hall.do(c.FinishTicket(by=STAFF, window=window))
        if isinstance(event, e.TicketFinished | e.TicketPassedOn)
    ]
    assert len(ended) == 1
    return ended[0]


def test_what_one_window_has_done_is_no_errand_again(divided: Hall) -> None:
    ticket = divided.issue(None, services=("pension", "injury"))
    finish(divided, "1")
    divided.do(c.ChangeServices(by=STAFF, ticket=ticket.id, services=("injury", "pension")))
    assert (ticket.queue, ticket.todo) == ("special", ())
    finish(divided, "3")
    assert ticket.state is TicketState.FINISHED


def test_every_window_is_credited_with_what_it_did(divided: Hall) -> None:
    divided.issue(None, services=("pension", "injury"))
    assert finish(divided, "1").services == ("pension",)
    divided.call("3")
    finished, asked = divided.do(c.FinishTicket(by=STAFF, window="3"))[-2:]
    assert isinstance(finished, e.TicketFinished)
    assert isinstance(asked, e.RatingOpened)
    assert (finished.services, asked.service) == (("injury",), "injury")


def test_a_guide_may_put_another_errand_first(divided: Hall) -> None:
    ticket = divided.issue(None, services=("pension", "injury"))
    divided.do(c.MoveTicket(by=STAFF, ticket=ticket.id, queue="special"))
    assert (ticket.queue, ticket.todo) == ("special", ("general",))
    assert finish(divided, "3").services == ("injury",)
    assert finish(divided, "1").services == ("pension",)
    assert ticket.state is TicketState.FINISHED


def test_where_no_errand_was_chosen_moving_leaves_none_behind(divided: Hall) -> None:
    ticket = divided.issue("general")
    divided.do(c.ChangeServices(by=STAFF, ticket=ticket.id, services=("injury",)))
    divided.do(c.MoveTicket(by=STAFF, ticket=ticket.id, queue="special"))
    assert (ticket.queue, ticket.todo) == ("special", ())


def test_moved_elsewhere_the_errand_goes_along(divided: Hall) -> None:
    ticket = divided.issue(None, services=("pension", "injury"))
    divided.do(c.MoveTicket(by=STAFF, ticket=ticket.id, queue="advice"))
    assert (ticket.queue, ticket.todo) == ("advice", ("special",))


# --- other ends ---------------------------------------------------------------------------------


def test_given_up_or_void(hall: Hall) -> None:
    one, two, three = hall.issue(), hall.issue(), hall.issue()
    hall.call()
    assert hall.refused(c.CancelTicket(by=KIOSK, ticket=one.id)).code == "wrong_state"
    hall.do(c.VoidTicket(by=STAFF, ticket=one.id, reason="double"))
    hall.do(c.CancelTicket(by=KIOSK, ticket=two.id))
    assert (one.state, two.state) == (TicketState.VOIDED, TicketState.CANCELLED)
    assert hall.call() is three
    hall.do(c.StartService(by=STAFF, window="1"))
    assert hall.refused(c.VoidTicket(by=STAFF, ticket=three.id)).code == "wrong_state"


# --- the slip -----------------------------------------------------------------------------------


def test_the_slip_has_a_job_and_an_outcome(hall: Hall) -> None:
    ticket = hall.issue()
    job = ticket.prints[1].job
    assert job == "{}.{}.1".format(*hall.state.position)
    assert hall.refused(c.ReprintTicket(by=STAFF, ticket=ticket.id)).code == "print_pending"
    hall.do(c.ReportJob(by=KIOSK, job=job, outcome="unknown"))
    hall.do(c.ReprintTicket(by=STAFF, ticket=ticket.id))
    assert ticket.prints[2].job == "{}.{}.2".format(*hall.state.position)
    hall.do(c.SettleJob(by=STAFF, job=job, printed=False))
    assert [copy.state.value for copy in ticket.prints.values()] == ["failed", "asked"]


def test_an_outcome_is_told_once(hall: Hall) -> None:
    ticket = hall.issue()
    report = c.ReportJob(by=KIOSK, job=ticket.prints[1].job, outcome="done")
    assert len(hall.do(report)) == 1
    assert hall.do(report) == ()
    assert hall.do(c.ReportJob(by=KIOSK, job=ticket.prints[1].job, outcome="unknown")) == ()
    settle = c.SettleJob(by=STAFF, job=ticket.prints[1].job, printed=True)
    assert hall.refused(settle).code == "job_not_in_doubt"


def test_a_slip_that_nobody_took_failed_after_all(hall: Hall) -> None:
    ticket = hall.issue()
    report = c.ReportJob(by=KIOSK, job=ticket.prints[1].job, outcome="done")
    hall.do(report)
    late = c.ReportJob(by=KIOSK, job=ticket.prints[1].job, outcome="failed", code="printer.retracted")
    (failed,) = hall.do(late)
    assert isinstance(failed, e.JobFailed)
    assert (ticket.prints[1].state, ticket.prints[1].code) == (PrintState.FAILED, "printer.retracted")
    assert hall.do(late) == ()
    # Any other failure of a slip that is on paper is a mistake of whoever reports it.
    again = hall.issue()
    hall.do(c.ReportJob(by=KIOSK, job=again.prints[1].job, outcome="done"))
    assert hall.do(c.ReportJob(by=KIOSK, job=again.prints[1].job, outcome="failed", code="line.lost")) == ()
    hall.same_after_replay()
