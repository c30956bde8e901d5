"""Logging: one line an event, readable on a terminal and in the system's journal; the last ones are kept."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import time
from collections import deque
from collections.abc import MutableMapping
from typing import Any

import msgspec
import structlog

KEPT = 1000
"""Events that a technician can look back on without a shell."""

LONGEST = 300
"""Characters kept of a value."""

_LONG_NUMBER = re.compile(r"\d{7,}[Xx]?")
_FRAME = re.compile(r'File "(?:[^"]*/)?([^"/]+)", line (\d+), in (\S+)')
_RAISED = re.compile(r"^(?:\w+\.)*([A-Z]\w*)(?::|$)", re.MULTILINE)

_OPEN = frozenset(
    {
        *("after", "behind", "code", "count", "device", "devices", "exception", "feed", "gone_for_s", "hall"),
        *("message", "new", "old", "position", "press", "route", "state", "station", "undone", "version"),
    }
)
_WORDS = re.compile(r"[A-Za-z0-9_.:/ ,<>\[\]'()-]{0,300}")


class LogLine(msgspec.Struct, frozen=True):
    """One event: ``at`` is UTC in milliseconds, ``fields`` as text, cut and without long numbers."""

    at: int
    level: str
    event: str
    fields: dict[str, str] = {}

    def strict(self) -> LogLine:
        """Return it for somebody outside the hall: known fields only, and only what no person wrote."""
        fields = {k: v for k, v in self.fields.items() if k in _OPEN and _WORDS.fullmatch(v)}
        event = self.event if _WORDS.fullmatch(self.event) else "…"
        return LogLine(self.at, self.level, event, fields)


class LogBook:
    """The last events, oldest first. A processor of structlog that changes nothing on its way."""

    def __init__(self, most: int = KEPT) -> None:
        self._lines: deque[LogLine] = deque(maxlen=most)

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        fields = {
            key: _trace(str(value)) if key == "exception" else _masked(str(value))
            for key, value in event.items()
            if key not in ("event", "level", "timestamp")
        }
        line = LogLine(
            time.time_ns() // 1_000_000,
            str(event.get("level", "info")),
            _masked(str(event.get("event", ""))),
            fields,
        )
        self._lines.append(line)
        return event

    def lines(self) -> list[LogLine]:
        """Return what is kept."""
        return list(self._lines)


class _Unsaid:
    """Ends the way of some events."""

    def __init__(self, events: frozenset[str]) -> None:
        self._events = events

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        if event.get("event") in self._events:
            raise structlog.DropEvent
        return event


def kept() -> LogBook:
    """Return the book of this process's logging; an empty one where logging was not set up."""
    processors = structlog.get_config()["processors"]
    return next((one for one in processors if isinstance(one, LogBook)), LogBook())


def set_up(*, debug: bool = False, quiet: bool = False, unsaid: frozenset[str] = frozenset()) -> None:
    """Send all logging to standard error, with ``quiet`` only warnings, and keep the last in a `LogBook`.

    Events in ``unsaid`` are kept and not written, except with ``debug``. Time stamps are left out where the
    service manager adds its own.
    """
    level = logging.DEBUG if debug else logging.WARNING if quiet else logging.INFO
    colours = sys.stderr.isatty()
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        LogBook(),
    ]
    if unsaid and not debug:
        processors.append(_Unsaid(unsaid))
    if colours:
        processors.insert(0, structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False))
        processors.append(structlog.dev.ConsoleRenderer(colors=True))
    else:
        processors.append(structlog.processors.LogfmtRenderer(key_order=["level", "event"]))
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, stream=sys.stderr)


def hear_loop() -> None:
    """Log what nobody waits for in the running event loop as everything else is logged.

    A line that breaks is no news here: its protocol is told, and says so in its own words.
    """
    asyncio.get_running_loop().set_exception_handler(_heard)


def _heard(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if "transport" in context and isinstance(error, OSError):
        return
    log = structlog.get_logger("kioskd.logs")
    log.error("loop.failed", message=context.get("message", ""), exc_info=error)


def _masked(text: str) -> str:
    """Telephone, card and identity numbers are longer than anything that is needed here."""
    return _LONG_NUMBER.sub("…", text)[:LONGEST]


def _trace(text: str) -> str:
    """Where it was raised and what; the words of an error may quote what somebody typed."""
    raised = _RAISED.findall(text)
    places = [f"{file}:{line} {function}" for file, line, function in _FRAME.findall(text)]
    return " < ".join([*(raised[-1:] or ["error"]), *reversed(places[-8:])])[:LONGEST]
