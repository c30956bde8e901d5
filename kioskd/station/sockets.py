"""Which socket a line is plugged into, what shares a hub with it, and what might be it elsewhere.

Pure. A line is named by its address without parameters, but for a USB printer's port.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from drivers.discovery import Found
from drivers.errors import ConfigurationError
from drivers.transport.address import format_address, parse_address
from drivers.transport.api import Address

PLUGGED = frozenset({"serial", "usb", "usblp", "evdev"})
"""Schemes of lines that are plugged into this PC."""

_ROOT_LEAST = 3
"""Devices that must have gone from a PC's own sockets until it counts as one fault: two may be chance."""

_BEFORE_FACE = re.compile(r".*-usb(v\d)?-[\d.]+:[\d.]+:")


def line_of(address: str) -> str:
    """Return the name of an address's line; an address that cannot be read is its own."""
    try:
        parsed = parse_address(address)
    except ConfigurationError:
        return address
    params = {key: value for key, value in parsed.params.items() if parsed.scheme == "usb" and key == "port"}
    return format_address(Address(parsed.scheme, parsed.target, params))


def scheme_of(line: str) -> str:
    """Return the scheme of a line."""
    return line.partition("://")[0]


def at(line: str, found: Sequence[Found]) -> Found | None:
    """Return what is plugged in where the line's address says."""
    scheme, _, target = line.partition("://")
    for each in found:
        if line_of(each.address) == line or (each.node == target and scheme in PLUGGED):
            return each
    return None


def readdressed(address: str, found: Found) -> str:
    """Return the address with its parameters as they are, but at another socket."""
    old, new = parse_address(address), parse_address(found.address)
    kept = {key: value for key, value in old.params.items() if key != "port"}
    place = {key: value for key, value in new.params.items() if key == "port"}
    return format_address(Address(new.scheme, new.target, {**place, **kept}))


def candidates(known: Found, found: Sequence[Found], taken: Collection[str]) -> tuple[Found, ...]:
    """Return what is plugged in, belongs to no line, and is the same kind of unit as the lost one."""
    return tuple(
        each
        for each in found
        if each.kind is known.kind
        and (each.usb, each.role, _face(each)) == (known.usb, known.role, _face(known))
        and each.usb
        and line_of(each.address) not in taken
    )


def _face(found: Found) -> str:
    """The interface of a unit that a path names: ``1.0-event-kbd``. Units with two keyboards have two."""
    return _BEFORE_FACE.sub("", found.address.partition("?")[0]) if found.kind != "printer" else ""


def shared_hubs(ports: Mapping[str, str], gone: Collection[str]) -> dict[str, str]:
    """Return the hub that all devices behind it went with, for each line that went so.

    ``ports`` are the sockets of all lines (``1-1.2``: socket 2 of the hub in socket 1 of bus 1). A hub is
    named by its own socket, a PC's own sockets by their bus.
    """
    behind: dict[str, list[str]] = {}
    for line, port in ports.items():
        for hub in _hubs(port):
            behind.setdefault(hub, []).append(line)
    faults: dict[str, str] = {}
    # The outermost hub first: that it has gone explains those behind it.
    for hub in sorted(behind, key=lambda hub: (len(hub), hub)):
        lines = behind[hub]
        # Where all hang on one hub further down, it is that one.
        sockets = {
            ports[line][: len(hub) + 1] + ports[line][len(hub) + 1 :].partition(".")[0] for line in lines
        }
        least = 2 if "-" in hub else _ROOT_LEAST
        if len(sockets) >= least and all(line in gone for line in lines):
            for line in lines:
                faults.setdefault(line, hub)
    return faults


def _hubs(port: str) -> Iterator[str]:
    bus, dash, path = port.partition("-")
    if not dash:
        return
    yield bus
    steps = path.split(".")
    for count in range(1, len(steps)):
        yield f"{bus}-{'.'.join(steps[:count])}"
