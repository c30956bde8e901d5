from __future__ import annotations

from pathlib import Path

import apsw
import msgspec
import pytest

from drivers.printer.api import Slip
from drivers.registry import DeviceClass
from drivers.status import DeviceState, DeviceStatus, ErrorAction
from kioskd.access.pin import set_pin
from kioskd.access.roles import Role
from kioskd.hall.commands import ReportJob, Tick
from kioskd.hub.desk import SYSTEM
from kioskd.station import messages
from tests.journal.disk import Disk, FailAt, nothing
from tests.web.conftest import Hall, Time, eventually, running
from tests.web.rules import open_hall


async def test_the_public_state(hall: Hall) -> None:
    await hall.login()
    await hall.ticket()
    await hall.ticket()
    await hall.post("windows/1/call-next", {}, Role.TELLER)
    answer = await hall.get("hall")
    view = answer.json
    assert (view["hall"], view["name"]["zh"], view["ready"], view["open"]) == ("test", "测试大厅", True, True)
    assert view["waiting"] == 1
    assert [queue["id"] for queue in view["queues"]] == ["general", "company", "special"]
    general = view["queues"][0]
    assert (general["open"], general["waiting"]) == (True, 1)
    assert general["wait"]["low"] <= general["wait"]["high"]
    assert view["windows"][0] == {"id": "1", "zone": "a", "state": "called", "number": "A001"}
    assert view["calls"][0]["number"] == "A001"
    assert len(answer.raw) < 4000
    for secret in ("t_", "c_", '"li"', "order."):
        assert secret.encode() not in answer.raw, secret


async def test_everybody_sees_the_same_hall(hall: Hall) -> None:
    await hall.ticket()
    assert (await hall.get("hall", Role.ADMIN)).json == (await hall.get("hall")).json


async def test_a_queue_says_why_it_gives_nothing(hall: Hall) -> None:
    assert (await hall.post("queues/general/open", {"open": False}, Role.LEAD)).status == 204
    queue = (await hall.get("queues")).json[0]
    assert (queue["open"], queue["refusal"]) == (False, "queue_closed")
    assert (await hall.post("tickets", {"queue": "general"}, Role.KIOSK)).code == "queue_closed"
    await hall.post("queues/general/open", {"open": True}, Role.LEAD)
    assert (await hall.get("queues")).json[0]["open"]
    assert (await hall.post("queues/nope/open", {"open": True}, Role.LEAD)).code == "unknown_queue"


async def test_a_closed_hall_says_when_numbers_are_given_again(tmp_path: Path, time: Time) -> None:
    calendar = open_hall().calendar
    session = msgspec.structs.replace(
        calendar.sessions[0],
        tickets_from="13:00",
        tickets_until="17:00",
        serve_from="13:00",
        serve_until="17:00",
    )
    rules = open_hall(calendar=msgspec.structs.replace(calendar, sessions=(session,)))
    async with running(tmp_path, time, rules=rules) as hall:
        refused = await hall.post("tickets", {"queue": "general"}, Role.KIOSK)
        assert refused.code == "closed"
        assert refused.json["detail"] == "现在不是取号时间。下次取号时间：2026-03-09 13:00。"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("养老", ["pension"]),
        ("yl", ["pension", "medical"]),
        ("YLFBX", ["medical"]),
        ("医疗 报销", ["medical"]),
        ("register", ["register"]),
        ("yanglao", ["pension"]),
        ("ylbx", ["medical"]),
        ("医费", ["medical"]),
        ("bxyl", []),
        ("baoxiao", ["medical"]),
        ("baox", ["medical"]),
        ("daiyu shenl", ["pension"]),
        ("没有", []),
        ("", ["pension", "medical", "register"]),
    ],
)
async def test_services_are_found(hall: Hall, search: str, found: list[str]) -> None:
    answer = await hall.get(f"services?search={search}")
    assert [service["code"] for service in answer.json] == found


async def test_services_by_queue_and_one_by_one(hall: Hall) -> None:
    answer = await hall.get("services?queue=general&limit=1")
    assert [service["code"] for service in answer.json] == ["pension"]
    assert (await hall.get("services/medical")).json["name"]["en"] == "Medical"
    assert (await hall.get("services/nope")).code == "not_found"


async def test_a_service_says_where_it_is_served(hall: Hall) -> None:
    assert (await hall.get("services/pension")).json["windows"] == ["1", "2", "3"]
    (brief,) = (await hall.get("services?search=dwdj&brief=true")).json
    assert set(brief) == {"code", "name", "queue", "initials"}


