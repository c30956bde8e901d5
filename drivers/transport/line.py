"""Opening a line."""

from __future__ import annotations

from drivers.errors import ConfigurationError
from drivers.facts import fact
from drivers.transport.address import SCHEMES, format_address
from drivers.transport.api import Address, Line
from drivers.transport.stream import Timing, Traffic


async def open_line(
    address: Address, *, traffic: Traffic | None = None, timing: Timing | None = None
) -> Line:
    """Open the line to a device; the caller closes it.

    ``traffic`` sees every chunk as ``("<", data)`` from the device or ``(">", data)`` to it.
    Raises `TransientError` ``line.absent`` (refused, unreachable, no such port),
    `ConfigurationError` ``line.busy`` (another program holds the port), ``line.denied`` (not
    permitted), ``line.no_library`` (the system lacks what it takes) or ``address.bad``
    (not a port, or a scheme that is no byte line).
    """
    timing = timing or Timing()
    if address.scheme == "tcp":
        from drivers.transport.tcp import open_tcp

        return await open_tcp(address, traffic, timing)
    if address.scheme == "udp":
        from drivers.transport.udp import open_udp

        return await open_udp(address, traffic, timing)
    if address.scheme == "serial":
        from drivers.transport.serial import open_serial

        return await open_serial(address, traffic, timing)
    if address.scheme == "usb":
        from drivers.transport.usb import open_usb

        return await open_usb(address, traffic, timing)
    if address.scheme == "usblp":
        from drivers.transport.usblp import open_usblp

        return await open_usblp(address, traffic, timing)
    if address.scheme == "evdev":
        from drivers.transport.evdev import open_evdev

        return await open_evdev(address, traffic, timing)
    if address.scheme == "alsa":
        from drivers.transport.alsa import open_alsa

        return await open_alsa(address, traffic, timing)
    if address.scheme == "v4l2":
        from drivers.transport.v4l2 import open_v4l2

        return await open_v4l2(address, traffic, timing)
    raise ConfigurationError(
        "address.bad",
        fact("line.no_bytes", scheme=address.scheme, known=", ".join(SCHEMES)),
        fact("line.at", where=format_address(address)),
    )
