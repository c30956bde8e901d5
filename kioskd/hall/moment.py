"""Time as data: what the shell tells the heart about now."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import lru_cache

import msgspec

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
_MS = timedelta(milliseconds=1)


class Moment(msgspec.Struct, frozen=True, gc=False):
    """One instant.

    ``at`` is hall time in milliseconds: it never runs backwards, and every order, age and deadline
    is counted in it. ``wall`` is what the clock on the wall says, UTC milliseconds since 1970: a
    label for people and the calendar, which may jump.
    """

    at: int
    wall: int

    def local(self, utc_offset_min: int) -> datetime:
        """Return the wall time in the hall's zone, naive."""
        return _EPOCH + (self.wall + utc_offset_min * 60_000) * _MS


def rfc3339(wall: int, offset_min: int, *, ms: bool = False) -> str:
    """Return a wall label in a zone, to the second or, with ``ms``, the millisecond."""
    text = _second(wall // 1000, offset_min)
    return f"{text[:19]}.{wall % 1000:03d}{text[19:]}" if ms else text


@lru_cache(maxsize=512)
def _second(second: int, offset_min: int) -> str:
    local = Moment(0, second * 1000).local(offset_min).replace(tzinfo=timezone(timedelta(minutes=offset_min)))
    return local.isoformat(timespec="seconds")
