"""Rule 10: a time that was given, and who comes for it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kioskd.hall import commands as c
from kioskd.hall import events as e
from kioskd.hall.apply import apply
from kioskd.hall.model import AppointmentState
from kioskd.hall.rules import Ticketing
from kioskd.hall.state import dump, load
from tests.hall.conftest import CITY, STAFF, Hall, make_policy, make_rules


def at(time: str, date: str = "2026-03-02") -> Hall:
    return Hall(start=f"{date} {time}").boot()


def missed(events: list[e.Event]) -> list[tuple[str, bool]]:
    return [(each.appointment, each.excused) for each in events if isinstance(each, e.AppointmentMissed)]


def test_checking_in_gives_a_number_of_the_queue_and_services_that_were_booked() -> None:
    hall = at("08:40:00")
    code = hall.book(services=("pension",))
    hall.wait(minutes=5)
    ticket = hall.issue(None, appointment=code)
    assert (ticket.number, ticket.queue, ticket.services) == ("A001", "general", ("pension",))
    assert ticket.appointment == "a_1"
    known = hall.state.appointments["a_1"]
    assert (known.state, known.ticket) == (AppointmentState.ARRIVED, ticket.id)
    hall.same_after_replay()


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ("08:44:59", "appointment_early"),
        ("08:45:00", None),
        ("09:30:00", None),
        ("09:45:59", None),
        ("09:46:00", "appointment_late"),
    ],
)
def test_the_tolerance_counts_to_the_minute(time: str, code: str | None) -> None:
    hall = at("08:30:00")
    kept = hall.book()
    hall.wait_until(f"2026-03-02 {time}")
    wish = hall.issue_command(None, appointment=kept)
    if code is None:
        hall.do(wish)
        return
    refusal = hall.refused(wish)
    assert refusal.code == code
    assert {"date": "2026-03-02", "from": "08:45", "until": "09:45", "queue": "general"}.items() <= (
        refusal.params.items()
    )


def test_another_day_is_early_or_late() -> None:
    hall = at("09:00:00")
    tomorrow = hall.book(date="2026-03-03")
    assert hall.refused(hall.issue_command(None, appointment=tomorrow)).code == "appointment_early"
    hall.wait_until("2026-03-04 09:00:00")
    assert hall.refused(hall.issue_command(None, appointment=tomorrow)).code == "appointment_late"
    hall.wait_until("2026-03-12 09:00:00")
    assert hall.refused(hall.issue_command(None, appointment=tomorrow)).code == "appointment_unknown"
    assert not hall.state.appointments


def test_what_keeps_others_out_lets_in_whoever_was_given_this_time() -> None:
    rules = make_rules(policy=make_policy(ticketing=Ticketing(burst_slips=1)))
    full = msgspec.structs.replace(rules.queues[0], quota=1)
    hall = Hall(
        msgspec.structs.replace(rules, queues=(full, *rules.queues[1:])), "2026-03-02 11:00:00"
    ).boot()
    codes = [hall.book(f"a_{n}", "11:30", "11:45") for n in range(4)]
    hall.wait_until("2026-03-02 11:20:00")
    hall.issue()
    hall.issue(None, appointment=codes[0])  # the quota is used up, and the last slip was a moment ago
    hall.do(c.SetQueueOpen(by=STAFF, queue="general", open=False))
    hall.issue(None, appointment=codes[1])
    hall.wait_until("2026-03-02 11:50:00")  # tickets are given until half past eleven
    hall.issue(None, appointment=codes[2])
    hall.do(c.CloseDay(by=STAFF, void=4))
    assert hall.refused(hall.issue_command(None, appointment=codes[3])).code == "day_closed"


def test_nobody_is_sent_away_for_a_clock_in_doubt() -> None:
    hall = at("09:00:00")
    code = hall.book()
    hall.power_off("2026-03-02 20:00:00", clock_shows="1970-01-01 00:00:00")
    hall.do(c.StartHub(by=CITY, boot="again"))
    hall.tick()
    assert hall.state.question is not None
    hall.issue(None, appointment=code)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"appointment": "nonsense"}, "appointment_unknown"),
        ({"queue": "special"}, "appointment_other_queue"),
        ({"services": ("medical",)}, "appointment_other_queue"),
        ({"test": True}, "bad_value"),
        ({"priority": "none"}, "unknown_priority"),
    ],
)
def test_what_does_not_fit_is_refused(fields: dict[str, Any], code: str) -> None:
    hall = at("09:00:00")
    kept = hall.book(services=("pension",))
    wish = hall.issue_command(**({"queue": None, "appointment": kept} | fields))
    assert hall.refused(wish).code == code
    hall.issue("general", appointment=kept, services=("pension",))


def test_a_time_given_back_is_free_of_everything() -> None:
    hall = at("09:00:00")
    code = hall.book()
    hall.do(c.CancelAppointment(by=CITY, id="a_1"))
    assert hall.do(c.CancelAppointment(by=CITY, id="a_1")) == ()
    assert hall.refused(hall.issue_command(None, appointment=code)).code == "appointment_cancelled"
    assert missed(hall.wait(hours=2)) == []
    assert hall.refused(c.CancelAppointment(by=CITY, id="a_9")).code == "appointment_unknown"


def test_who_has_come_or_missed_it_cannot_give_it_back() -> None:
    hall = at("09:00:00")
    hall.issue(None, appointment=hall.book())
    assert hall.refused(c.CancelAppointment(by=CITY, id="a_1")).code == "appointment_used"
    hall.book("a_2")
    hall.wait(hours=1)
    assert hall.refused(c.CancelAppointment(by=CITY, id="a_2")).code == "appointment_late"


def test_who_does_not_come_is_noted_once() -> None:
    hall = at("08:40:00")
    hall.book("a_1")
    hall.issue(None, appointment=hall.book("a_2", start="08:45"))
    hall.book("a_3", "10:00", "10:15")
    assert missed(hall.wait_until("2026-03-02 09:45:59")) == []
    assert missed(hall.wait(1)) == [("a_1", False)]
    assert missed(hall.wait_until("2026-03-02 12:00:00")) == [("a_3", False)]
    hall.same_after_replay()


def test_a_hall_that_was_not_there_excuses_them() -> None:
    hall = at("08:30:00")
    hall.book("a_1")
    hall.book("a_2", "14:00", "14:30")
    hall.book("a_3", date="2026-03-03")
    hall.book("a_4", "16:00", "16:30")
    hall.power_off("2026-03-02 11:00:00")
    hall.do(c.StartHub(by=CITY, boot="again"))
    assert missed(hall.tick()) == [("a_1", True)]
    assert missed(hall.wait_until("2026-03-02 15:00:00")) == [("a_2", False)]
    hall.do(c.CloseDay(by=STAFF))
    assert missed(hall.wait_until("2026-03-02 17:00:00")) == [("a_4", True)]
    hall.power_off("2026-03-04 09:00:00")
    hall.do(c.StartHub(by=CITY, boot="again"))
    assert missed(hall.tick()) == []  # a working day was skipped: which day it is, staff must say
    hall.do(c.ConfirmDay(by=STAFF, date="2026-03-04"))
    assert missed(hall.tick()) == [("a_3", True)]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"queue": "none"}, "unknown_queue"),
        ({"services": ("none",)}, "unknown_service"),
        ({"id": "x"}, "bad_value"),
        ({"id": "a_1"}, "bad_value"),
        ({"code": "code-a_1"}, "bad_value"),
        ({"code": ""}, "bad_value"),
        ({"date": "20260302"}, "bad_value"),
        ({"date": "2026-02-30"}, "bad_value"),
        ({"start": "9:00"}, "bad_value"),
        ({"end": "08:00"}, "bad_value"),
        ({"early_min": -1}, "bad_value"),
        ({"date": "2026-03-01"}, "appointment_past"),
        ({"start": "08:30", "end": "09:00"}, "appointment_past"),
        ({"date": "2026-03-08"}, "not_open_then"),
        ({"start": "12:30", "end": "12:45"}, "not_open_then"),
    ],
)
def test_a_time_that_cannot_be_is_refused(fields: dict[str, Any], code: str) -> None:
    hall = at("09:00:00")
    hall.book()
    good = c.BookAppointment(
        by=CITY, id="a_2", code="k", queue="general", date="2026-03-02", start="10:00", end="10:15"
    )
    assert hall.refused(msgspec.structs.replace(good, **fields)).code == code
    hall.do(good)


def test_a_snapshot_holds_the_register() -> None:
    hall = at("09:00:00")
    hall.book("a_1")
    hall.issue(None, appointment=hall.book("a_2"))
    state = load(dump(hall.state))
    assert state.index.expected == hall.state.index.expected == [("2026-03-02", 9 * 60 + 45, "a_1")]
    assert state.index.appointment_codes == {"code-a_1": "a_1", "code-a_2": "a_2"}


def test_a_number_from_before_there_was_a_register_is_still_read() -> None:
    hall = at("09:00:00")
    issued = hall.do(hall.issue_command())[0]
    assert isinstance(issued, e.TicketIssued)
    old = msgspec.structs.replace(issued, ticket="t_old", number="A900", count=900, appointment="apt-1")
    apply(hall.state, old, hall.now, (1, 99))
    assert hall.state.tickets["t_old"].appointment == "apt-1"
