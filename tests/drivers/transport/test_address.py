from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ConfigurationError
from drivers.facts import fact
from drivers.transport.address import (
    SCHEMES,
    UsbPlace,
    Wire,
    format_address,
    host_port,
    parse_address,
    presence_of,
    usb_place,
    wire_of,
)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("tcp://10.0.0.5:9100", "10.0.0.5", 9100), ("tcp://[::1]:5005", "::1", 5005)],
)
def test_tcp(text: str, host: str, port: int) -> None:
    address = parse_address(text)
    assert host_port(address) == (host, port)
    assert format_address(address) == text
    assert wire_of(address) == Wire()


def test_serial_path_is_taken_as_it_stands() -> None:
    text = "serial:///dev/serial/by-path/pci-0000:00:14.0-usb-0:1.2:1.0-port0?baudrate=19200&parity=e"
    address = parse_address(text)
    assert address.target == "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1.2:1.0-port0"
    assert wire_of(address) == Wire(baudrate=19200, parity="E")
    assert wire_of(address).byte_time == pytest.approx(11 / 19200)


def test_rs485_and_default_speed() -> None:
    wire = wire_of(parse_address("serial:///dev/ttyS1?rs485_gap_ms=4.5&stopbits=2"))
    assert wire == Wire(baudrate=9600, stopbits=2, gap=0.0045)
    assert wire_of(parse_address("tcp://h:1?baudrate=9600")).byte_time == pytest.approx(10 / 9600)


def test_usb() -> None:
    address = parse_address("usb://04B8:0e15?port=1-1.2")
    assert (address.scheme, address.target, address.params) == ("usb", "04b8:0e15", {"port": "1-1.2"})
    assert usb_place(address) == UsbPlace(0x04B8, 0x0E15, "1-1.2")
    assert usb_place(parse_address("usb://0416:5011")) == UsbPlace(0x0416, 0x5011)
    assert wire_of(address) == Wire()


def test_where_a_device_shows_that_it_is_there() -> None:
    def shows(text: str) -> str:
        return str(presence_of(parse_address(text)))

    assert shows("serial:///dev/ttyS0?baudrate=9600") == "/dev/ttyS0"
    assert shows("usblp:///dev/usb/lp0") == "/dev/usb/lp0"
    assert shows("evdev:///dev/input/by-path/a-usb-0:2:1.0-event-kbd").endswith("1.0-event-kbd")
    assert shows("usb://04b8:0e15?port=1-1.2") == "/sys/bus/usb/devices/1-1.2"
    for text in ("usb://04b8:0e15", "tcp://10.0.0.5:9100", "udp://10.0.0.6:8453"):
        assert presence_of(parse_address(text)) is None


def test_other_schemes_keep_their_form() -> None:
    address = parse_address("camera://front?size=8M")
    assert (address.scheme, address.target, address.params) == ("camera", "front", {"size": "8M"})
    assert wire_of(address) == Wire()


BAD = {
    "": "no_scheme",
    "10.0.0.5:9100": "no_scheme",
    "tcp:10.0.0.5:9100": "no_scheme",
    "TCP://a:9100": "scheme",
    "://a:9100": "no_scheme",
    "tcp://": "no_target",
    "laser://?x=1": "no_target",
    " tcp://a:9100": "blank",
    "tcp://a:9100\u200b": "blank",
    "serial:///dev/tty S0": "blank",
    "tcp://printer": "no_port",
    "tcp://printer:": "no_port",
    "tcp://[fe80::1]": "no_port",
    "tcp://:9100": "no_host",
    "tcp://[]:9100": "no_host",
    "tcp://::1:9100": "ipv6",
    "udp://[::1": "ipv6",
    "tcp://a:9100/x:y": "slash",
    "tcp://a:9100/": "slash",
    "tcp://a/b:9100": "slash",
    "tcp://a:0": "port",
    "tcp://a:65536": "port",
    "tcp://a:１２": "port",
    "tcp://a:9100?": "no_parameter",
    "tcp://a:9100?baudrate=9600&": "no_parameter",
    "tcp://a:9100?x": "pair",
    "tcp://a:9100?x=": "pair",
    "tcp://a:9100?=x": "pair",
    "tcp://a:9100?parity=E": "parameter",
    "udp://a:9100?baudrate=9600": "parameter",
    "serial://ttyS0": "path",
    "serial:///dev/ttyS0?baud=9600": "parameter",
    "serial:///dev/ttyS0?baudrate=fast": "baudrate",
    "serial:///dev/ttyS0?baudrate=10": "baudrate",
    "serial:///dev/ttyS0?baudrate=9600&baudrate=9600": "twice",
    "serial:///dev/ttyS0?parity=X": "parity",
    "serial:///dev/ttyS0?stopbits=1.5": "stopbits",
    "serial:///dev/ttyS0?rs485_gap_ms=-1": "gap",
    "serial:///dev/ttyS0?rs485_gap_ms=5000": "gap",
    "usb://04b8": "usb_numbers",
    "usb://4b8:e15": "usb_numbers",
    "usb://04b8:0e15?port=1": "usb_port",
    "usb://04b8:0e15?port=1-0": "usb_port",
    "usb://04b8:0e15?port=usb1-1.2": "usb_port",
    "usb://04b8:0e15?serial=X1": "parameter",
    "usblp://lp0": "path",
    "usblp:///dev/usb/lp0?baudrate=9600": "parameter",
    "evdev://event3": "path",
    "v4l2://video0": "path",
}
"""Every way in which an address can be wrong, and the code of what is wrong with it (``address.…``)."""


@pytest.mark.parametrize(("text", "reason"), BAD.items())
def test_bad_address_names_itself_and_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_address(text)
    assert caught.value.code == "address.bad"
    why, where = caught.value.facts
    assert why.code == f"address.{reason}"
    assert where == fact("line.at", where=text)


def test_an_example_that_is_told_can_be_read() -> None:
    told = set()
    for text in (*BAD, *(f"{scheme}://" for scheme in SCHEMES)):
        with pytest.raises(ConfigurationError) as caught:
            parse_address(text)
        told |= {fact.values["example"] for fact in caught.value.facts if "example" in fact.values}
    for example in told:
        parse_address(example)
    assert {example.partition("://")[0] for example in told} == set(SCHEMES)


def test_a_character_that_nobody_sees_is_told_by_its_place() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_address("tcp://a:9100\u200b")
    assert caught.value.facts[0] == fact("address.blank", at=13, character="U+200B")


@given(st.text(max_size=60))
def test_any_text_parses_or_is_refused(text: str) -> None:
    for candidate in (text, f"tcp://{text}", f"serial:///{text}"):
        with contextlib.suppress(ConfigurationError):
            address = parse_address(candidate)
            assert parse_address(format_address(address)) == address
