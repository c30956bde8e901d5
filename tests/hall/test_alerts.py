"""Rules 15 and 16: what the lead is told, once, and when it is over."""

from __future__ import annotations

import msgspec

from kioskd.hall import commands as c
from kioskd.hall import events as e
from kioskd.hall.events import Event
from kioskd.hall.rules import Alerts
from tests.hall.conftest import CLOCK, STAFF, Hall, make_calendar, make_policy, make_rules


def raised(events: list[Event]) -> list[str]:
    return [event.alert for event in events if isinstance(event, e.AlertRaised)]


def device(hall: Hall, state: str, **fields: object) -> None:
    fields = {"device": "printer-1", "device_class": "printer", **fields}
    hall.do(c.ReportDevice(by=CLOCK, state=state, **fields))  # type: ignore[arg-type]


def test_an_empty_window_while_citizens_wait(hall: Hall) -> None:
    hall.issue()
    assert raised(hall.wait(minutes=4, seconds=59)) == []
    assert raised(hall.wait(1)) == ["empty_window:1"]
    assert raised(hall.wait(minutes=20)) == []
    hall.call()
    hall.tick()
    assert "empty_window:1" not in hall.state.alerts


def test_an_idle_window_with_nobody_waiting_is_no_alert(hall: Hall) -> None:
    hall.issue("special")
    assert raised(hall.wait(minutes=30)) == []


def test_lunch_is_no_alert(hall: Hall) -> None:
    hall.wait_until("2026-03-02 11:29:00")
    hall.issue()
    hall.wait(minutes=10)
    hall.wait_until("2026-03-02 13:59:59")
    assert hall.state.alerts == {}
    assert set(raised(hall.wait_until("2026-03-02 14:05:00"))) == {"long_wait:general", "empty_window:1"}


def test_a_long_wait_and_the_next_long_wait(hall: Hall) -> None:
    hall.issue()
    hall.wait(minutes=10)
    hall.issue()
    assert "long_wait:general" in raised(hall.wait(minutes=30))
    hall.do(c.CancelTicket(by=STAFF, ticket="A001"))
    hall.wait(0)
    assert "long_wait:general" not in hall.state.alerts
    assert "long_wait:general" in raised(hall.wait(minutes=10))


