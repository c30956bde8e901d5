"""Rules 1, 10, 11 and 12: taking a ticket, or not."""

from __future__ import annotations

import random

import msgspec
import pytest

from kioskd.demo.arrivals import WORKING_DAY, arrivals
from kioskd.hall import commands as c
from kioskd.hall import queries
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import ServiceClass, Ticketing
from tests.hall.conftest import KIOSK, STAFF, Hall, make_policy, make_rules


def test_a_queue_or_a_service_that_names_its_queue(hall: Hall) -> None:
    assert hall.issue("general").queue == "general"
    assert hall.issue(None, services=("register", "injury"), headcount=2).queue == "company"
    assert hall.refused(hall.issue_command(None)).code == "queue_or_services"


def test_who_helped_is_recorded(hall: Hall) -> None:
    assert hall.issue(assisted_by="guide-1").assisted_by == "guide-1"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"queue": "none"}, "unknown_queue"),
        ({"services": ("none",)}, "unknown_service"),
        ({"priority": "none"}, "unknown_priority"),
        ({"queue": "company"}, "headcount_needed"),
        ({"headcount": 0}, "bad_value"),
        ({"id": "A001"}, "bad_value"),
    ],
)
def test_wishes_that_make_no_sense(hall: Hall, fields: dict[str, object], code: str) -> None:
    command = msgspec.structs.replace(hall.issue_command("general"), **fields)
    assert hall.refused(command).code == code


def test_an_id_is_used_once(hall: Hall) -> None:
    command = hall.issue_command()
    hall.do(command)
    assert hall.refused(command).code == "id_taken"


@pytest.mark.parametrize(
    ("time", "date", "opens"),
    [
        ("2026-03-02 11:30:00", "2026-03-02", "13:30"),
        ("2026-03-02 17:00:00", "2026-03-03", "08:00"),
        ("2026-03-06 20:00:00", "2026-03-09", "08:00"),
    ],
)
def test_closed_says_when_to_come(time: str, date: str, opens: str) -> None:
    hall = Hall(start=time).boot()
    refusal = hall.refused(hall.issue_command())
    assert (refusal.code, refusal.params["date"], refusal.params["time"]) == ("closed", date, opens)


def test_not_today(hall: Hall) -> None:
    hall.wait_until("2026-03-07 10:00:00")
    refusal = hall.refused(hall.issue_command())
    assert (refusal.code, refusal.params["date"]) == ("not_today", "2026-03-09")


def test_a_lunch_session_has_its_own_queues() -> None:
    rules = make_rules()
    noon = msgspec.structs.replace(
        rules.calendar.sessions[0],
        id="noon",
        tickets_from="11:30",
        tickets_until="13:30",
        serve_from="12:00",
        serve_until="14:00",
        queues=("advice",),
    )
    calendar = msgspec.structs.replace(rules.calendar, sessions=(*rules.calendar.sessions, noon))
    hall = Hall(msgspec.structs.replace(rules, calendar=calendar), start="2026-03-02 12:30:00").boot()
    assert hall.issue("advice").number == "Z001"
    assert hall.refused(hall.issue_command("general")).code == "closed"


def test_quota() -> None:
    rules = make_rules()
    few = msgspec.structs.replace(rules.queues[0], quota=2)
    hall = Hall(msgspec.structs.replace(rules, queues=(few, *rules.queues[1:]))).boot()
    hall.issue()
    hall.issue()
    assert hall.refused(hall.issue_command()).code == "quota_reached"
    hall.wait_until("2026-03-03 08:30:00")
    hall.issue()


def test_a_queue_closed_by_the_lead_until_tomorrow(hall: Hall) -> None:
    hall.do(c.SetQueueOpen(by=STAFF, queue="general", open=False))
    assert hall.refused(hall.issue_command()).code == "queue_closed"
    hall.wait_until("2026-03-03 08:30:00")
    hall.issue()


