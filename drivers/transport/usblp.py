"""Lines over the kernel's own USB printer files, ``/dev/usb/lp0``.

Linux's usblp driver gives a printer of class 07/01 a file that can be open once. What is read and
written are the bytes of its bulk endpoints (kernel source drivers/usb/class/usblp.c): a write is on its
way until the file can be written to again, an empty packet reads as nothing, a printer pulled out
answers ENODEV.
"""

from __future__ import annotations

import os

from drivers.transport.address import format_address
from drivers.transport.api import Address
from drivers.transport.node import NodeLine, cannot_open, did_not_open
from drivers.transport.opening import open_in_thread
from drivers.transport.stream import Timing, Traffic

_EMPTY_PAUSE = 0.05
"""Seconds between reads from a printer that sends empty packets, as some do without end."""


async def open_usblp(address: Address, traffic: Traffic | None, timing: Timing) -> NodeLine:
    """Open the file for this line alone; see `drivers.transport.line.open_line` for the errors."""
    where = format_address(address)
    flags = os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY
    try:
        file = await open_in_thread(lambda: os.open(address.target, flags), os.close, timing.connect)
    except TimeoutError:
        raise did_not_open(where, timing.connect) from None
    except OSError as error:
        raise cannot_open(where, error, "lp") from error
    return NodeLine(address, (file,), traffic, timing, empty_pause=_EMPTY_PAUSE)
