"""Rolls of paper, and devices that go together."""

from __future__ import annotations

import pytest

from kioskd.hall import commands as c
from kioskd.hall import events as e
from kioskd.hall.events import Event
from tests.hall.conftest import CLOCK, STAFF, Hall

LOW = {"paper": "low", "code": "printer.paper_low"}


def report(hall: Hall, state: str = "online", device: str = "printer-1", **fields: object) -> list[Event]:
    fields = {"device_class": "printer", **fields}
    return list(hall.do(c.ReportDevice(by=CLOCK, device=device, state=state, **fields)))  # type: ignore[arg-type]


def rolls(events: list[Event]) -> list[bool]:
    """Whether the sensors told, of each new roll."""
    return [event.sensed for event in events if isinstance(event, e.RollChanged)]


def change(hall: Hall) -> list[Event]:
    return list(hall.do(c.ChangeRoll(by=STAFF, device="printer-1")))


def alerts(hall: Hall) -> set[str]:
    return set(hall.state.alerts) - {"opening_check"}


def printed(hall: Hall, outcome: str = "done") -> None:
    job = hall.state.rolls["printer-1"].job
    hall.do(c.ReportJob(by=CLOCK, job=job, outcome=outcome))


def judge(hall: Hall, clear: bool) -> None:
    hall.do(c.JudgeRoll(by=STAFF, device="printer-1", clear=clear))


def test_low_paper_is_told_once_a_roll_however_the_sensor_flutters(hall: Hall) -> None:
    report(hall, paper="full")
    report(hall, **LOW, slips=87)
    hall.wait(1)
    alert = hall.state.alerts["paper_low:printer-1"]
    assert alert.params == {"slips": 87}
    for _ in range(5):
        assert not rolls(report(hall, paper="full")), "a fluttering sensor is no new roll"
        hall.wait(30)
        report(hall, **LOW)
        hall.wait(30)
    assert hall.state.alerts["paper_low:printer-1"].raised_at == alert.raised_at
    change(hall)
    hall.tick()
    assert "paper_low:printer-1" not in hall.state.alerts
    hall.same_after_replay()


@pytest.mark.parametrize(
    "between",
    [
        [{"paper": "out", "state": "userError", "code": "printer.paper_out"}],
        [{"paper": "out", "state": "userError"}, {"state": "offline", "code": "line.lost"}],
        [LOW, {"paper": "low", "state": "userError", "code": "printer.cover_open"}],
        [LOW, {"state": "powerOff", "code": "printer.silent", "paper": "unknown"}],
    ],
)
def test_the_sensors_tell_of_a_new_roll(hall: Hall, between: list[dict[str, str]]) -> None:
    report(hall, paper="full")
    for fields in between:
        assert not rolls(report(hall, **fields))
    assert rolls(report(hall, paper="full")) == [True]
    assert not change(hall), "pressed as well, it is the same roll"
    hall.wait(minutes=6)
    assert rolls(change(hall)) == [False]


def test_the_cover_opened_for_something_else_is_no_new_roll(hall: Hall) -> None:
    report(hall, paper="full")
    report(hall, "userError", code="printer.cover_open", paper="full")
    assert not rolls(report(hall, paper="full"))
    report(hall, **LOW)
    report(hall, "userError", code="printer.cover_open", paper="low")
    report(hall, **LOW)
    assert not rolls(report(hall, paper="full")), "closed again with the same roll"


def test_whoever_changed_the_paper_is_asked_about_the_print(hall: Hall) -> None:
    report(hall, paper="full")
    change(hall)
    roll = hall.state.rolls["printer-1"]
    assert hall.refused(c.JudgeRoll(by=STAFF, device="printer-1", clear=True)).code == "no_test_slip"
    printed(hall)
    assert roll.asked
    hall.wait(minutes=4)
    assert "look_at_slip:printer-1" not in hall.state.alerts
    hall.wait(minutes=1)
    assert "look_at_slip:printer-1" in hall.state.alerts
    judge(hall, clear=False)
    hall.tick()
    assert "look_at_slip:printer-1" not in hall.state.alerts
    assert "unreadable:printer-1" in hall.state.alerts
    judge(hall, clear=True)
    hall.tick()
    assert not hall.state.alerts
    hall.same_after_replay()


def test_a_slip_that_was_not_printed_is_not_asked_about(hall: Hall) -> None:
    report(hall, paper="full")
    change(hall)
    printed(hall, "failed")
    assert not hall.state.rolls["printer-1"].asked
    hall.wait(minutes=10)
    assert not hall.state.alerts


def test_a_late_outcome_of_an_earlier_roll_changes_nothing(hall: Hall) -> None:
    report(hall, paper="full")
    change(hall)
    first = hall.state.rolls["printer-1"].job
    hall.wait(minutes=10)
    change(hall)
    hall.do(c.ReportJob(by=CLOCK, job=first, outcome="done"))
    assert not hall.state.rolls["printer-1"].asked


def test_what_is_no_new_roll(hall: Hall) -> None:
    report(hall, device="sign-1", device_class="caller_display")
    report(hall, "userError", paper="out", code="printer.paper_out")
    for device, code in (("x", "unknown_device"), ("sign-1", "not_a_printer"), ("printer-1", "no_paper_in")):
        assert hall.refused(c.ChangeRoll(by=STAFF, device=device)).code == code


def test_devices_behind_one_hub_are_one_alert(hall: Hall) -> None:
    gone = {"state": "offline", "code": "line.absent", "behind": "usb:hall-pc/1-1"}
    for number in (10, 2):
        report(hall, device=f"keypad-{number}", device_class="call_pad", window=str(number))
        report(hall, device=f"keypad-{number}", device_class="call_pad", window=str(number), **gone)
    report(hall, "offline", device="sign-1", device_class="caller_display", code="sign.silent", window="1")
    events = hall.wait(20)
    assert [event.alert for event in events if isinstance(event, e.AlertRaised)] == [
        "shared:usb:hall-pc/1-1",
        "device:sign-1",
    ]
    alert = hall.state.alerts["shared:usb:hall-pc/1-1"]
    assert alert.about == "shared_usb"
    assert alert.params == {"devices": "keypad-10 keypad-2", "count": 2, "windows": "2 10"}
    report(hall, device="keypad-2", device_class="call_pad", window="2")
    hall.wait(20)
    assert alerts(hall) == {"device:keypad-10", "device:sign-1"}, "the other is a fault of its own"
    report(hall, device="keypad-10", device_class="call_pad", window="10")
    hall.wait(1)
    assert alerts(hall) == {"device:sign-1"}
    hall.same_after_replay()
