"""A device found at another port: a person types the number it shows; who did it is in the journal."""

from __future__ import annotations

from typing import Any

import msgspec

from drivers.registry import DeviceClass
from kioskd.access.roles import Role
from kioskd.hall.codec import decode
from kioskd.hall.events import DeviceRebound
from kioskd.journal.records import BEFORE_ALL
from kioskd.station.messages import PROTOCOL, DeviceInfo, Hello, Rebind, Rebound, ToStation
from tests.web.conftest import Hall

OLD, NEW = "serial:///dev/serial/by-path/a", "serial:///dev/serial/by-path/b"


class FarStation:
    """A station that knows the right number."""

    def __init__(self, hall: Hall) -> None:
        device = DeviceInfo(id="sign-3", device_class=DeviceClass.CALLER_DISPLAY, window="1")
        hello = Hello(
            protocol=PROTOCOL,
            station="pc-3",
            incarnation="i",
            boot="b",
            version="0",
            date="2026-03-09",
            devices=(device,),
        )
        self.session: Any = None
        self.session = hall.site.stations.attach(hello, self.deliver)

    def deliver(self, message: ToStation) -> None:
        if not isinstance(message, Rebind):
            return
        if message.undo:
            answer = Rebound(request=message.request, devices=("sign-3",), old=NEW, new=OLD, undone=True)
        elif message.code == "47":
            answer = Rebound(request=message.request, devices=("sign-3",), old=OLD, new=NEW)
        else:
            answer = Rebound(request=message.request, code="rebind.wrong_code")
        self.session.receive(answer)


def rebound(hall: Hall) -> list[DeviceRebound]:
    events = [decode(e.kind, e.version, e.body) for e in hall.journal.read(BEFORE_ALL, 1000)]
    return [event for event in events if isinstance(event, DeviceRebound)]


async def test_a_number_and_back(hall: Hall) -> None:
    FarStation(hall)
    wrong = await hall.post("devices/sign-3/rebind", {"code": "12"}, Role.GUIDE)
    assert (wrong.status, wrong.code) == (409, "rebind_wrong_code")
    assert not rebound(hall)
    right = await hall.post("devices/sign-3/rebind", {"code": "47"}, Role.GUIDE)
    assert (right.status, right.json) == (200, {"devices": ["sign-3"], "old": OLD, "new": NEW})
    assert (await hall.post("devices/sign-3/rebind", {"undo": True}, Role.TECHNICIAN)).status == 200
    first, second = rebound(hall)
    assert (first.by.role, first.new, first.undone) == ("guide", NEW, False)
    assert (second.by.role, second.new, second.undone) == ("technician", OLD, True)


async def test_a_press_is_journaled_in_the_name_of_the_device(hall: Hall) -> None:
    station = FarStation(hall)
    station.session.receive(Rebound(devices=("sign-3",), old=OLD, new=NEW, pressed="sign-3"))
    await hall.get("hall")
    (event,) = rebound(hall)
    assert (event.by.id, event.by.kind) == ("sign-3", "device")


async def test_devices_of_others_are_not_reported(hall: Hall) -> None:
    station = FarStation(hall)
    station.session.receive(Rebound(devices=("keypad-9",), old=OLD, new=NEW, pressed="keypad-9"))
    await hall.get("hall")
    assert not rebound(hall)


async def test_nobody_is_there(hall: Hall) -> None:
    station = FarStation(hall)
    station.session.detach()
    answer = await hall.post("devices/sign-3/rebind", {"code": "47"}, Role.LEAD)
    assert (answer.status, answer.code) == (409, "device_away")
    assert msgspec.json.decode(answer.raw)["detail"].startswith("“sign-3”没有应答。所在的工作站")
    assert (await hall.post("devices/nope/rebind", {}, Role.LEAD)).code == "unknown_device"