def test_one_ticket_for_one_person(hall: Hall) -> None:
    first = hall.issue(identity="hash-1")
    hall.issue(identity="hash-2")
    refusal = hall.refused(hall.issue_command(identity="hash-1"))
    assert (refusal.code, refusal.params["number"]) == ("duplicate_person", first.number)
    hall.do(c.CancelTicket(by=KIOSK, ticket=first.id))
    hall.issue(identity="hash-1")


def test_a_test_number_is_nobodys(hall: Hall) -> None:
    hall.issue(identity="hash-1", test=True)
    hall.issue(identity="hash-1")


def test_one_ticket_for_one_appointment(hall: Hall) -> None:
    code = hall.book(start="08:30", end="09:00")
    first = hall.issue(appointment=code)
    assert hall.refused(hall.issue_command(appointment=code)).code == "appointment_used"
    hall.do(c.CancelTicket(by=KIOSK, ticket=first.id))
    hall.issue(appointment="a_1")


def test_more_than_three_slips_in_a_row_ask_staff() -> None:
    hall = Hall(make_rules(policy=make_policy(ticketing=Ticketing()))).boot()
    for _ in range(3):
        hall.issue()
        hall.wait(5)
    refusal = hall.refused(hall.issue_command())
    assert (refusal.code, refusal.params["retry_ms"]) == ("burst", 3_000)
    hall.issue(by=STAFF)
    hall.issue(by=c.By(kind="device", id="kiosk-2", role="kiosk"))
    hall.wait(3)
    hall.issue()


def test_more_than_three_slips_in_a_minute_at_any_pace() -> None:
    hall = Hall(make_rules(policy=make_policy(ticketing=Ticketing(burst_gap_s=0)))).boot()
    for _ in range(3):
        hall.issue()
        hall.wait(10)
    assert hall.refused(hall.issue_command()).params["retry_ms"] == 30_000
    hall.wait(30)
    hall.issue()


def peak(gap_s: int) -> list[str]:
    """One kiosk from 10 to 11 on a day of 1,250: everybody takes 10 s there, one after the other. Return
    what was refused.
    """
    hall = Hall(make_rules(policy=make_policy(ticketing=Ticketing(burst_gap_s=gap_s)))).boot()
    refused, free = [], 0.0
    for hour in arrivals(WORKING_DAY, 1_250, random.Random(10)):
        if not 10 <= hour < 11:
            continue
        at = max(hour * 3600, free)
        free = at + 10
        hall.wait(max(0.0, at - 8.5 * 3600 - (hall.at - 1_000) / 1000))
        answer = hall.ask(hall.issue_command())
        if isinstance(answer, Refusal):
            refused.append(answer.code)
    assert len(hall.state.tickets) + len(refused) > 150
    return refused


def test_nobody_honest_is_refused_at_the_peak() -> None:
    assert peak(Ticketing().burst_gap_s) == []
    assert len(peak(0)) > 20, "which a limit at any pace would do all the time"


def test_the_number_ahead_is_that_of_the_queue(hall: Hall) -> None:
    for _ in range(3):
        hall.issue()
    hall.issue("advice")
    fourth = hall.issue()
    assert fourth.wait is not None
    assert fourth.wait.ahead == 3
    card = hall.issue(priority="elderly")
    assert card.wait is not None
    assert card.wait.ahead == 0
    place = queries.place(hall.state, fourth.id)
    assert place is not None
    assert place.ahead == 4


def test_special_services_need_a_special_window_only_if_there_is_one() -> None:
    rules = make_rules()
    hall = Hall(rules).boot()
    assert hall.issue("general", services=("audit",)).special
    general = msgspec.structs.replace(rules.queues[2], service_class=ServiceClass.GENERAL)
    hall = Hall(msgspec.structs.replace(rules, queues=(*rules.queues[:2], general, rules.queues[3]))).boot()
    assert not hall.issue("general", services=("audit",)).special


def test_before_anything_else() -> None:
    hall = Hall()
    assert hall.refused(hall.issue_command()).code == "no_settings"
    hall.do(c.ApplySettings(by=STAFF, rules=hall.rules))
    assert hall.refused(hall.issue_command()).code == "no_day"
