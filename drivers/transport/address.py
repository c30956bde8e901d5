"""Addresses of devices as text, and what they say about the wire."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from drivers.errors import ConfigurationError
from drivers.facts import Fact, fact
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
SCHEMES = tuple(_PARAMS)
"""Schemes that there are lines for."""
_NODES = frozenset({"serial", "usblp", "v4l2", "evdev"})
"""Schemes whose target is a device's file."""
_EXAMPLES = {
    "tcp": "tcp://10.0.0.5:9100",
    "udp": "udp://10.0.0.6:8453",
    "serial": "serial:///dev/ttyS0",
    "usb": "usb://04b8:0e15",
    "usblp": "usblp:///dev/usb/lp0",
    "evdev": "evdev:///dev/input/by-path/pci-0000:00:14.0-usb-0:2:1.0-event-kbd",
    "alsa": "alsa://default",
    "v4l2": "v4l2:///dev/v4l/by-path/pci-0000:00:14.0-usb-0:3:1.0-video-index0",
}
_USB_ID = re.compile(r"([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})")
_USB_PORT = re.compile(r"[1-9][0-9]{0,2}-[1-9][0-9]{0,2}(\.[1-9][0-9]{0,2}){0,5}")
_PORTS = range(1, 65536)
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
    lines for are checked whole, others for their form only. Raises `ConfigurationError` (``address.bad``)
    with one fact that says what is wrong with it, and the address as it stands.
    """
    for at, character in enumerate(text, 1):
        # It can be seen nowhere, so nobody finds it unless told where it is.
        if character.isspace() or not character.isprintable():
            raise _bad(text, fact("address.blank", at=at, character=f"U+{ord(character):04X}"))
    scheme, mark, rest = text.partition("://")
    if not mark or not scheme:
        raise _bad(text, fact("address.no_scheme", example=_EXAMPLES["tcp"]))
    if not _SCHEME.fullmatch(scheme):
        raise _bad(text, fact("address.scheme", scheme=scheme, known=", ".join(SCHEMES)))
    target, question, query = rest.partition("?")
    if not target:
        example = _EXAMPLES.get(scheme, _EXAMPLES["tcp"])
        raise _bad(text, fact("address.no_target", scheme=scheme, example=example))
    params: dict[str, str] = {}
    for item in query.split("&") if question else ():
        key, equals, value = item.partition("=")
        if not item:
            raise _bad(text, fact("address.no_parameter"))
        if not key or not equals or not value:
            raise _bad(text, fact("address.pair", item=item))
        if key in params:
            raise _bad(text, fact("address.twice", key=key))
        params[key] = value
    address = Address(scheme, target, params)
    if scheme in {"tcp", "udp"}:
        host_port(address)
    if scheme in _NODES and not target.startswith("/"):
        raise _bad(text, fact("address.path", scheme=scheme, example=_EXAMPLES[scheme]))
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


def normal(text: str) -> str:
    """Return the address as everybody writes it; one that cannot be read stays as it is."""
    try:
        return format_address(parse_address(text))
    except ConfigurationError:
        return text


def host_port(address: Address) -> tuple[str, int]:
    """Host and port of a ``tcp`` or ``udp`` address; an IPv6 host stands in brackets."""
    scheme, target = address.scheme, address.target
    text, example = format_address(address), _EXAMPLES.get(scheme, _EXAMPLES["tcp"])
    if "/" in target:
        raise _bad(text, fact("address.slash", scheme=scheme, example=example))
    host, colon, port = target.rpartition(":")
    if not colon or not port or target.endswith("]"):
        raise _bad(text, fact("address.no_port", example=example))
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise _bad(text, fact("address.ipv6", example=f"{scheme}://[fe80::1]:9100"))
    if not host:
        raise _bad(text, fact("address.no_host", example=example))
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) not in _PORTS:
        raise _bad(text, fact("address.port", value=port, least=_PORTS[0], most=_PORTS[-1]))
    return host, int(port)


def usb_place(address: Address) -> UsbPlace:
    """What a ``usb`` address names: vendor and product in hex as ``lsusb`` prints them, and the port."""
    text = format_address(address)
    found = _USB_ID.fullmatch(address.target)
    if found is None:
        raise _bad(text, fact("address.usb_numbers", value=address.target, example=_EXAMPLES["usb"]))
    port = address.params.get("port", "")
    if port and not _USB_PORT.fullmatch(port):
        raise _bad(text, fact("address.usb_port", value=port))
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
    text, scheme = format_address(address), address.scheme
    for key in address.params:
        if key not in allowed:
            known = ", ".join(sorted(allowed))
            raise _bad(text, fact("address.parameter", scheme=scheme, key=key, known=known))
    baudrate = 9600 if scheme == "serial" else None
    given = address.params.get("baudrate")
    if given is not None:
        if not re.fullmatch(r"[0-9]{1,7}", given) or int(given) not in _BAUDRATES:
            least, most = _BAUDRATES[0], _BAUDRATES[-1]
            raise _bad(text, fact("address.baudrate", value=given, least=least, most=most))
        baudrate = int(given)
    parity = address.params.get("parity", "N")
    if parity.upper() not in {"N", "E", "O"}:
        raise _bad(text, fact("address.parity", value=parity))
    stopbits = address.params.get("stopbits", "1")
    if stopbits not in {"1", "2"}:
        raise _bad(text, fact("address.stopbits", value=stopbits))
    gap = address.params.get("rs485_gap_ms", "0")
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", gap) or float(gap) > _LONGEST_GAP_MS:
        raise _bad(text, fact("address.gap", value=gap, most=_LONGEST_GAP_MS))
    return Wire(baudrate=baudrate, parity=parity.upper(), stopbits=int(stopbits), gap=float(gap) / 1000)


def _bad(text: str, why: Fact) -> ConfigurationError:
    return ConfigurationError("address.bad", why, fact("line.at", where=text))