def test_a_long_wait_for_one_window_alone(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.issue()
    hall.call()
    hall.do(c.TransferTicket(by=STAFF, window="1", to_window="2"))
    hall.do(c.Pause(by=STAFF, window="2"))
    hall.wait(minutes=41)
    assert hall.state.alerts["long_wait:general"].params["number"] == "A001"


def test_a_long_wait_behind_one_who_came_back_into_the_line(hall: Hall) -> None:
    hall.issue()
    hall.issue()
    hall.call()
    hall.wait(minutes=38)
    hall.do(c.Requeue(by=STAFF, window="1"))
    hall.do(c.Pause(by=STAFF, window="1"))
    hall.wait(minutes=2)
    assert hall.state.alerts["long_wait:general"].params["number"] == "A002"


def test_waits_that_stay_near_the_limit_are_one_alert(hall: Hall) -> None:
    for _ in range(10):
        hall.issue()
        hall.wait(minutes=3)
    events = hall.wait(minutes=10)
    for _ in range(9):
        hall.do(c.VoidTicket(by=STAFF, ticket=hall.call().number))  # type: ignore[union-attr]
        events += hall.wait(minutes=3)
    assert raised(events).count("long_wait:general") == 1


def test_a_window_that_stays_empty_while_others_work_is_one_alert(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    events: list[Event] = []
    for _ in range(20):
        hall.issue()
        hall.issue()
        hall.serve("2", minutes=3)
        events += hall.wait(1)
    assert hall.state.alerts["empty_window:1"].raised_at < hall.at - 30 * 60_000


def test_a_long_service(hall: Hall) -> None:
    hall.issue()
    hall.call()
    hall.do(c.StartService(by=STAFF, window="1"))
    assert raised(hall.wait(minutes=29)) == []
    assert raised(hall.wait(minutes=1)) == ["long_service:1"]


def test_many_waiting_in_tiers() -> None:
    policy = make_policy(alerts=Alerts(waiting_tiers=(2, 4), long_wait_min=600))
    hall = Hall(make_rules(policy=policy)).boot()
    seen = []
    for _ in range(6):
        hall.issue()
        seen += [(event.alert, event.tier) for event in hall.tick() if isinstance(event, e.AlertRaised)]
    assert seen == [("waiting", 1), ("waiting", 2)]
    for number in ("A001", "A002", "A003", "A004"):
        hall.do(c.CancelTicket(by=STAFF, ticket=number))
        hall.tick()
    assert hall.state.index.waiting_total == 2
    hall.do(c.CancelTicket(by=STAFF, ticket="A005"))
    hall.tick()
    assert hall.state.alerts == {}


def test_a_pause_over_ten_minutes_expected_or_elapsed(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.do(c.Pause(by=STAFF, window="1"))
    assert raised(hall.wait(minutes=9)) == []
    assert raised(hall.wait(minutes=1)) == ["pause:1"]
    assert hall.state.alerts["pause:1"].params["stand_in"] == "wang"
    hall.do(c.Resume(by=STAFF, window="1"))
    hall.tick()
    assert hall.state.alerts == {}
    hall.do(c.Pause(by=STAFF, window="1", minutes=30, contact="王 12345"))
    assert raised(hall.tick()) == ["pause:1"]


def test_a_pause_that_turns_out_long(hall: Hall) -> None:
    hall.do(c.Pause(by=STAFF, window="1"))
    hall.wait(60)
    hall.do(c.Pause(by=STAFF, window="1", minutes=40, reason="会议"))
    assert raised(hall.tick()) == ["pause:1"]
    pause = hall.state.windows["1"].pause
    assert pause is not None
    assert (pause.reason, pause.minutes) == ("会议", 40)


def test_no_stand_in_without_the_skill(hall: Hall) -> None:
    hall.sign_in("3", "zhao")
    hall.do(c.Pause(by=STAFF, window="3", minutes=30))
    hall.tick()
    assert hall.state.alerts["pause:3"].params["stand_in"] is None


def test_a_printer_out_in_hours(hall: Hall) -> None:
    device(hall, "online", paper="out")
    assert raised(hall.wait(15)) == ["device:printer-1"]
    device(hall, "online", paper="full")
    hall.tick()
    assert hall.state.alerts == {}
    device(hall, "offline", code="line.lost")
    hall.wait(10)
    device(hall, "online")
    assert raised(hall.wait(60)) == [], "a short gap is not worth a walk"


def test_outside_hours_a_device_is_switched_off(hall: Hall) -> None:
    hall.wait_until("2026-03-02 17:30:00")
    device(hall, "noDevice")
    assert raised(hall.wait(hours=2)) == []


def test_the_opening_check_lists_what_has_not_come_up(hall: Hall) -> None:
    hall.wait_until("2026-03-02 18:00:00")
    device(hall, "noDevice")
    device(hall, "powerOff", device="sign-1", device_class="caller_display", window="1")
    device(hall, "online", device="sign-2", device_class="caller_display", window="2")
    hall.wait_until("2026-03-03 08:14:59")
    events = hall.wait(1)
    (check,) = [event for event in events if isinstance(event, e.HallChecked)]
    assert check.missing == {"": ("printer-1",), "1": ("sign-1",)}
    assert raised(events) == ["opening_check"]
    (alert,) = [event for event in events if isinstance(event, e.AlertRaised)]
    assert alert.params == {"missing": 2, "devices": "printer-1 sign-1"}
    assert not any(isinstance(event, e.HallChecked) for event in hall.wait(hours=4))


def test_a_device_taken_out_of_the_settings_is_forgotten(hall: Hall) -> None:
    hall.wait(60)
    device(hall, "offline")
    hall.wait(60)
    device(hall, "")
    hall.tick()
    assert hall.state.devices == {}
    assert hall.state.alerts == {}


def test_next_year_without_a_calendar() -> None:
    rules = make_rules()
    calendar = make_calendar(years=rules.calendar.years[1:2])
    hall = Hall(msgspec.structs.replace(rules, calendar=calendar), start="2026-12-14 08:30:00").boot()
    assert hall.state.alerts == {}
    hall.wait(hours=24)
    assert list(hall.state.alerts) == ["calendar_missing:2027"]
    hall.do(c.ApplySettings(by=STAFF, rules=rules))
    hall.tick()
    assert hall.state.alerts == {}


def test_a_night_off_floods_nobody(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    for _ in range(60):
        hall.issue()
    hall.call()
    hall.do(c.StartService(by=STAFF, window="1"))
    hall.do(c.Pause(by=STAFF, window="2"))
    hall.power_off("2026-03-03 07:00:00")
    hall.do(c.StartHub(by=CLOCK, boot="next"))
    assert raised(hall.tick()) == []
    assert hall.state.alerts == {}


def test_two_hours_off_raise_each_alert_at_most_once(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    for _ in range(60):
        hall.issue()
    hall.call()
    hall.do(c.StartService(by=STAFF, window="1"))
    hall.do(c.Pause(by=STAFF, window="2"))
    hall.power_off("2026-03-02 10:30:00")
    hall.do(c.StartHub(by=CLOCK, boot="next"))
    seen = raised(hall.tick()) + raised(hall.wait(minutes=5))
    assert sorted(seen) == ["long_service:1", "long_wait:general", "pause:2", "waiting"]


def test_seen_by_the_lead(hall: Hall) -> None:
    hall.do(c.Pause(by=STAFF, window="1", minutes=30))
    hall.tick()
    hall.do(c.AcknowledgeAlert(by=STAFF, alert="pause:1"))
    assert hall.state.alerts["pause:1"].acknowledged
    assert hall.do(c.AcknowledgeAlert(by=STAFF, alert="pause:1")) == ()
    assert hall.refused(c.AcknowledgeAlert(by=STAFF, alert="none")).code == "unknown_alert"


def test_quiet_ends_by_itself(hall: Hall) -> None:
    hall.do(c.SetQuiet(by=STAFF, minutes=15))
    hall.wait(minutes=14)
    assert hall.state.quiet_until is not None
    (ended,) = hall.wait(minutes=1)
    assert isinstance(ended, e.QuietSet)
    assert hall.state.quiet_until is None


def test_quiet_for_a_while_only(hall: Hall) -> None:
    for minutes in (-1, 1, 45, 61, 24 * 60):
        assert hall.refused(c.SetQuiet(by=STAFF, minutes=minutes)).code == "bad_value"
    for minutes in (15, 30, 60):
        assert hall.do(c.SetQuiet(by=STAFF, minutes=minutes))
    hall.do(c.SetQuiet(by=STAFF, minutes=0))
    assert hall.state.quiet_until is None


def test_the_notice(hall: Hall) -> None:
    hall.do(c.SetNotice(by=STAFF, zh="今日系统升级", en="Upgrade today"))
    assert hall.state.notice is not None
    assert hall.do(c.SetNotice(by=STAFF, zh="今日系统升级", en="Upgrade today")) == ()
    hall.do(c.SetNotice(by=STAFF))
    assert hall.state.notice is None


def test_the_lead_is_called_once_for_one_thing_and_the_call_ends_when_seen(hall: Hall) -> None:
    wish = c.CallLead(by=STAFF, place="咨询台", person="王晓芳", note="老人不舒服")
    [raised] = hall.do(wish)
    assert (raised.about, raised.subject) == ("help", "咨询台")
    assert hall.do(wish) == ()
    [other] = hall.do(c.CallLead(by=STAFF, place="取号区", person="王晓芳"))
    assert other.alert == raised.alert
    hall.do(c.AcknowledgeAlert(by=STAFF, alert=raised.alert))
    assert hall.do(wish) != ()
