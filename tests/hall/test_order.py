"""Rule 5: the next ticket, and why."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from kioskd.hall import commands as c
from kioskd.hall.events import TicketCalled, TicketReturned
from kioskd.hall.rules import Order, OrderMode
from kioskd.hall.state import dump, load
from tests.hall.conftest import ELDERLY, KIOSK, SOLDIER, STAFF, Hall, make_policy, make_rules


def hall_with(**order: Any) -> Hall:
    policy = make_policy(order=Order(priorities=(ELDERLY, SOLDIER), **order))
    hall = Hall(make_rules(policy=policy)).boot()
    hall.sign_in()
    return hall


def next_call(hall: Hall, window: str = "1") -> tuple[str, str]:
    """Number and reason of the next call."""
    if hall.at_window(window) is not None:
        hall.do(c.FinishTicket(by=STAFF, window=window))
    (call,) = hall.do(c.CallNext(by=STAFF, window=window))
    assert isinstance(call, TicketCalled)
    return call.number, call.reason.code


def test_first_come_first_served_across_queues(hall: Hall) -> None:
    hall.issue("advice")
    hall.wait(1)
    hall.issue("general")
    hall.wait(1)
    hall.issue("advice")
    assert [next_call(hall) for _ in range(3)] == [
        ("Z001", "order.longest_wait"),
        ("A001", "order.longest_wait"),
        ("Z002", "order.longest_wait"),
    ]


def test_nobody_waits(hall: Hall) -> None:
    assert hall.do(c.CallNext(by=STAFF, window="1")) == ()


def test_only_what_the_teller_is_trained_for(hall: Hall) -> None:
    hall.issue("special")
    assert hall.call("1") is None
    hall.sign_in("3", "zhao")
    assert next_call(hall, "3")[0] == "S001"


def test_special_work_in_a_general_queue_waits_for_a_special_window(hall: Hall) -> None:
    hall.sign_in("3", "zhao")
    hall.issue("general", services=("audit",))
    hall.wait(1)
    hall.issue("general")
    assert next_call(hall, "1")[0] == "A002"
    assert next_call(hall, "3")[0] == "A001"


def test_ageing_credits_a_priority_with_waiting_time(hall: Hall) -> None:
    hall.issue()
    hall.wait(minutes=15)
    hall.issue()
    hall.issue(priority="elderly")
    assert next_call(hall) == ("A003", "order.priority")
    assert next_call(hall) == ("A001", "order.longest_wait")


def test_ageing_lets_an_older_ticket_go_before_a_fresh_priority(hall: Hall) -> None:
    hall.issue()
    hall.wait(minutes=21)
    hall.issue(priority="elderly")
    assert next_call(hall) == ("A001", "order.longest_wait")


def test_an_appointment_is_credited() -> None:
    hall = hall_with()
    hall.issue()
    hall.wait(minutes=10)
    hall.issue(appointment=hall.book(start="08:30", end="09:00"))
    assert next_call(hall) == ("A002", "order.appointment")


def test_strict_calls_every_priority_first() -> None:
    hall = hall_with(mode=OrderMode.STRICT)
    hall.issue()
    hall.wait(minutes=50)
    hall.issue(priority="elderly")
    assert next_call(hall) == ("A002", "order.priority")


@pytest.mark.parametrize("mode", list(OrderMode))
def test_the_cap_ends_all_precedence(mode: OrderMode) -> None:
    hall = hall_with(mode=mode, cap_min=18, k=1, n=1)
    hall.issue()
    hall.wait(minutes=18)
    hall.issue(priority="soldier")
    hall.wait(minutes=1)
    assert next_call(hall) == ("A001", "order.cap")


def test_the_cap_does_not_put_a_priority_behind_those_who_came_later() -> None:
    hall = hall_with(mode=OrderMode.STRICT, cap_min=10)
    hall.issue(priority="elderly")
    hall.wait(1)
    hall.issue()
    hall.wait(minutes=30)
    assert next_call(hall)[0] == "A001"


def test_k_in_n_gives_priorities_one_turn_in_three() -> None:
    hall = hall_with(mode=OrderMode.K_IN_N, k=1, n=3)
    for _ in range(4):
        hall.issue()
    for _ in range(2):
        hall.issue(priority="elderly")
    assert [next_call(hall) for _ in range(6)] == [
        ("A005", "order.priority"),
        ("A001", "order.turn"),
        ("A002", "order.turn"),
        ("A006", "order.priority"),
        ("A003", "order.longest_wait"),
        ("A004", "order.longest_wait"),
    ]


def test_a_refused_priority_has_its_original_time(hall: Hall) -> None:
    """待核验 → returned to ordinary."""
    hall.issue()
    hall.wait(1)
    card = hall.issue(priority="elderly")
    hall.wait(1)
    hall.issue()
    hall.do(c.DecidePriority(by=STAFF, ticket=card.id, confirmed=False))
    assert [next_call(hall)[0] for _ in range(3)] == ["A001", "A002", "A003"]


def test_a_confirmed_priority_stays_where_it_is_and_may_be_confirmed_after_all(hall: Hall) -> None:
    hall.issue()
    card = hall.issue(priority="elderly")
    place = card.place
    hall.do(c.DecidePriority(by=STAFF, ticket=card.id, confirmed=True))
    assert (card.place, card.priority_state.value) == (place, "confirmed")
    hall.do(c.DecidePriority(by=STAFF, ticket=card.id, confirmed=False))
    hall.do(c.DecidePriority(by=STAFF, ticket=card.id, confirmed=True))
    assert next_call(hall)[0] == card.number


def test_a_priority_without_a_card_to_show_needs_no_word(hall: Hall) -> None:
    assert hall.issue(priority="soldier").priority_state.value == "confirmed"
    assert hall.issue(priority="elderly").priority_state.value == "pending"


@pytest.mark.parametrize("waiting", [0, 1, 2, 3, 5])
def test_a_late_comer_stands_behind_the_next_three(waiting: int) -> None:
    rules = make_rules()
    calling = msgspec.structs.replace(rules.policy.calling, no_show_calls=1, need_announced=False)
    policy = msgspec.structs.replace(rules.policy, calling=calling)
    hall = Hall(msgspec.structs.replace(rules, policy=policy)).boot()
    hall.sign_in()
    late = hall.issue()
    for _ in range(waiting):
        hall.issue()
    hall.call()
    hall.wait(46)
    hall.do(c.MarkNoShow(by=STAFF, window="1"))
    hall.do(c.ReturnTicket(by=KIOSK, ticket=late.id))
    order = [next_call(hall) for _ in range(waiting + 1)]
    assert order[min(waiting, 3)] == ("A001", "order.returned")


@pytest.mark.parametrize("mode", list(OrderMode))
def test_a_late_comer_with_a_priority_stands_there_too(mode: OrderMode) -> None:
    rules = make_rules()
    calling = replace(rules.policy.calling, no_show_calls=1, need_announced=False)
    order = Order(mode=mode, k=1, n=3, cap_min=60, priorities=(ELDERLY, SOLDIER))
    hall = Hall(replace(rules, policy=replace(rules.policy, calling=calling, order=order))).boot()
    hall.sign_in()
    hall.issue(priority="soldier")
    hall.call()
    for _ in range(5):
        hall.issue()
    hall.wait(46)
    hall.do(c.MarkNoShow(by=STAFF, window="1"))
    (returned,) = hall.do(c.ReturnTicket(by=KIOSK, ticket="A001"))
    assert isinstance(returned, TicketReturned)
    assert returned.behind == 3
    assert [next_call(hall)[0] for _ in range(5)] == ["A002", "A003", "A004", "A001", "A005"]


def test_a_late_comer_where_priorities_always_go_first() -> None:
    hall = hall_with(mode=OrderMode.STRICT)
    policy = replace(
        hall.rules.policy, calling=replace(hall.rules.policy.calling, no_show_calls=1, need_announced=False)
    )
    hall.do(c.ApplySettings(by=STAFF, rules=replace(hall.rules, policy=policy)))
    hall.issue()
    hall.call()
    for _ in range(3):
        hall.issue(priority="soldier")
    hall.issue()
    hall.wait(46)
    hall.do(c.MarkNoShow(by=STAFF, window="1"))
    hall.do(c.ReturnTicket(by=KIOSK, ticket="A001"))
    assert [next_call(hall)[0] for _ in range(5)] == ["A002", "A003", "A004", "A001", "A005"]


def test_moved_by_a_guide_keeps_number_and_time(hall: Hall) -> None:
    moved = hall.issue("advice")
    hall.wait(1)
    hall.issue()
    hall.do(c.MoveTicket(by=STAFF, ticket=moved.id, queue="general"))
    assert [next_call(hall)[0], next_call(hall)[0]] == ["Z001", "A001"]


def test_by_hand_says_so(hall: Hall) -> None:
    hall.issue()
    second = hall.issue()
    (call,) = hall.do(c.CallTicket(by=STAFF, window="1", ticket="A002"))
    assert isinstance(call, TicketCalled)
    assert (call.ticket, call.reason.code, call.by_hand) == (second.id, "order.by_hand", True)


def test_by_hand_needs_the_skill_too(hall: Hall) -> None:
    hall.issue("special")
    assert hall.refused(c.CallTicket(by=STAFF, window="1", ticket="S001")).code == "cannot_serve"


# --- changed by a lead for today --------------------------------------------------------------------


def test_a_lead_changes_the_order_for_today(hall: Hall) -> None:
    hall.issue()
    hall.wait(minutes=30)
    hall.issue(priority="soldier")
    hall.do(c.SetOrder(by=STAFF, mode=OrderMode.STRICT))
    called = hall.call()
    assert called is not None
    assert called.priority == "soldier"
    hall.same_after_replay()


def test_credits_hold_for_tickets_from_then_on_and_end_with_the_day(hall: Hall) -> None:
    hall.do(c.SetOrder(by=STAFF, credits={"soldier": 55}))
    book = hall.state.book
    assert book is not None
    assert book.priorities["soldier"].credit_min == 55
    assert hall.state.rules == hall.rules, "the settings stay what they are"
    assert hall.do(c.ApplySettings(by=STAFF, rules=hall.rules)) == (), "a restart changes nothing"
    restored = load(dump(hall.state)).book
    assert restored is not None
    assert restored.priorities["soldier"].credit_min == 55
    hall.wait(hours=24)
    book = hall.state.book
    assert book is not None
    assert book.priorities["soldier"].credit_min == SOLDIER.credit_min
    hall.same_after_replay()


def test_it_goes_back_and_the_same_again_is_nothing(hall: Hall) -> None:
    wish = c.SetOrder(by=STAFF, mode=OrderMode.K_IN_N, k=1, n=2)
    assert len(hall.do(wish)) == 1
    assert hall.do(wish) == ()
    assert len(hall.do(c.SetOrder(by=STAFF, back=True))) == 1
    assert hall.do(c.SetOrder(by=STAFF, back=True)) == ()
    assert hall.state.order is None


def test_new_settings_of_the_order_end_it(hall: Hall) -> None:
    hall.do(c.SetOrder(by=STAFF, mode=OrderMode.STRICT))
    policy = make_policy(order=Order(priorities=(SOLDIER,)))
    hall.do(c.ApplySettings(by=STAFF, rules=replace(hall.rules, policy=policy)))
    assert hall.state.order is None
    assert hall.state.book is not None
    assert list(hall.state.book.priorities) == ["soldier"]


def test_an_order_that_makes_no_sense(hall: Hall) -> None:
    assert hall.refused(c.SetOrder(by=STAFF, k=4, n=3)).code == "bad_value"
    assert hall.refused(c.SetOrder(by=STAFF, cap_min=0)).code == "bad_value"
    assert hall.refused(c.SetOrder(by=STAFF, credits={"nobody": 1})).code == "unknown_priority"
