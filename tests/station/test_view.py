"""What a PC tells the hub of itself."""

from __future__ import annotations

from pathlib import Path

import msgspec

from kioskd.station.clock import SystemClock
from kioskd.station.config import DeviceSettings, StationSettings
from kioskd.station.managed import FRAME_KEPT
from kioskd.station.messages import AskView, ToHub, ViewReport
from kioskd.station.station import Station

DEVICES = (
    DeviceSettings(id="sign-1", driver="caller_display.cd5220", address="tcp://127.0.0.1:9", window="1"),
    DeviceSettings(id="reader", driver="card_reader.stx", address="tcp://127.0.0.1:10", window="1"),
)


def asked(station: Station, device: str) -> ViewReport:
    said: list[ToHub] = []
    station._send = said.append  # type: ignore[method-assign]
    station.receive(AskView(request="r", device=device))
    (report,) = said
    wire = msgspec.json.decode(msgspec.json.encode(report), type=ToHub)
    assert wire == report
    assert isinstance(wire, ViewReport)
    return wire


async def test_last_bytes_of_the_one_that_was_asked_about(tmp_path: Path) -> None:
    station = Station(StationSettings(id="pc", devices=DEVICES), tmp_path / "s.db", clock=SystemClock())
    sign, reader = station._devices["sign-1"], station._devices["reader"]
    sign.crossed(">", b"A012 " * 1000)
    sign.crossed("<", b"\x06")
    reader.crossed("<", b"11010519491231002X")
    view = asked(station, "sign-1").view
    assert view.station == "pc"
    own, other = view.devices
    assert (own.sent, own.received, other.received) == (1, 1, 1)
    assert other.traffic == ()
    long, short = own.traffic
    assert (long.direction, long.length, len(bytes.fromhex(long.data))) == (">", 5000, FRAME_KEPT)
    assert "A012" in long.meaning
    assert (short.data, short.length) == ("06", 1)
    assert all(not device.traffic for device in asked(station, "").view.devices)


async def test_of_what_is_somebodys_own_only_the_length(tmp_path: Path) -> None:
    station = Station(StationSettings(id="pc", devices=DEVICES), tmp_path / "s.db", clock=SystemClock())
    station._devices["reader"].crossed("<", b"11010519491231002X")
    (_, reader) = asked(station, "reader").view.devices
    (frame,) = reader.traffic
    assert (frame.length, frame.data, frame.meaning) == (18, "", "")
