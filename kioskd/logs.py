"""Logging: one line an event, readable on a terminal and in the system's journal."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up(*, debug: bool = False, quiet: bool = False) -> None:
    """Send all logging to standard error, with ``quiet`` only warnings.

    Time stamps are left out where the service manager adds its own.
    """
    level = logging.DEBUG if debug else logging.WARNING if quiet else logging.INFO
    colours = sys.stderr.isatty()
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
    ]
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
