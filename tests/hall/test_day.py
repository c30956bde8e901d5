"""Rule 18 and time as data: which day it is, whatever the clock says."""

from __future__ import annotations

import msgspec
import pytest

from kioskd.hall import commands as c
from kioskd.hall import events as e
from kioskd.hall.calendar import minutes, spans
from kioskd.hall.model import TicketState
from kioskd.hall.rules import Calendar, YearCalendar
from tests.hall.conftest import CLOCK, STAFF, Hall, make_calendar, make_rules, wall_of

DAY_2 = "2026-03-03"


def restart(hall: Hall, until: str, *, clock_shows: str | None = None, witness: tuple[str, ...] = ()) -> None:
    """Power off, and start again with the clock right or wrong."""
    hall.power_off(until, clock_shows=clock_shows)
    hall.do(c.StartHub(by=CLOCK, boot="again"))
    hall.tick(witness)
    hall.do(c.ApplySettings(by=CLOCK, rules=hall.rules))
    hall.tick(witness)


def date_of(hall: Hall) -> str:
    assert hall.state.day is not None
    return hall.state.day.date


def question_of(hall: Hall) -> str:
    return hall.state.question.why if hall.state.question is not None else ""


# --- the usual ----------------------------------------------------------------------------------


def test_a_day_follows_a_day_at_the_configured_hour(hall: Hall) -> None:
    hall.wait_until("2026-03-03 04:59:59")
    assert date_of(hall) == "2026-03-02"
    hall.wait(1)
    assert date_of(hall) == DAY_2


def test_what_was_open_ends_with_the_day(hall: Hall) -> None:
    waiting, serving, held, missed = hall.issue(), hall.issue(), hall.issue(), hall.issue()
    calling = msgspec.structs.replace(hall.rules.policy.calling, no_show_calls=1, need_announced=False)
    policy = msgspec.structs.replace(hall.rules.policy, calling=calling)
    hall.do(c.ApplySettings(by=STAFF, rules=msgspec.structs.replace(hall.rules, policy=policy)))
    hall.do(c.CallTicket(by=STAFF, window="1", ticket=missed.id))
    hall.wait(50)
    hall.do(c.MarkNoShow(by=STAFF, window="1"))
    hall.do(c.CallTicket(by=STAFF, window="1", ticket=held.id))
    hall.do(c.HoldTicket(by=STAFF, window="1"))
    hall.do(c.CallTicket(by=STAFF, window="1", ticket=serving.id))
    events = hall.wait(hours=24)
    ended = {event.ticket: event.state for event in events if isinstance(event, e.TicketEnded)}
    assert ended == {waiting.id: "waiting", serving.id: "serving", held.id: "held"}
    closed = next(event for event in events if isinstance(event, e.DayClosed))
    assert (closed.planned, closed.planned_end) == (True, "17:30")
    assert hall.state.tickets == {}
    assert hall.at_window() is None


def test_noon_voids_nobody(hall: Hall) -> None:
    """Who waits at noon stands first in the afternoon, with number and credit."""
    hall.wait_until("2026-03-02 11:29:00")
    ticket = hall.issue()
    hall.wait_until("2026-03-02 13:45:00")
    hall.issue()
    hall.wait_until("2026-03-02 14:00:00")
    assert hall.call() is ticket


def test_closing_voids_who_waits_and_leaves_nobody_at_a_window(hall: Hall) -> None:
    first, second = hall.issue(), hall.issue()
    hall.call()
    close = c.CloseDay(by=STAFF, void=1)
    assert hall.refused(close).code == "windows_busy"
    hall.do(c.FinishTicket(by=STAFF, window="1"))
    hall.do(close)
    assert first.state is TicketState.FINISHED
    assert (second.state, second.end_reason) == (TicketState.VOIDED, "closing")
    assert hall.state.windows["1"].teller is None
    assert hall.refused(hall.issue_command()).code == "day_closed"
    assert hall.do(close) == ()
    events = hall.wait_until("2026-03-03 08:30:00")
    assert not any(isinstance(event, e.DayClosed) for event in events)
    assert hall.issue().number == "A001"


