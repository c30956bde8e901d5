"""What a look at a PC finds, and what settings it suggests."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from drivers.discovery import Found, Kind, changes, fitting, look, suggest
from drivers.registry import DRIVERS
from drivers.transport.address import parse_address
from kioskd.station.config import DeviceSettings
from tests.drivers.discovery.tree import KEYBOARD, KEYPAD, MOUSE, PEN, Tree, hall

BY_PATH = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1.2:1.0-port0"


def test_each_kind_is_found_at_its_stable_address(tmp_path: Path) -> None:
    hall(tmp_path)
    found = look(tmp_path)
    assert [(each.kind.value, each.address) for each in found] == [
        ("serial", f"serial://{BY_PATH}?baudrate=9600"),
        ("serial", "serial:///dev/ttyS0?baudrate=9600"),
        ("printer", "usb://04b8:0e15?port=1-2"),
        ("input", "evdev:///dev/input/by-path/pci-0000:00:14.0-usb-0:3:1.0-event-kbd"),
        ("video", "v4l2:///dev/v4l/by-path/pci-0000:00:14.0-usb-0:4:1.0-video-index0"),
        ("sound", "alsa://plughw:CARD=Device"),
    ]
    assert all(each.stable for each in found)
    adapter, _, printer, keypad, *_ = found
    assert (adapter.node, adapter.port, adapter.usb) == ("/dev/ttyUSB0", "1-1.2", "0403:6001")
    assert adapter.name == "FTDI FT232R USB UART"
    assert (printer.node, printer.name) == ("/dev/usb/lp0", "EPSON TM-T20II")
    assert keypad.role == "keypad"


def test_sockets_are_listed_by_their_numbers(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    for number in (10, 2, 1, 9):
        tree.usb_serial(f"1-1.{number}", f"ttyUSB{number}", name="USB Serial")
    assert [one.node for one in look(tmp_path)] == [f"/dev/ttyUSB{number}" for number in (1, 2, 9, 10)]


def test_an_empty_pc_has_nothing(tmp_path: Path) -> None:
    assert look(tmp_path) == ()


def test_this_pc_can_be_looked_at() -> None:
    assert all(parse_address(each.address) for each in look())


def test_an_adapter_without_a_link_says_that_its_name_may_change(tmp_path: Path) -> None:
    Tree(tmp_path).usb_serial("1-1", "ttyUSB3", by_path=False)
    (found,) = look(tmp_path)
    assert (found.address, found.stable) == ("serial:///dev/ttyUSB3?baudrate=9600", False)
    assert "no stable name" in suggest(found)


@pytest.mark.parametrize(
    ("keys", "role"), [(KEYBOARD, "keyboard"), (KEYPAD, "keypad"), (MOUSE, "mouse"), (PEN, "tablet")]
)
def test_an_input_device_is_known_by_its_keys(tmp_path: Path, keys: str, role: str) -> None:
    Tree(tmp_path).input("1-3", "event5", "x", keys)
    (found,) = look(tmp_path)
    assert found.role == role


def test_what_cannot_be_read_as_keys_is_left_out(tmp_path: Path) -> None:
    Tree(tmp_path).input("1-3", "event5", "x", "what is this")
    assert look(tmp_path) == ()


def test_a_name_that_a_device_gives_itself_does_no_harm(tmp_path: Path) -> None:
    Tree(tmp_path).usb_serial("1-1", "ttyUSB0", name='x"\n[hall]\n\x1b[2J"')
    (found,) = look(tmp_path)
    assert not set('"\n\x1b[') & set(found.name)
    assert list(tomllib.loads(suggest(found))) == ["device"]


def test_unplugged_and_plugged(tmp_path: Path) -> None:
    tree = hall(tmp_path)
    before = look(tmp_path)
    tree.unplug("sys/class/tty/ttyUSB0")
    tree.usb_serial("1-6", "ttyUSB1")
    told = changes(before, look(tmp_path))
    assert [(change.plugged, change.device.node) for change in told] == [
        (False, "/dev/ttyUSB0"),
        (True, "/dev/ttyUSB1"),
    ]
    assert changes(before, before) == ()


def test_the_suggested_block_can_be_pasted(tmp_path: Path) -> None:
    hall(tmp_path)
    for found in look(tmp_path):
        tables = tomllib.loads(suggest(found)).get("device", [])
        names = fitting(found)
        assert len(tables) == bool(names)
        for table in tables:
            device = msgspec.convert(table, DeviceSettings)
            assert device.address == found.address
            assert parse_address(device.address).scheme in DRIVERS[device.driver].schemes
            assert all(name in suggest(found) for name in names)


def test_a_serial_port_may_be_any_serial_driver(tmp_path: Path) -> None:
    hall(tmp_path)
    names = fitting(look(tmp_path)[0])
    assert set(names) == {name for name, driver in DRIVERS.items() if "serial" in driver.schemes}
    assert names[0].startswith("call_pad.")


def test_what_no_driver_takes_is_said_so() -> None:
    found = Found(kind=Kind.VIDEO, address="nothing:///dev/video0", name="x")
    block = suggest(found)
    assert tomllib.loads(block) == {}
    assert "no driver" in block