async def test_notice_and_quiet(hall: Hall) -> None:
    await hall.post("notice", {"zh": "今日系统升级", "en": "Upgrade today"}, Role.LEAD)
    assert (await hall.post("quiet", {"minutes": 20}, Role.GUIDE)).code == "body_invalid"
    await hall.post("quiet", {"minutes": 15}, Role.GUIDE)
    view = (await hall.get("hall")).json
    assert view["notice"] == {"zh": "今日系统升级", "en": "Upgrade today"}
    assert view["quiet"] is True
    await hall.post("notice", {}, Role.LEAD)
    await hall.post("quiet", {"minutes": 0}, Role.GUIDE)
    view = (await hall.get("hall")).json
    assert view.get("notice") in (None, {"zh": "", "en": ""})
    assert not view.get("quiet")


async def test_alerts_and_who_may_know_them(hall: Hall, time: Time) -> None:
    await hall.login()
    issued = await hall.ticket()
    await hall.post("windows/1/call-next", {}, Role.TELLER)
    await hall.post("windows/1/finish", {"rate": True}, Role.TELLER)
    await hall.post(f"tickets/{issued['id']}/rating", {"level": 1}, Role.KIOSK)
    time.ms += 30_000
    for _ in range(3):
        await hall.desk.submit(Tick(by=SYSTEM))
    alerts = (await hall.get("alerts", Role.LEAD)).json
    bad = next(alert for alert in alerts if alert["about"] == "bad_rating")
    assert bad["sentence"] == "1 号窗口 A001 得到差评（非常不满意）。"
    assert not any(alert["about"] == "bad_rating" for alert in (await hall.get("alerts", Role.GUIDE)).json)
    assert (await hall.post(f"alerts/{bad['id']}/acknowledge", {}, Role.LEAD)).status == 204
    assert (await hall.post("alerts/nope/acknowledge", {}, Role.LEAD)).code == "unknown_alert"


async def test_a_window_in_its_hours_with_nobody_there(hall: Hall) -> None:
    assert (await hall.get("windows/1")).json["state"] == "unstaffed"
    await hall.login()
    assert (await hall.get("windows/1")).json["state"] == "open"
    await hall.post("day/close", {}, Role.LEAD)
    assert (await hall.get("windows/1")).json["state"] == "closed"


async def test_the_day_is_closed(hall: Hall) -> None:
    assert (await hall.post("day/confirm", {"date": "2026-03-09"}, Role.LEAD)).code == "day_not_questioned"
    await hall.ticket()
    await hall.ticket(queue="company", headcount=3)
    refused = await hall.post("day/close", {}, Role.LEAD, **{"Accept-Language": "en"})
    assert (refused.status, refused.code) == (409, "still_waiting")
    assert refused.json["params"] == {"count": 2, "by_queue": {"general": 1, "company": 1}}
    assert "General 1, Companies 1" in refused.json["detail"]
    assert (await hall.post("day/close", {"void": 1}, Role.LEAD)).code == "still_waiting"
    assert (await hall.post("day/close", {"void": 2}, Role.LEAD)).status == 204
    assert (await hall.post("tickets", {"queue": "general"}, Role.KIOSK)).code == "day_closed"


async def test_figures_of_the_day(hall: Hall) -> None:
    await hall.login()
    for _ in range(3):
        await hall.ticket()
    await hall.ticket(test=True)
    for _ in range(2):
        await hall.post("windows/1/call-next", {}, Role.TELLER)
        await hall.post("windows/1/finish", {"items": 2}, Role.TELLER)
    figures = (await hall.get("figures/day", Role.LEAD)).json
    assert figures["date"] == (await hall.get("hall")).json["date"]
    assert (figures["total"]["tickets"], figures["total"]["served"], figures["total"]["items"]) == (3, 2, 4)
    assert figures["tellers"]["li"]["served"] == 2
    await hall.post("windows/1/call-next", {}, Role.TELLER)
    await hall.post("windows/1/finish", {}, Role.TELLER)
    again = (await hall.get(f"figures/day?date={figures['date']}", Role.AUDITOR)).json
    assert again["total"]["served"] == 3, "counting goes on from where it was"
    assert (await hall.get("figures/day?date=2020-01-01", Role.LEAD)).code == "no_figures"


async def test_metrics(hall: Hall) -> None:
    await hall.ticket()
    answer = await hall.get("/metrics")
    text = answer.raw.decode()
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'kioskd_http_requests_total{route="issueTicket",status="201"} 1.0' in text
    assert 'kioskd_tickets_waiting{queue="general"} 1.0' in text
    assert "kioskd_ready 1.0" in text


async def test_health(hall: Hall) -> None:
    assert (await hall.get("/healthz")).json == {"status": "ok"}
    assert (await hall.get("/readyz")).status == 200


