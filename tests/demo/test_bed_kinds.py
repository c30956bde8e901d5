"""Every kind of sign and keypad stands in a simulated hall, with the profile that ships for it."""

from __future__ import annotations

import json
import tomllib
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from drivers import registry
from drivers.call_pad.api import Key, KeypadFace, KeyPressed
from drivers.caller_display.api import SignFace
from drivers.device import ShowDevice
from drivers.rating_pad.api import Rated
from drivers.registry import DRIVERS, DeviceClass
from drivers.transport.address import parse_address
from drivers.transport.line import open_line
from kioskd.demo.bed import Bed
from kioskd.demo.hands import HANDS
from kioskd.station.config import DeviceSettings
from tests.drivers.caller_display.signs import face, row
from tests.drivers.owner import Owner, Pulse

PROFILES = Path(__file__).parents[2] / "config" / "profiles"
KINDS = [
    ("caller_display.a090", "a090-window", "serial:///dev/x?baudrate=9600", 1, "请A012到3号窗口"),
    ("caller_display.alpha", "alpha-1line", "serial:///dev/x?baudrate=9600", 1, "A012"),
    ("caller_display.cd5220", "cd5220-pole", "serial:///dev/x?baudrate=9600", 0, "A012"),
    ("caller_display.cx_h", "cx-h-board", "udp://10.0.0.6:8453", 0, "请A012到3号窗口"),
    ("caller_display.huidu", "huidu-board", "tcp://10.0.0.7:10001", 0, "请A012到3号窗口"),
    ("caller_display.modbus_digits", "modbus-digits", "serial:///dev/x?baudrate=9600", 1, "12"),
    ("call_pad.polled", "polled-keypad", "serial:///dev/x?baudrate=9600", 1, "12"),
    ("call_pad.polled", "polled-counter", "serial:///dev/x?baudrate=9600", 1, "12"),
]


def test_no_driver_of_a_sign_or_pad_lacks_a_simulator() -> None:
    simulated = {DeviceClass.CALLER_DISPLAY, DeviceClass.CALL_PAD}
    assert {name for name, driver in DRIVERS.items() if driver.device_class in simulated} <= HANDS.keys()


@pytest.mark.parametrize(("driver", "profile", "address", "unit", "shown"), KINDS)
async def test_a_kind_stands_in_the_hall(
    tmp_path: Path, driver: str, profile: str, address: str, unit: int, shown: str
) -> None:
    options = tomllib.loads((PROFILES / f"{profile}.toml").read_text("utf-8"))
    settings = DeviceSettings(
        id="one", driver=driver, address=address, unit=unit, options=options, window="3"
    )
    bed = Bed([settings], tmp_path / "dev")
    pulse = Pulse()
    bed.on_change(lambda device: pulse.beat())
    async with AsyncExitStack() as stack:
        await bed.start()
        stack.push_async_callback(bed.stop)
        device = bed.devices["one"]
        line = await open_line(parse_address(device.settings.address))
        stack.push_async_callback(line.close)
        wanted: SignFace | KeypadFace = KeypadFace(waiting=12)
        if DRIVERS[driver].device_class is DeviceClass.CALLER_DISPLAY:
            wanted = face(row("请A012到3号窗口", "A012"))
        owner = Owner(pulse, wanted)
        made = registry.build(driver, line, unit, options, owner)
        assert isinstance(made, ShowDevice)
        await stack.enter_async_context(owner.owns(made))
        await pulse.until(lambda: shown in _seen(device.view()))
        json.dumps(device.view())
        assert {"unplug", "power_off"} <= set(device.actions())
        await device.act("power_off")
        assert not device.view()["powered"]
        await device.act("power_on")
        await device.act("unplug")
        assert not device.plugged
        await device.act("plug")


@pytest.mark.parametrize(
    ("driver", "profile", "act", "reading"),
    [
        ("call_pad.hid", "hid-keypad-numeric", "press", KeyPressed(Key.RECALL)),
        ("rating_pad.hid", "hid-pad-5", "rate", Rated(4)),
    ],
)
async def test_a_pad_like_a_keyboard_stands_in_the_hall(
    tmp_path: Path, driver: str, profile: str, act: str, reading: KeyPressed | Rated
) -> None:
    options = tomllib.loads((PROFILES / f"{profile}.toml").read_text("utf-8"))
    settings = DeviceSettings(
        id="one", driver=driver, address="evdev:///dev/input/event3", options=options, window="3"
    )
    bed = Bed([settings], tmp_path / "dev")
    pulse = Pulse()
    async with AsyncExitStack() as stack:
        await bed.start()
        stack.push_async_callback(bed.stop)
        device = bed.devices["one"]
        line = await open_line(parse_address(device.settings.address))
        stack.push_async_callback(line.close)
        owner = Owner(pulse, None)
        made = registry.build(driver, line, 0, options, owner)
        assert isinstance(made, ShowDevice)
        await stack.enter_async_context(owner.owns(made))
        await pulse.until(lambda: owner.shows)
        getattr(device.hands.simulator, act)("recall" if act == "press" else 4)
        await pulse.until(lambda: owner.readings == [reading])
        json.dumps(device.view())
        await device.act("power_off")
        getattr(device.hands.simulator, act)("recall" if act == "press" else 4)
        assert owner.readings == [reading]


def _seen(view: dict[str, object]) -> str:
    rows = view.get("rows", [])
    assert isinstance(rows, list)
    return "|".join([str(view.get("digits", "")), *(row["text"] for row in rows)])
