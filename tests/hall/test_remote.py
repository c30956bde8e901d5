"""Numbers taken by phone: so many at a time, and void where nobody comes."""

from __future__ import annotations

from kioskd.hall import commands as c
from kioskd.hall.events import Event, TicketVoided
from kioskd.hall.model import TicketState
from kioskd.hall.rules import Ticketing
from kioskd.hall.state import dump, load
from tests.hall.conftest import CITY, KIOSK, STAFF, Hall, make_policy, make_rules


def by_phone(most: int = 2, minutes: int = 30) -> Hall:
    policy = make_policy(ticketing=Ticketing(burst_slips=1, remote_most=most, remote_min=minutes))
    hall = Hall(make_rules(policy=policy)).boot()
    hall.sign_in()
    return hall


def voided(events: list[Event]) -> list[tuple[str, str]]:
    return [(each.number, each.reason) for each in events if isinstance(each, TicketVoided)]


def test_nobody_gets_one_where_the_hall_gives_none() -> None:
    hall = by_phone(most=0)
    refusal = hall.refused(hall.issue_command(by=CITY, remote=True))
    assert (refusal.code, refusal.params) == ("remote_full", {"most": 0})


def test_only_so_many_wait_at_a_time() -> None:
    hall = by_phone()
    first = hall.issue(by=CITY, remote=True)
    hall.issue(by=CITY, remote=True)
    assert hall.refused(hall.issue_command(by=CITY, remote=True)).code == "remote_full"
    hall.do(c.CancelTicket(by=KIOSK, ticket=first.id))
    hall.issue(by=CITY, remote=True)
    hall.issue()


def test_nothing_is_printed_until_somebody_is_there() -> None:
    hall = by_phone()
    ticket = hall.issue(by=CITY, remote=True)
    assert (ticket.remote, ticket.prints) == (True, {})
    hall.do(c.ReprintTicket(by=KIOSK, ticket=ticket.id))
    assert (ticket.remote, list(ticket.prints)) == (False, [1])
    assert voided(hall.wait(hours=2)) == []
    hall.same_after_replay()


def test_who_does_not_come_loses_the_number() -> None:
    hall = by_phone()
    ticket = hall.issue(by=CITY, remote=True)
    assert voided(hall.wait(minutes=29)) == []
    again = load(dump(hall.state))
    assert list(again.index.remote) == [ticket.id]
    assert voided(hall.wait(minutes=1)) == [(ticket.number, "remote_expired")]
    assert ticket.state is TicketState.VOIDED
    hall.same_after_replay()


def test_who_is_called_is_not_void() -> None:
    hall = by_phone()
    ticket = hall.issue(by=CITY, remote=True)
    assert hall.call() is ticket
    assert voided(hall.wait(hours=1)) == []


def test_hours_and_quotas_hold_by_phone_as_at_the_kiosk() -> None:
    hall = by_phone()
    hall.do(c.SetQueueOpen(by=STAFF, queue="general", open=False))
    assert hall.refused(hall.issue_command(by=CITY, remote=True)).code == "queue_closed"