def test_nobody_is_voided_unseen(hall: Hall) -> None:
    """Who closes names how many that ends: somebody may have come meanwhile."""
    for queue in ("general", "general", "special"):
        hall.issue(queue)
    hall.issue(test=True)
    refused = hall.refused(c.CloseDay(by=STAFF))
    assert (refused.code, refused.params) == (
        "still_waiting",
        {"count": 3, "by_queue": {"general": 2, "special": 1}},
    )
    late = hall.issue()
    assert hall.refused(c.CloseDay(by=STAFF, void=3)).params["count"] == 4
    assert hall.refused(c.CloseDay(by=STAFF, void=5)).params["count"] == 4
    assert late.state is TicketState.WAITING
    hall.do(c.CloseDay(by=STAFF, void=4))
    assert {ticket.state for ticket in hall.state.tickets.values()} == {TicketState.VOIDED}


def test_sessions_follow_weekday_season_holiday_and_make_up() -> None:
    winter = make_calendar().sessions
    summer = msgspec.structs.replace(winter[1], id="summer", serve_from="14:30", months=(7, 8))
    calendar = Calendar(
        sessions=(winter[0], msgspec.structs.replace(winter[1], months=(1, 2, 3)), summer),
        years=(YearCalendar(year=2026, holidays=("2026-03-03",), make_up={"2026-03-07": 3}),),
    )
    hall = Hall(make_rules(calendar=calendar))

    def day(text: str) -> list[str]:
        return [span.session.id for span in spans(calendar, _date(text))]

    assert day("2026-03-02") == ["am", "pm"]
    assert day("2026-07-06") == ["am", "summer"]
    assert day("2026-03-03") == []
    assert day("2026-03-07") == ["am", "pm"], "a Saturday that works like a Wednesday"
    assert day("2026-03-08") == []
    hall.boot()
    hall.wait_until("2026-03-03 09:00:00")
    assert hall.refused(hall.issue_command()).code == "not_today"


def _date(text: str):  # type: ignore[no-untyped-def]
    from datetime import date

    return date.fromisoformat(text)


@pytest.mark.parametrize("text", ["24:00", "00:00", "08:30"])
def test_times_of_day(text: str) -> None:
    hour, minute = text.split(":")
    assert minutes(text) == int(hour) * 60 + int(minute)


