"""开门检查 as a lead sees it: per window, from a quarter of an hour before the doors open."""

from __future__ import annotations

from kioskd.hall import commands as c
from kioskd.hall.events import AlertRaised, HallChecked
from kioskd.hub.opening import OpeningView, opening_now
from tests.hall.conftest import Hall

STATION = c.By(kind="device", id="pc", role="station", via="station")


def report(hall: Hall, device: str, state: str, window: str | None = None, code: str = "") -> None:
    kind = "caller_display"
    hall.do(
        c.ReportDevice(by=STATION, device=device, device_class=kind, state=state, code=code, window=window)
    )


def shown(hall: Hall) -> OpeningView | None:
    return opening_now(hall.state, hall.now, lambda code: f"<{code}>", lambda device: f"[{device}]")


def morning(at: str) -> Hall:
    hall = Hall(start=f"2026-03-02 {at}").boot()
    report(hall, "sign-1", "offline", "1", "transport.absent")
    report(hall, "pad-1", "offline", "1")
    report(hall, "sign-2", "online", "2")
    report(hall, "printer", "userError", None, "printer.paper_out")
    return hall


def test_the_check_tells_window_by_window_what_to_do() -> None:
    hall = morning("08:00:00")
    assert shown(hall) is None
    hall.wait(minutes=15)
    view = shown(hall)
    assert view is not None
    assert (view.opens, view.missing, view.all) == ("08:30", 3, 4)
    assert [(one.window, [(d.id, d.sentence) for d in one.devices]) for one in view.windows] == [
        (None, [("printer", "<printer.paper_out>")]),
        ("1", [("pad-1", "<offline>"), ("sign-1", "<transport.absent>")]),
    ]


def test_it_is_one_alert_however_many_are_missing() -> None:
    hall = morning("08:00:00")
    events = hall.wait(minutes=20)
    assert sum(isinstance(event, HallChecked) for event in events) == 1
    (alert,) = (event for event in events if isinstance(event, AlertRaised))
    assert (alert.about, alert.params["missing"]) == ("opening_check", 3)


def test_what_comes_up_leaves_the_list_at_once() -> None:
    hall = morning("08:16:00")
    for device, window in (("sign-1", "1"), ("pad-1", "1"), ("printer", None)):
        report(hall, device, "online", window)
    view = shown(hall)
    assert view is not None
    assert (view.missing, view.windows) == (0, ())
    hall.wait(minutes=14)
    assert shown(hall) is None, "the doors are open and nothing is missing"


def test_it_is_over_half_an_hour_after_the_opening() -> None:
    hall = morning("08:45:00")
    assert shown(hall) is not None
    hall.wait(minutes=15)
    assert shown(hall) is None


def test_there_is_none_on_a_day_without_sessions() -> None:
    hall = Hall(start="2026-03-01 08:20:00").boot()
    report(hall, "sign-1", "offline", "1")
    assert shown(hall) is None
