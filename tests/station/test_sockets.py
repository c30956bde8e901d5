"""Sockets: what is plugged where, what is the same unit elsewhere, what went with its hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.discovery import Found, Kind, look
from kioskd.station.sockets import at, candidates, line_of, readdressed, shared_hubs
from tests.drivers.discovery.tree import KEYPAD, Tree, hall


def usb_input(port: str, interface: str = "1.0", usb: str = "1a2c:2d23") -> Found:
    path = f"/dev/input/by-path/pci-0000:00:14.0-usb-0:{port[2:]}:{interface}-event-kbd"
    return Found(
        kind=Kind.INPUT,
        address=f"evdev://{path}",
        name="Keypad",
        node="/dev/input/event7",
        port=port,
        usb=usb,
        role="keypad",
    )


def test_a_line_is_known_by_its_socket_whatever_its_parameters(tmp_path: Path) -> None:
    hall(tmp_path)
    found = look(tmp_path)
    path = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1.2:1.0-port0"
    for address, port in (
        (f"serial://{path}?baudrate=19200&rs485_gap_ms=4", "1-1.2"),
        ("serial:///dev/ttyUSB0", "1-1.2"),
        ("usb://04b8:0e15?port=1-2", "1-2"),
        ("usblp:///dev/usb/lp0", "1-2"),
        ("evdev:///dev/input/by-path/pci-0000:00:14.0-usb-0:3:1.0-event-kbd", "1-3"),
    ):
        plug = at(line_of(address), found)
        assert plug is not None, address
        assert plug.port == port
    assert at(line_of("serial:///dev/ttyUSB7"), found) is None
    assert at(line_of("usb://04b8:0e15?port=1-7"), found) is None


def test_the_same_unit_at_another_socket(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    tree.usb_serial("1-1.2", "ttyUSB0")
    tree.usb_serial("1-3", "ttyUSB1")
    tree.input("1-4", "event5", "Keypad", KEYPAD, "pci-0000:00:14.0-usb-0:4:1.0-event-kbd")
    first, second, keypad = look(tmp_path)
    assert candidates(first, (second, keypad), set()) == (second,)
    assert candidates(first, (second, keypad), {line_of(second.address)}) == (), "it is another window's"
    old = f"{first.address.partition('?')[0]}?baudrate=19200&parity=E"
    assert readdressed(old, second) == f"{second.address.partition('?')[0]}?baudrate=19200&parity=E"
    assert readdressed("usb://04b8:0e15?port=1-2", printer("1-7")) == "usb://04b8:0e15?port=1-7"


def printer(port: str) -> Found:
    return Found(
        kind=Kind.PRINTER, address=f"usb://04b8:0e15?port={port}", name="P", port=port, usb="04b8:0e15"
    )


def test_of_a_unit_with_two_keyboards_the_same_one_is_meant() -> None:
    known = usb_input("1-1")
    both = (usb_input("1-2"), usb_input("1-2", "1.1"))
    assert candidates(known, both, set()) == (both[0],)
    assert candidates(known, (usb_input("1-2", usb="04d9:0001"),), set()) == (), "another make"


@pytest.mark.parametrize(
    ("gone", "hubs"),
    [
        ("a b c", {"a": "1-1", "b": "1-1", "c": "1-1"}),
        ("a b", {}),
        ("d", {}),
        ("a b c d", {"a": "1-1", "b": "1-1", "c": "1-1"}),
        ("a b c d e", dict.fromkeys("abcde", "1")),
        ("f g", {}),
    ],
)
def test_what_went_with_its_hub(gone: str, hubs: dict[str, str]) -> None:
    ports = {"a": "1-1.1", "b": "1-1.2", "c": "1-1.4.1", "d": "1-2", "e": "1-3", "f": "2-1", "g": "2-2"}
    assert shared_hubs(ports, set(gone.split())) == hubs


def test_a_hub_in_a_hub() -> None:
    ports = {"a": "1-1.1", "b": "1-1.4.1", "c": "1-1.4.2"}
    assert shared_hubs(ports, {"b", "c"}) == {"b": "1-1.4", "c": "1-1.4"}
    assert shared_hubs(ports, {"a", "b", "c"}) == dict.fromkeys("abc", "1-1")


PORTS = st.from_regex(r"[12]-[1-3](\.[1-3]){0,3}", fullmatch=True)


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), PORTS), st.data())
def test_a_fault_is_shared_by_all_and_only_by_those_who_went(
    ports: dict[str, str], data: st.DataObject
) -> None:
    gone = set(data.draw(st.lists(st.sampled_from(sorted(ports)))) if ports else ())
    hubs = shared_hubs(ports, gone)
    assert set(hubs) <= gone
    for hub in set(hubs.values()):
        below = [line for line, port in ports.items() if port.startswith((f"{hub}.", f"{hub}-"))]
        assert set(below) <= gone, "one behind it still works, so it is not the hub"
        assert len({ports[line] for line in below}) >= 2
