"""What a technician sees of hub, PCs, journal and log, and what may leave the hall in a bundle."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import structlog

from drivers.errors import ConfigurationError
from drivers.facts import fact
from drivers.registry import DeviceClass
from drivers.status import DeviceState, DeviceStatus, ErrorAction
from drivers.transport.address import parse_address
from kioskd.access.roles import Role
from kioskd.diagnose import bundle, check_journal, device_state
from kioskd.hall.codec import decode
from kioskd.hall.commands import By, ReportJob
from kioskd.hall.events import AuditNoted
from kioskd.hall.rules import RosterEntry, Teller
from kioskd.journal.records import BEFORE_ALL
from kioskd.logs import LogBook, LogLine
from kioskd.settings import load
from kioskd.settings.shown import shown
from kioskd.station import messages
from kioskd.station.messages import (
    PROTOCOL,
    AskView,
    DeviceInfo,
    DeviceReport,
    Hello,
    ToStation,
    ViewReport,
)
from kioskd.station.views import DeviceView, FrameView, LinkView, StationView
from kioskd.sync.courier import Standing
from tests.web.conftest import Hall

GONE = DeviceStatus(
    state=DeviceState.OFFLINE, code="line.lost", action=ErrorAction.CLEAR, detail="words of 张三丰"
)

SILENT = DeviceStatus(
    state=DeviceState.OFFLINE, code="printer.silent", facts=(fact("printer.no_status", times=3),)
)


class FarStation:
    """A PC with a printer and a sign that is gone."""

    def __init__(self, hall: Hall, answers: bool = True, printer: DeviceStatus = SILENT) -> None:
        self.answers = answers
        self.printer = printer
        self.asked: list[AskView] = []
        self.session: Any = None
        devices = (
            DeviceInfo(id="sign-1", device_class=DeviceClass.CALLER_DISPLAY, window="1"),
            DeviceInfo(id="printer-1", device_class=DeviceClass.PRINTER),
        )
        hello = Hello(
            protocol=PROTOCOL,
            station="pc-3",
            incarnation="i",
            boot="b",
            version="0.9",
            date="2026-03-09",
            devices=devices,
        )
        self.session = hall.site.stations.attach(hello, self.deliver)
        self.session.receive(DeviceReport(device="sign-1", status=GONE))

    def deliver(self, message: ToStation) -> None:
        if isinstance(message, AskView):
            self.asked.append(message)
            if self.answers:
                self.session.receive(
                    ViewReport(request=message.request, view=view(message.device, printer=self.printer))
                )


def view(device: str, station: str = "pc-3", printer: DeviceStatus = SILENT) -> StationView:
    frame = FrameView(at=1.0, direction=">", data="41 30", length=2, meaning="A0")
    sign = DeviceView(
        id="sign-1",
        driver="caller_display.a090",
        address="serial:///dev/ttyUSB0",
        unit=3,
        window="1",
        zone=None,
        status=GONE,
        since=0.0,
        traffic=(frame,) if device == "sign-1" else (),
        sent=4,
        downs=2,
    )
    paper = DeviceView(
        id="printer-1",
        driver="printer.escpos",
        address="usb://04b8:0e15",
        unit=0,
        window=None,
        zone=None,
        status=printer,
        since=0.0,
    )
    return StationView(
        station=station,
        link=LinkView(connected=True, since=0.0),
        devices=(sign, paper),
        jobs=1,
        inputs=2,
        stalled=(),
    )


async def test_how_the_hub_stands(hall: Hall) -> None:
    station = FarStation(hall)
    seen = (await hall.get("diagnostics", Role.TECHNICIAN)).json
    assert seen["ready"]
    assert seen["journal"]["position"] == str(hall.journal.durable)
    assert 0 < seen["journal"]["free_bytes"] <= seen["journal"]["disk_bytes"]
    assert "central" not in seen
    (pc,) = seen["stations"]
    assert (pc["id"], pc["connected"], pc["version"]) == ("pc-3", True, "0.9")
    await hall.journal.checkpoint("test")
    station.session.detach()
    seen = (await hall.get("diagnostics", Role.LEAD)).json
    assert not seen["stations"][0]["connected"]
    assert seen["journal"]["checkpoint"] >= 1
    assert seen["journal"]["checkpoint_age_s"] >= 0


class Away:
    """An uplink whose central server is away."""

    standing = Standing.GOING
    code = "line.lost"

    async def behind(self) -> int | None:
        return 12


async def test_how_the_way_to_the_central_server_stands(hall: Hall) -> None:
    hall.site.uplink = cast("Any", Away())
    seen = (await hall.get("diagnostics", Role.TECHNICIAN)).json
    assert seen["central"] == {"standing": "going", "code": "line.lost", "behind": 12}


async def test_a_pc_is_asked_how_it_stands(hall: Hall) -> None:
    station = FarStation(hall)
    answer = await hall.get("diagnostics/stations/pc-3?device=sign-1", Role.TECHNICIAN)
    assert answer.status == 200, answer.raw
    sign, printer = answer.json["devices"]
    assert sign["detail"] == "原话：words of 张三丰", "an older station has words and no facts"
    assert printer["detail"] == "连问 3 次状态都没有应答"
    assert sign["traffic"] == [{"at": 1.0, "direction": ">", "data": "41 30", "length": 2, "meaning": "A0"}]
    assert (sign["address"], sign["sent"], sign["downs"]) == ("serial:///dev/ttyUSB0", 4, 2)
    assert (answer.json["jobs"], answer.json["inputs"]) == (1, 2)
    assert station.asked[0].device == "sign-1"
    nobody = await hall.get("diagnostics/stations/pc-9", Role.TECHNICIAN)
    assert (nobody.status, nobody.code) == (404, "unknown_station")
    station.session.detach()
    away = await hall.get("diagnostics/stations/pc-3", Role.TECHNICIAN)
    assert (away.status, away.code) == (409, "station_away")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-CN", "缺少端口，要写成 tcp://10.0.0.5:9100 这样"),
        ("en", "the port is missing; write it like tcp://10.0.0.5:9100"),
    ],
)
async def test_an_address_that_cannot_be_read_is_told_in_the_readers_language(
    hall: Hall, language: str, said: str
) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        parse_address("tcp://10.0.0.7")
    status = DeviceStatus(state=DeviceState.OFFLINE, code=wrong.value.code, facts=wrong.value.facts)
    FarStation(hall, printer=status)
    answer = await hall.get("diagnostics/stations/pc-3", Role.TECHNICIAN, **{"Accept-Language": language})
    assert answer.json["devices"][1]["detail"] == said


async def test_a_pc_speaks_for_itself_only(hall: Hall, monkeypatch: Any) -> None:
    monkeypatch.setattr("kioskd.hub.asking.VIEW_TIMEOUT_S", 0.05)
    station = FarStation(hall, answers=False)
    deliver = station.session.deliver

    def lie(message: ToStation) -> None:
        deliver(message)
        if isinstance(message, AskView):
            station.session.receive(ViewReport(request=message.request, view=view("", station="pc-4")))

    station.session.deliver = lie
    silent = await hall.get("diagnostics/stations/pc-3", Role.TECHNICIAN)
    assert (silent.status, silent.code) == (409, "station_away")


async def test_a_slip_in_doubt_is_settled(hall: Hall) -> None:
    ticket = await hall.ticket()
    _, job = await hall.desk.read(lambda state: state.tickets[ticket["id"]].prints[1].job)
    by = By(kind="device", id="printer-1", role="station", via="station")
    await hall.desk.submit(ReportJob(by=by, job=job, outcome="unknown", code="printer.unconfirmed"))
    (doubt,) = (await hall.get("diagnostics", Role.TECHNICIAN)).json["prints"]
    assert (doubt["number"], doubt["state"], doubt["ticket"]) == (ticket["number"], "unknown", ticket["id"])
    assert "确认" in doubt["sentence"]
    settled = await hall.post(f"jobs/{doubt['job']}/settle", {"printed": False}, Role.TECHNICIAN)
    assert settled.status == 204
    (doubt,) = (await hall.get("diagnostics", Role.TECHNICIAN)).json["prints"]
    assert doubt["state"] == "failed"
    again = await hall.post(f"tickets/{ticket['id']}/reprint", {}, Role.TECHNICIAN)
    assert again.status < 400, again.raw
    assert (await hall.get("diagnostics", Role.TECHNICIAN)).json["prints"] == []


async def test_the_past_of_a_device(hall: Hall) -> None:
    station = FarStation(hall)
    station.session.receive(
        DeviceReport(device="sign-1", status=DeviceStatus(state=DeviceState.ONLINE), behind="usb-hub")
    )
    station.session.receive(DeviceReport(device="printer-1", status=DeviceStatus(state=DeviceState.ONLINE)))
    rolled = await hall.post("devices/printer-1/new-roll", {}, Role.TECHNICIAN)
    assert rolled.status == 204, rolled.raw
    entries = (await hall.get("devices/sign-1/history", Role.TECHNICIAN)).json
    assert [(one["kind"], one["state"]) for one in entries] == [("changed", "online"), ("changed", "offline")]
    assert (entries[1]["code"], entries[1]["sentence"] != "") == ("line.lost", True)
    printer = (await hall.get("devices/printer-1/history?days=1", Role.LEAD)).json
    assert [one["kind"] for one in printer] == ["roll", "changed"]
    assert (await hall.get("devices/nope/history", Role.TECHNICIAN)).code == "unknown_device"
    assert (await hall.get("devices/sign-1/history?days=400", Role.TECHNICIAN)).status == 400


async def test_how_far_a_test_goes(hall: Hall) -> None:
    station = FarStation(hall)
    levels = []
    deliver = station.session.deliver

    def answer(message: ToStation) -> None:
        deliver(message)
        if isinstance(message, messages.Test):
            levels.append(message.level.value)
            station.session.receive(messages.TestReport(test=message.test))

    station.session.deliver = answer
    for level, status in (("internal", 200), ("external", 409), ("interactive", 409), ("end", 200)):
        answered = await hall.post("devices/sign-1/test", {"level": level}, Role.TECHNICIAN)
        assert answered.status == status, level
    sure = await hall.post("devices/sign-1/test", {"level": "interactive", "confirm": True}, Role.TECHNICIAN)
    assert sure.json["passed"]
    assert levels == ["internal", "end", "interactive"]
    assert (await hall.post("devices/sign-1/test", {"level": "loud"}, Role.TECHNICIAN)).status == 400


async def test_the_log_is_filtered(hall: Hall) -> None:
    book = LogBook()
    hall.site.logs = book
    book(None, "warning", {"event": "device.down", "level": "warning", "device": "sign-1"})
    book(None, "info", {"event": "hub_ready", "level": "info", "hall": "test"})
    every = (await hall.get("logs", Role.TECHNICIAN)).json
    assert [line["event"] for line in every] == ["device.down", "hub_ready"]
    assert [line["event"] for line in (await hall.get("logs?level=warning", Role.ADMIN)).json] == [
        "device.down"
    ]
    assert [line["event"] for line in (await hall.get("logs?text=HALL%3Dte", Role.ADMIN)).json] == [
        "hub_ready"
    ]
    assert (await hall.get("logs?level=loud", Role.ADMIN)).status == 400


LONG = "11010519491231002X 13800138000"


def test_the_log_book_keeps_the_last_lines_without_long_numbers() -> None:
    book = LogBook(3)
    for n in range(5):
        event: dict[str, Any] = {
            "event": f"e{n}",
            "level": "info",
            "detail": "11010519491231002X 13800138000",
        }
        assert book(None, "info", dict(event)) == event
    lines = book.lines()
    assert [line.event for line in lines] == ["e2", "e3", "e4"]
    assert lines[0].fields["detail"] == "… …"


def test_a_trace_is_kept_without_its_words() -> None:
    book = LogBook()
    with structlog.testing.capture_logs():
        try:
            raise ValueError("张三丰 zhang san")
        except ValueError as error:
            event = {"event": "failed", "level": "error", "exc_info": error}
            book(None, "error", structlog.processors.format_exc_info(None, "error", event))
    (line,) = book.lines()
    assert line.fields["exception"].startswith("ValueError < test_diagnostics.py:")
    assert "张" not in line.fields["exception"]
    assert "zhang" not in line.fields["exception"]


SAMPLE = Path(__file__).parents[2] / "config" / "sample" / "hall.toml"
PLANTED = (
    "张三丰",
    "赵敏",
    "13800138000",
    "top-secret",
    "user:pass",
    "c_Code123",
    "note!",
)


def test_nothing_planted_gets_into_a_bundle() -> None:
    settings = load(SAMPLE)
    rules = msgspec.structs.replace(
        settings.rules,
        tellers=(Teller(id="t1", name="张三丰", staff_no="13800138000", skills=()),),
        roster=(RosterEntry(window="1", teller="t1"),),
        notice=msgspec.structs.replace(settings.rules.name, zh="赵敏", en="note!"),
    )
    device = msgspec.structs.replace(
        settings.station.devices[0],
        address="tcp://user:pass@10.0.0.5:9100/赵敏?token=top-secret",
        options={
            "baud": 9600,
            "password": "top-secret",
            "phone": 13800138000,
            "mode": "赵敏",
            "text": "note!",
        },
    )
    station = msgspec.structs.replace(settings.station, devices=(device,))
    planted = msgspec.structs.replace(settings, rules=rules, station=station)
    lines = [
        LogLine(1, "info", "赵敏", {"person": "张三丰"}),
        LogLine(2, "error", "device.down", {"device": "sign-1", "detail": "note!", "code": "张三丰"}),
        LogLine(
            3, "info", "x", {"url": "https://user:pass@x/", "ticket": "c_Code123", "reason": "top-secret"}
        ),
    ]
    states = [
        device_state(
            id="sign-1",
            device_class="caller_display",
            driver="caller_display.a090",
            station="pc-3",
            window="1",
            status=GONE,
            since=0,
        )
    ]
    data = bundle(settings=shown(planted), devices=states, hub={"ready": True}, lines=lines, journal=None)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    whole = "\n".join(files.values())
    assert [word for word in PLANTED if word in whole] == []
    assert "line.lost" in files["devices.json"]
    assert '"device":"sign-1"' in files["log.jsonl"]
    assert "tcp://10.0.0.5:9100" in files["settings.json"]
    assert "9600" in files["settings.json"]
    assert "journal.json  没有取到" in files["README.txt"]


async def test_the_bundle_of_a_running_hall(hall: Hall) -> None:
    FarStation(hall)
    hall.site.logs = LogBook()
    hall.site.logs(None, "warning", {"event": "device.down", "level": "warning", "device": "sign-1"})
    answer = await hall.get("diagnostics/bundle", Role.TECHNICIAN)
    assert answer.status == 200, answer.raw
    assert answer.headers["Content-Type"] == "application/zip"
    assert ".zip" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.raw)) as archive:
        journal = msgspec.json.decode(archive.read("journal.json"))
        assert journal["found"] == {}
        assert journal["events"] > 0
        assert {one["id"] for one in msgspec.json.decode(archive.read("devices.json"))} == {
            "sign-1",
            "printer-1",
        }
        assert b"device.down" in archive.read("log.jsonl")
        assert "张三丰".encode() not in b"".join(archive.read(name) for name in archive.namelist())
    noted = [decode(e.kind, e.version, e.body) for e in hall.journal.read(BEFORE_ALL, 1000)]
    assert any(isinstance(event, AuditNoted) and event.action == "diagnose.bundle" for event in noted)
    assert check_journal(hall.journal.folder).events >= journal["events"]