@pytest.mark.parametrize("text", ["24:01", "8:30", "08:60", "0830", "", "a8:30", "８8:30"])
def test_what_is_no_time_of_day(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        minutes(text)


# --- power gone ---------------------------------------------------------------------------------


def test_power_gone_at_half_past_five(hall: Hall) -> None:
    hall.issue()
    hall.wait_until("2026-03-02 17:30:00")
    restart(hall, "2026-03-03 08:00:00")
    assert (date_of(hall), question_of(hall)) == (DAY_2, "")
    assert hall.issue().number == "A001"
    assert hall.state.alerts == {}


def test_power_gone_over_the_weekend(hall: Hall) -> None:
    hall.wait_until("2026-03-06 17:30:00")
    restart(hall, "2026-03-09 08:00:00")
    assert (date_of(hall), question_of(hall)) == ("2026-03-09", "")


def test_power_gone_at_noon_goes_on(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call()
    restart(hall, "2026-03-02 10:40:00")
    assert date_of(hall) == "2026-03-02"
    assert hall.at_window() is ticket
    assert hall.issue().number == "A002"


@pytest.mark.parametrize(
    ("shows", "why"),
    [
        ("1970-01-01 00:02:00", "clock_behind"),
        ("2026-03-02 08:00:00", "clock_behind"),
        ("2026-03-04 08:00:00", "working_day_skipped"),
        ("2026-04-03 08:00:00", "clock_ahead"),
    ],
)
def test_a_clock_that_cannot_be_right_is_a_question(hall: Hall, shows: str, why: str) -> None:
    """1970, a day behind, a day ahead, a month ahead."""
    hall.issue()
    hall.wait_until("2026-03-02 17:30:00")
    restart(hall, "2026-03-03 08:00:00", clock_shows=shows)
    assert question_of(hall) == why
    assert [alert.about for alert in hall.state.alerts.values()] == ["day_question"]
    ticket = hall.issue()
    assert ticket.number == "A002", "numbers go on, none is given twice"
    events = hall.do(c.ConfirmDay(by=STAFF, date=DAY_2))
    opened = events[-1]
    assert isinstance(opened, e.DayOpened)
    assert (opened.date, opened.kept, opened.by_person) == (DAY_2, (ticket.id,), True)
    assert list(hall.state.tickets) == [ticket.id], "yesterday's ended, today's stay"
    assert hall.issue().number == "A003"
    hall.sign_in()
    assert hall.call() is ticket
    hall.tick()
    assert hall.state.alerts == {}


def test_staff_may_say_that_it_is_still_today(hall: Hall) -> None:
    """Power failed at noon, and the clock's battery is dead."""
    ticket = hall.issue()
    restart(hall, "2026-03-02 10:00:00", clock_shows="1970-01-01 00:00:30")
    assert question_of(hall) == "clock_behind"
    hall.do(c.ConfirmDay(by=STAFF, date="2026-03-02"))
    assert question_of(hall) == ""
    assert hall.state.tickets[ticket.id] is ticket
    assert hall.issue().number == "A002"
    hall.wait(hours=6)
    assert (date_of(hall), question_of(hall)) == ("2026-03-02", "")


def test_a_clock_known_to_be_wrong_asks_again_the_next_day(hall: Hall) -> None:
    restart(hall, "2026-03-02 10:00:00", clock_shows="1970-01-01 00:00:30")
    hall.do(c.ConfirmDay(by=STAFF, date="2026-03-02"))
    hall.wait(hours=18)
    assert question_of(hall) == "clock_unconfirmed"
    hall.do(c.ConfirmDay(by=STAFF, date=DAY_2))
    assert hall.issue().number == "A001"


def test_a_first_start_in_1970() -> None:
    hall = Hall(start="1970-01-01 00:00:10").boot()
    assert question_of(hall) == "clock_unset"
    first = hall.issue()
    assert first.number == "A001"
    hall.do(c.ConfirmDay(by=STAFF, date="2026-03-02"))
    assert hall.issue().number == "A002"
    assert first.id in hall.state.tickets


def test_the_clock_is_put_right_and_answers_the_question_itself(hall: Hall) -> None:
    """Started before the network was there; then NTP sets the clock."""
    hall.wait_until("2026-03-02 17:30:00")
    restart(hall, "2026-03-03 08:00:00", clock_shows="1970-01-01 00:00:30")
    ticket = hall.issue()
    hall.wall = wall_of("2026-03-03 08:01:00", hall.rules)
    hall.tick()
    assert (date_of(hall), question_of(hall)) == (DAY_2, "")
    assert ticket.id in hall.state.tickets
    assert hall.issue().number == "A002"


def test_the_clock_is_put_right_after_staff_answered(hall: Hall) -> None:
    hall.wait_until("2026-03-02 17:30:00")
    restart(hall, "2026-03-03 08:00:00", clock_shows="1970-01-01 00:00:30")
    hall.do(c.ConfirmDay(by=STAFF, date=DAY_2))
    hall.wall = wall_of("2026-03-03 08:05:00", hall.rules)
    hall.tick()
    assert hall.state.day is not None
    assert (date_of(hall), hall.state.day.skew_days) == (DAY_2, 0)
    hall.wait_until("2026-03-04 08:30:00")
    assert (date_of(hall), question_of(hall)) == ("2026-03-04", "")


@pytest.mark.parametrize("to", ["2026-03-03 09:00:00", "2026-03-09 09:00:00", "2026-02-20 09:00:00"])
def test_a_jump_to_another_day_ends_nothing(hall: Hall, to: str) -> None:
    """Somebody sets the clock wrong while people wait."""
    ticket = hall.issue()
    hall.wait(minutes=30)
    hall.wall = wall_of(to, hall.rules)
    events = hall.tick()
    assert question_of(hall) == "clock_jumped"
    assert not any(isinstance(event, e.TicketEnded | e.DayOpened) for event in events)
    assert hall.issue().number == "A002"
    hall.wall = wall_of("2026-03-02 09:01:00", hall.rules)
    hall.tick()
    assert (date_of(hall), question_of(hall)) == ("2026-03-02", "")
    assert ticket.id in hall.state.tickets
    hall.wait_until("2026-03-03 09:00:00")
    assert (date_of(hall), question_of(hall)) == (DAY_2, "")


def test_what_was_taken_before_anybody_noticed_stays(hall: Hall) -> None:
    """Tuesday morning, but the clock says Monday evening, which nobody can tell; then it is set."""
    hall.issue()
    hall.wait_until("2026-03-02 17:30:00")
    restart(hall, "2026-03-03 08:00:00", clock_shows="2026-03-02 17:40:00")
    assert question_of(hall) == ""
    early = hall.issue(test=True)
    hall.wait(minutes=20)
    hall.wall = wall_of("2026-03-03 08:20:00", hall.rules)
    hall.tick()
    assert question_of(hall) == "clock_jumped"
    hall.do(c.ConfirmDay(by=STAFF, date=DAY_2))
    assert list(hall.state.tickets) == [early.id]


def test_a_small_correction_is_only_noted(hall: Hall) -> None:
    hall.wait(minutes=10)
    hall.wall -= 5 * 60_000
    events = hall.tick()
    assert [type(event) for event in events] == [e.ClockJumped]
    hall.wait_until("2026-03-03 08:30:00")
    assert question_of(hall) == ""


def test_witnesses_settle_it(hall: Hall) -> None:
    """Stations or the central server know better than one clock."""
    hall.wait_until("2026-03-02 17:30:00")
    restart(hall, "2026-03-03 08:00:00", witness=("2026-03-05", "2026-03-05", DAY_2))
    assert question_of(hall) == "witness_disagrees"
    hall.tick(("2026-03-03", "2026-03-03"))
    assert (date_of(hall), question_of(hall)) == (DAY_2, "")


def test_witnesses_agree_with_a_skipped_working_day(hall: Hall) -> None:
    """The hall was closed on Tuesday because of the storm."""
    restart(hall, "2026-03-04 08:00:00", witness=("2026-03-04",))
    assert (date_of(hall), question_of(hall)) == ("2026-03-04", "")


def test_the_question_is_asked_once(hall: Hall) -> None:
    restart(hall, "2026-03-03 08:00:00", clock_shows="1970-01-01 00:00:30")
    events = hall.wait(hours=30)
    assert not any(isinstance(event, e.DayQuestioned) for event in events)


@pytest.mark.parametrize(
    ("date", "code"),
    [("2026-03-01", "date_in_past"), ("2029-01-01", "date_too_far"), ("tomorrow", "bad_value")],
)
def test_answers_that_make_no_sense(hall: Hall, date: str, code: str) -> None:
    assert hall.refused(c.ConfirmDay(by=STAFF, date=DAY_2)).code == "day_not_questioned"
    restart(hall, "2026-03-03 08:00:00", clock_shows="1970-01-01 00:00:30")
    assert hall.refused(c.ConfirmDay(by=STAFF, date=date)).code == code


def test_while_nobody_knows_the_time_no_hours_are_enforced(hall: Hall) -> None:
    restart(hall, "2026-03-03 08:00:00", clock_shows="1970-01-01 03:00:30")
    hall.issue()


def test_a_replay_makes_the_same_state_through_all_of_this(hall: Hall) -> None:
    hall.issue()
    restart(hall, "2026-03-03 08:00:00", clock_shows="1970-01-01 00:02:00")
    hall.issue()
    hall.do(c.ConfirmDay(by=STAFF, date=DAY_2))
    hall.wall = wall_of("2026-03-03 08:05:00", hall.rules)
    hall.tick()
    hall.wait(hours=30)
    hall.same_after_replay()
