"""One thing that is plugged in."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What the kernel made of it."""

    SERIAL = "serial"
    PRINTER = "printer"
    INPUT = "input"
    VIDEO = "video"
    SOUND = "sound"


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device of this PC.

    ``address`` names it as settings do and stays the same when another device is plugged in or the
    PC starts again, provided it stays in its socket; ``stable`` is false where the system offers
    no such name. ``node`` is the device file it has now, ``port`` the USB socket as the
    kernel counts it (``1-1.2``: bus 1, socket 1, socket 2 of the hub there), ``usb`` its
    ``vendor:product`` in hex. ``role`` says what an input device looks like (``keypad``,
    ``keyboard``, ``tablet``, ``mouse``, ``buttons``).
    """

    kind: Kind
    address: str
    name: str
    node: str = ""
    port: str = ""
    usb: str = ""
    role: str = ""
    stable: bool = True