async def test_a_full_disk_is_said_and_passes(tmp_path: Path, time: Time) -> None:
    disk = Disk()
    async with running(tmp_path, time, disk=disk.name) as hall:
        await hall.ticket()
        disk.hook = FailAt(apsw.FullError, {"write"}, 1, lasting=True)
        failed = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
        assert failed.status == 503
        assert failed.code in ("not_saved", "outcome_unknown")
        assert failed.headers["Retry-After"] == "1"
        refused = await hall.post("tickets", {"queue": "general"}, Role.KIOSK)
        assert (refused.status, refused.code) == (503, "not_saved")
        assert (await hall.get("/readyz")).status == 503
        assert (await hall.get("/healthz")).status == 200
        disk.hook = nothing
        await eventually(lambda: hall.desk.ready)
        again = await hall.post("tickets", {"queue": "general"}, Role.KIOSK, key="k")
        assert (again.status, again.json["number"]) == (201, "A002")


class Station:
    """A station as the hub sees one."""

    def __init__(self, hall: Hall, *, near: bool = False) -> None:
        self.received: list[messages.ToStation] = []
        self.result = ("", "")
        info = messages.DeviceInfo(id="printer-1", device_class=DeviceClass.PRINTER, driver="printer.escpos")
        hello = messages.Hello(
            protocol=messages.PROTOCOL,
            station="station-1",
            incarnation="i",
            boot="b",
            version="0",
            date="2026-03-09",
            devices=(info,),
        )
        self.session = hall.site.stations.attach(hello, self.deliver, near=near)

    def deliver(self, message: messages.ToStation) -> None:
        self.received.append(message)
        if isinstance(message, messages.Test):
            code, detail = self.result
            self.session.receive(messages.TestReport(test=message.test, code=code, detail=detail))


@pytest.mark.parametrize("near", [True, False])
async def test_a_slip_that_is_not_saved_is_no_other_pcs_business(hall: Hall, near: bool) -> None:
    station = Station(hall, near=near)
    slip = messages.PrintJob(job="1.5.1", device="printer-1", slip=Slip(()), expires_ms=45_000)
    orders = (messages.ComingJob(order=slip), messages.WithdrawJob(job="1.5.1"), slip)
    for order in orders:
        hall.site.stations.order("printer-1", order)
    assert [m for m in station.received if m in orders] == list(orders if near else orders[2:])


async def test_devices_and_their_tests(hall: Hall) -> None:
    station = Station(hall)
    out = DeviceStatus(state=DeviceState.USER_ERROR, code="printer.paper_out", action=ErrorAction.MAINTENANCE)
    station.session.receive(messages.DeviceReport(device="printer-1", status=out))
    device = (await hall.get("devices", Role.TECHNICIAN)).json[0]
    assert device["since"] == "2026-03-09T08:00:00+08:00", "the hall's own time"
    assert (device["id"], device["status"]["code"]) == ("printer-1", "printer.paper_out")
    assert device["sentence"] == "缺纸，请换纸。"
    asked = await hall.post("devices/printer-1/test", {}, Role.TECHNICIAN)
    assert (asked.status, asked.code) == (409, "test_needs_confirmation")
    passed = await hall.post("devices/printer-1/test", {"confirm": True}, Role.TECHNICIAN)
    assert passed.json == {"passed": True}
    station.result = ("printer.something_new", "raw words")
    failed = await hall.post("devices/printer-1/test", {"confirm": True}, Role.TECHNICIAN)
    assert failed.json == {
        "passed": False,
        "code": "printer.something_new",
        "sentence": "打印机异常，请查看设备详情。",
        "detail": "原话：raw words",
    }
    assert (await hall.post("devices/nope/test", {}, Role.TECHNICIAN)).code == "unknown_device"


async def test_a_doubtful_slip_is_settled_by_a_person(hall: Hall) -> None:
    await hall.ticket()
    assert (await hall.post("jobs/9.9.9/settle", {"printed": True}, Role.GUIDE)).code == "unknown_job"
    events = hall.journal.read(hall.journal.durable.from_number(0), 500)
    (issued,) = (event for event in events if event.kind == "ticket.issued")
    job = f"{issued.position}.1"
    await hall.desk.submit(ReportJob(by=SYSTEM, job=job, outcome="unknown", code="printer.unconfirmed"))
    assert (await hall.get("tickets/A001", Role.GUIDE)).json["print"] == {"state": "unknown"}
    assert (await hall.post(f"jobs/{job}/settle", {"printed": True}, Role.GUIDE)).status == 204
    assert (await hall.get("tickets/A001", Role.GUIDE)).json["print"] == {"state": "done"}
    assert (await hall.post(f"jobs/{job}/settle", {"printed": True}, Role.GUIDE)).code == "job_not_in_doubt"


async def test_where_the_hall_has_a_pin_the_date_needs_it(hall: Hall) -> None:
    set_pin(hall.site.journal.folder, "482915")
    for body, code in (
        ({}, "pin_wrong"),
        ({"pin": "000001"}, "pin_wrong"),
        ({"pin": "482915"}, "day_not_questioned"),
    ):
        answer = await hall.post("day/confirm", {"date": "2026-03-09", **body}, Role.LEAD)
        assert answer.code == code
