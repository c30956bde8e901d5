"""What people hold before readers and sign on pads, from a station's message to who asked for it."""

from __future__ import annotations

import asyncio
import base64
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from drivers.barcode_reader.api import CodeScanned
from drivers.card_reader.api import CardRead, CardUnread
from drivers.registry import DeviceClass
from drivers.signature_pad.api import SignatureFace, Signed, SignMode
from kioskd.access.roles import Role
from kioskd.hub import faces, signature
from kioskd.journal.records import BEFORE_ALL
from kioskd.station import messages
from tests.web.conftest import Hall, eventually

SIGNED = Signed(1200, 800, (((120, 400, 0), (600, 320, 400), (1080, 400, 800)), ((600, 600, 1200),)))
SECRET = "https://queue.example/t/k_Zq9-not-to-be-found"


class Station:
    """A station with a reader of each kind and a signature pad at window 1."""

    def __init__(self, hall: Hall) -> None:
        self.taken: list[str] = []
        self._n = 0
        kinds = {
            "scanner-1": DeviceClass.BARCODE_READER,
            "card-1": DeviceClass.CARD_READER,
            "signature-1": DeviceClass.SIGNATURE_PAD,
        }
        self.session = hall.site.stations.attach(
            messages.Hello(
                protocol=messages.PROTOCOL,
                station="station-1",
                incarnation="i",
                boot="b",
                version="0",
                date="2026-03-09",
                devices=tuple(
                    messages.DeviceInfo(id=name, device_class=kind, window="1" if "sign" in name else None)
                    for name, kind in kinds.items()
                ),
            ),
            self.deliver,
        )

    def deliver(self, message: messages.ToStation) -> None:
        if isinstance(message, messages.Taken):
            self.taken.append(message.id)

    def says(
        self, device: str, reading: messages.AnyReading, ticket: str | None = None, age_ms: int = 0
    ) -> str:
        self._n += 1
        name = f"in-{self._n}"
        context = messages.Context(ticket=ticket)
        self.session.receive(
            messages.Input(id=name, device=device, reading=reading, context=context, age_ms=age_ms)
        )
        return name


