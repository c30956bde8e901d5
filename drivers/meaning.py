"""What the bytes on a device's line mean, for a technician's eye.

Each chunk is read on its own with the driver's codec. What no codec reads is searched for text, because
what is on a sign or a slip says most. Nothing here is for acting on.
"""

from __future__ import annotations

import importlib
import re
from typing import Any, Protocol

import msgspec

from drivers.registry import DRIVERS, PRIVATE

LONGEST = 240
"""Characters of a meaning."""

_SHORTEST = 4
"""Characters of a run without hanzi; any three bytes may look like letters."""

_MOST = 8
"""Messages told of one chunk."""

_CODECS = {
    "caller_display.a090": ("drivers.caller_display.a090.codec", "decoder"),
    "caller_display.alpha": ("drivers.caller_display.alpha.codec", "decoder"),
    "caller_display.cd5220": ("drivers.caller_display.cd5220.codec", "Decoder"),
    "caller_display.huidu": ("drivers.caller_display.huidu.codec", "decoder"),
    "call_pad.ff68": ("drivers.ff68.codec", "Decoder"),
    "rating_pad.ff68": ("drivers.ff68.codec", "Decoder"),
}
"""Where a driver's stream is read without knowing its options."""

_HANZI = re.compile(r"[\u4e00-\u9fffA-Za-z0-9 ,.:/+*()\u3000-\u303f\uff00-\uffef-]{2,}")


class _Decoder(Protocol):
    def feed(self, data: bytes) -> list[Any]: ...


def meaning(driver: str, data: bytes) -> str:
    """Return what a codec or, failing that, a reader of text finds in ``data``; empty for nothing."""
    known = DRIVERS.get(driver)
    if known is None or known.device_class in PRIVATE or not data:
        return ""
    if driver in _CODECS:
        module, name = _CODECS[driver]
        decoder: _Decoder = getattr(importlib.import_module(module), name)()
        try:
            messages = decoder.feed(data)
        except (ValueError, LookupError):
            messages = []  # half of something, or noise
        if messages:
            more = " …" if len(messages) > _MOST else ""
            return (" · ".join(_told(message) for message in messages[:_MOST]) + more)[:LONGEST]
    return _text(data)


def _told(message: Any) -> str:
    """``Text address=3 data=请A012到``: a struct's name and its fields."""
    if not isinstance(message, msgspec.Struct):
        return str(message)
    fields = (f"{name}={_value(getattr(message, name))}" for name in message.__struct_fields__)
    return " ".join((type(message).__name__, *fields))


def _value(value: Any) -> str:
    if isinstance(value, bytes):
        return _text(value) or value[:32].hex(" ")
    return str(value)


def _text(data: bytes) -> str:
    """Runs of readable text, hanzi in GB 18030 as nearly all of these devices have them."""
    runs = _HANZI.findall(data.decode("gb18030", "replace"))
    told = (run.strip() for run in runs)
    return " | ".join(run for run in told if len(run) >= _SHORTEST or not run.isascii())[:LONGEST]
