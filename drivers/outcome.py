"""How a job ended."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What became of something that is done once: a slip, an announcement."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
