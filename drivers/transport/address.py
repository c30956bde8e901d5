"""Addresses of devices as text, and what they say about the wire."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from drivers.errors import ConfigurationError
from drivers.transport.api import Address

_SCHEME = re.compile(r"[a-z][a-z0-9]*")
_PARAMS = {
    "tcp": frozenset({"baudrate", "rs485_gap_ms"}),
    "udp": frozenset[str](),
    "serial": frozenset({"baudrate", "parity", "stopbits", "rs485_gap_ms"}),
    "usb": frozenset({"port"}),
    "usblp": frozenset[str](),
    "evdev": frozenset[str](),
    "alsa": frozenset[str](),
    "v4l2": frozenset[str](),
}
_NODES = {
    "serial": "serial:///dev/ttyS0",
    "usblp": "usblp:///dev/usb/lp0",
    "v4l2": "v4l2:///dev/v4l/by-path/pci-0000:00:14.0-usb-0:3:1.0-video-index0",
    "evdev": "evdev:///dev/input/by-path/pci-0000:00:14.0-usb-0:2:1.0-event-kbd",
}
"""Schemes whose target is a device's file, with an example of each."""
_USB_ID = re.compile(r"([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})")
_USB_PORT = re.compile(r"[1-9][0-9]{0,2}-[1-9][0-9]{0,2}(\.[1-9][0-9]{0,2}){0,5}")
_BAUDRATES = range(300, 4_000_001)
_LONGEST_GAP_MS = 1000.0


class Wire(msgspec.Struct, frozen=True):
    """How bytes travel. ``gap`` is the RS-485 turnaround silence in seconds.

    ``baudrate`` is None for a network connection that does not end in a serial server of known
    speed; bytes then take no time that we know of.
    """

    baudrate: int | None = None
    parity: str = "N"
    stopbits: int = 1
    gap: float = 0.0

    @property
    def byte_time(self) -> float:
        """Seconds one byte spends on the wire: start, eight data, parity and stop bits."""
        if self.baudrate is None:
            return 0.0
        return (9 + (self.parity != "N") + self.stopbits) / self.baudrate


class UsbPlace(msgspec.Struct, frozen=True):
    """A USB device by what it is and, unless ``port`` is empty, where it is plugged in.

    ``port`` is what the kernel calls the place: bus, then the port of each hub on the way, ``1-1.2``.
    """

    vendor: int
    product: int
    port: str = ""


def parse_address(text: str) -> Address:
    """Read ``scheme://target?key=value&key=value``.

    Nothing is percent-decoded: device paths are taken as they stand. Addresses of the schemes there are
    lines for are checked whole, others for their form only. Raises `ConfigurationError` (``address.bad``).
    """
    scheme, mark, rest = text.partition("://")
    if not mark or not _SCHEME.fullmatch(scheme):
        raise _bad(text, "it must look like scheme://target, such as tcp://10.0.0.5:9100")
    target, question, query = rest.partition("?")
    if not target:
        raise _bad(text, "nothing stands after ://")
    if any(character.isspace() or not character.isprintable() for character in text):
        raise _bad(text, "it holds a blank or a control character")
    params: dict[str, str] = {}
    for item in query.split("&") if question else ():
        key, equals, value = item.partition("=")
        if not key or not equals or not value:
            raise _bad(text, f"{item!r} is not key=value")
        if key in params:
            raise _bad(text, f"{key} is given twice")
        params[key] = value
    address = Address(scheme, target, params)
    if scheme in {"tcp", "udp"}:
        host_port(address)
    if scheme in _NODES and not target.startswith("/"):
        raise _bad(text, f"it must hold a full path, such as {_NODES[scheme]}")
    if scheme == "usb":
        usb_place(address)
        address = msgspec.structs.replace(address, target=target.lower())
    if scheme in _PARAMS:
        wire_of(address)
    return address


def format_address(address: Address) -> str:
    """Write an address as `parse_address` reads it."""
    query = "&".join(f"{key}={value}" for key, value in address.params.items())
    return f"{address.scheme}://{address.target}" + (f"?{query}" if query else "")


def host_port(address: Address) -> tuple[str, int]:
    """Host and port of a ``tcp`` or ``udp`` address; an IPv6 host stands in brackets."""
    scheme = address.scheme
    host, colon, port = address.target.rpartition(":")
    if not colon or not host:
        raise _bad(format_address(address), f"the port is missing, as in {scheme}://10.0.0.5:9100")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise _bad(
            format_address(address), f"an IPv6 host stands in brackets, as in {scheme}://[fe80::1]:9100"
        )
    if not host or "/" in host:
        raise _bad(format_address(address), "the host is missing or wrong")
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise _bad(format_address(address), f"{port!r} is not a port number from 1 to 65535")
    return host, int(port)


def usb_place(address: Address) -> UsbPlace:
    """What a ``usb`` address names: vendor and product in hex as ``lsusb`` prints them, and the port."""
    text = format_address(address)
    found = _USB_ID.fullmatch(address.target)
    if found is None:
        raise _bad(text, "vendor and product are four hex digits each, as in usb://04b8:0e15")
    port = address.params.get("port", "")
    if port and not _USB_PORT.fullmatch(port):
        raise _bad(text, f"port {port!r} is not a place such as 1-1.2")
    return UsbPlace(int(found[1], 16), int(found[2], 16), port)


def presence_of(address: Address, sysfs: Path = Path("/sys")) -> Path | None:
    """The file that exists while something is plugged in where the address says.

    None where no file tells: network addresses, and USB devices named without a port.
    """
    if address.scheme in _NODES:
        return Path(address.target)
    if address.scheme == "usb" and (port := usb_place(address).port):
        return sysfs / "bus" / "usb" / "devices" / port
    return None


def wire_of(address: Address) -> Wire:
    """Read the wire settings of an address; those of schemes without any are the defaults.

    ``baudrate`` (serial: 9600 unless given; tcp: that of the serial server behind it, which only
    serves to reckon wire time), ``parity`` N, E or O, ``stopbits`` 1 or 2, ``rs485_gap_ms``.
    """
    allowed = _PARAMS.get(address.scheme)
    if allowed is None:
        return Wire()
    text = format_address(address)
    for key in address.params:
        if key not in allowed:
            raise _bad(text, f"{key} is not one of {', '.join(sorted(allowed)) or 'none'}")
    baudrate = 9600 if address.scheme == "serial" else None
    given = address.params.get("baudrate")
    if given is not None:
        if not re.fullmatch(r"[0-9]{1,7}", given) or int(given) not in _BAUDRATES:
            raise _bad(text, f"baudrate {given!r} is not a number from 300 to 4000000")
        baudrate = int(given)
    parity = address.params.get("parity", "N").upper()
    if parity not in {"N", "E", "O"}:
        raise _bad(text, f"parity {parity!r} is not N, E or O")
    stopbits = address.params.get("stopbits", "1")
    if stopbits not in {"1", "2"}:
        raise _bad(text, f"stopbits {stopbits!r} is not 1 or 2")
    gap = address.params.get("rs485_gap_ms", "0")
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", gap) or float(gap) > _LONGEST_GAP_MS:
        raise _bad(text, f"rs485_gap_ms {gap!r} is not a number from 0 to 1000")
    return Wire(baudrate=baudrate, parity=parity, stopbits=int(stopbits), gap=float(gap) / 1000)


def _bad(text: str, why: str) -> ConfigurationError:
    return ConfigurationError("address.bad", f"address {text!r}: {why}")
