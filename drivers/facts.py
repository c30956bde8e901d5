"""What a driver tells a technician beyond the status code: stable codes and values, no sentences.

The sentence is made at the edge, in the reader's language: ``ui/web/text``, table ``detail``. What a device,
the system or a library said in words of its own is a value, and shown as it came.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable

import msgspec

SAID = "said"
"""Code of a fact that is free words (``text``), which no table has a sentence for."""

WHERE = "line.at"
"""Code of the line's address (``where``): for logs; readers have it beside them."""

LONGEST = 200
"""Characters of a value."""


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing to know; see `fact`."""

    code: str
    values: dict[str, str] = {}

    def __str__(self) -> str:
        """Return it as logs hold it: ``line.stuck seconds=5 where=tcp://10.0.0.5:9100``."""
        if self.code == SAID:
            return self.values.get("text", "")
        return " ".join((self.code, *(f"{name}={value}" for name, value in sorted(self.values.items()))))


def fact(code: str, /, **values: object) -> Fact:
    """Return a fact. ``code`` must be written out where this is called: tests collect the codes there."""
    return Fact(code, {name: _text(value)[:LONGEST] for name, value in values.items()})


def plain(facts: Iterable[Fact]) -> str:
    """Return facts on one line, for logs and for readers older than these codes."""
    return "; ".join(map(str, facts))


def refused(error: BaseException) -> Fact:
    """Return what the system or a library says: the errno's name where there is one, and its words."""
    if isinstance(error, socket.gaierror):
        return fact("system.no_name", text=error.strerror or error)
    text = getattr(error, "strerror", None) or error
    if name := errno_name(error):
        return fact("system", error=name, text=text)
    return fact("system.other", text=str(text) or repr(error))


def errno_name(error: BaseException) -> str:
    """Return ``ENODEV`` and the like; empty for what has no such number."""
    number = getattr(error, "errno", None)
    if number is None and error.args:
        number = error.args[0]
    return errno.errorcode.get(number, "") if isinstance(number, int) else ""


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