async def test_a_code_goes_once_to_who_waits_for_it_and_nowhere_else(
    hall: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    station = Station(hall)
    waiting = asyncio.create_task(hall.get("devices/scanner-1/reading?wait=20", Role.KIOSK))
    await asyncio.sleep(0)
    name = station.says("scanner-1", CodeScanned(SECRET))
    answer = await waiting
    if answer.status == 204:  # the question came after the scan was taken by nobody
        answer = await hall.get("devices/scanner-1/reading", Role.KIOSK)
    assert (answer.status, answer.json) == (200, {"kind": "code", "code": SECRET})
    assert station.taken == [name]
    assert (await hall.get("devices/scanner-1/reading", Role.KIOSK)).status == 204
    bodies = b"".join(event.body for event in hall.journal.read(BEFORE_ALL, 10_000))
    assert b"Zq9" not in bodies
    assert "Zq9" not in capsys.readouterr().out


async def test_a_reading_is_soon_forgotten_and_only_the_last_counts(hall: Hall) -> None:
    station = Station(hall)
    station.says("scanner-1", CodeScanned("old"), age_ms=11_000)
    assert (await hall.get("devices/scanner-1/reading", Role.GUIDE)).status == 204
    station.says("card-1", CardUnread())
    station.says("card-1", CardRead({"number": "000000190001010000"}))
    answer = await hall.get("devices/card-1/reading", Role.KIOSK)
    assert answer.json == {"kind": "card", "card": {"number": "000000190001010000"}}


async def test_only_readers_are_read_and_only_by_those_who_take_numbers(hall: Hall) -> None:
    Station(hall)
    assert (await hall.get("devices/signature-1/reading", Role.KIOSK)).code == "unknown_device"
    assert (await hall.get("devices/nowhere/reading", Role.KIOSK)).code == "unknown_device"
    assert (await hall.get("devices/scanner-1/reading?wait=99", Role.KIOSK)).code == "query_invalid"
    for role in (Role.PUBLIC, Role.TECHNICIAN, Role.AUDITOR):
        assert (await hall.get("devices/scanner-1/reading", role)).status in (401, 403)


async def test_a_signature_is_sealed_with_its_ticket_and_every_look_is_noted(hall: Hall) -> None:
    station = Station(hall)
    await hall.login()
    ticket = await hall.ticket()
    stray = station.says("signature-1", SIGNED)
    await eventually(lambda: stray in station.taken)
    assert (await hall.post("windows/1/signature", {}, Role.TELLER)).code == "window_empty"
    await hall.post("windows/1/call-next", {}, Role.TELLER)
    asked = await hall.post("windows/1/signature", {"ticket": ticket["id"]}, Role.TELLER)
    assert asked.status == 200, asked.raw
    assert (await hall.get("windows/1/counter", Role.TELLER)).json["signature"] == "asked"
    assert (await hall.get("windows/2/counter", Role.TELLER)).json["signature"] is None, "no pad is there"
    window = hall.desk._state.book.windows["1"]  # type: ignore[union-attr]
    face, context = faces.signature(hall.desk._state, window)
    assert face == SignatureFace(SignMode.SIGN, ticket["number"])
    assert context.ticket == ticket["id"]

    kept = station.says("signature-1", SIGNED, ticket["id"])
    await eventually(lambda: kept in station.taken)
    assert faces.signature(hall.desk._state, window)[0] == SignatureFace()
    assert (await hall.get("windows/1/counter", Role.TELLER)).json["signature"] == "signed"
    again = station.says("signature-1", SIGNED, ticket["id"])
    await eventually(lambda: again in station.taken)

    answer = await hall.get(f"tickets/{ticket['id']}/signature", Role.LEAD)
    assert answer.status == 200, answer.raw
    assert answer.json["svg"] == signature.svg(SIGNED).decode()
    with Image.open(BytesIO(base64.b64decode(answer.json["png"]))) as picture:
        assert picture.size == (960, 640)
    events = hall.journal.read(BEFORE_ALL, 10_000)
    assert [event.kind for event in events if event.kind == "ticket.signed"] == ["ticket.signed"]
    assert any(b"ticket.signature_viewed" in event.body for event in events)
    assert b"<svg" not in b"".join(event.body for event in events)
    assert (await hall.get(f"tickets/{ticket['id']}/signature", Role.KIOSK)).status == 403


async def test_a_signature_not_wanted_any_more_belongs_to_nobody(hall: Hall) -> None:
    station = Station(hall)
    await hall.login()
    ticket = await hall.ticket()
    await hall.post("windows/1/call-next", {}, Role.TELLER)
    await hall.post("windows/1/signature", {}, Role.TELLER)
    assert (await hall.post("windows/1/signature/cancel", {}, Role.TELLER)).status == 200
    late = station.says("signature-1", SIGNED, ticket["id"])
    await eventually(lambda: late in station.taken)
    assert (await hall.get(f"tickets/{ticket['id']}/signature", Role.LEAD)).code == "not_signed"
    assert (await hall.post("windows/2/signature", {}, Role.LEAD)).code == "no_signature_pad"


def test_strokes_are_drawn_where_the_pen_was() -> None:
    svg = ElementTree.fromstring(signature.svg(SIGNED))
    assert svg.get("viewBox") == "0 0 1200 800"
    paths = [path.get("d") for path in svg.iter("{http://www.w3.org/2000/svg}path")]
    assert paths == ["M120 400L600 320L1080 400", "M600 600L600 600"]
    with Image.open(BytesIO(signature.png(SIGNED))) as picture:
        grey = picture.convert("L")
        assert all(grey.getpixel((round(x * 0.8), round(y * 0.8))) == 0 for x, y in ((120, 400), (600, 600)))
        assert grey.getpixel((5, 5)) == 255
