"""Lines over TCP: network devices and serial servers."""

from __future__ import annotations

import asyncio
import os
import socket

from drivers.errors import ConfigurationError, TransientError
from drivers.facts import errno_name, fact, refused
from drivers.transport.address import format_address, host_port, wire_of
from drivers.transport.api import Address
from drivers.transport.stream import StreamLine, Timing, Traffic

_KEEPALIVE = (
    # A device that lost power or its cable says nothing. Probing after 10 s of silence, every
    # 5 s, three times, finds it gone within 25 s even when nobody asks it anything.
    ("TCP_KEEPIDLE", 10),
    ("TCP_KEEPINTVL", 5),
    ("TCP_KEEPCNT", 3),
    # The same limit for bytes sent but never acknowledged, in milliseconds.
    ("TCP_USER_TIMEOUT", 25_000),
)


async def open_tcp(address: Address, traffic: Traffic | None, timing: Timing) -> StreamLine:
    """Connect; see `drivers.transport.line.open_line` for the errors."""
    host, port = host_port(address)
    wire = wire_of(address)
    where = fact("line.at", where=format_address(address))
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timing.connect):
            transport, line = await loop.create_connection(
                lambda: StreamLine(address, wire, traffic, timing), host, port
            )
    except TimeoutError:
        raise TransientError("line.absent", fact("line.no_answer", seconds=timing.connect), where) from None
    except PermissionError as error:
        raise ConfigurationError("line.denied", fact("line.forbidden"), where) from error
    except OSError as error:
        # asyncio puts the address where the system's words stood.
        said = error
        if error.errno is not None and errno_name(error):
            said = OSError(error.errno, os.strerror(error.errno))
        raise TransientError("line.absent", refused(said), where) from error
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return line
