"""Hall time that stands until somebody lets it pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kioskd.hub.clock import Clock

HASTE = 1000
"""The hub looks at this clock so many times as often as at a real one: it sees at once that time passed."""


class HandClock:
    """``start`` is the hall's local time, ``utc_offset_min`` minutes east of UTC."""

    def __init__(self, start: datetime, utc_offset_min: int = 480) -> None:
        self._start = start
        self._passed_s = 0
        wall = (start - timedelta(minutes=utc_offset_min)).replace(tzinfo=UTC)
        self.clock = Clock(
            speed=HASTE, start=int(wall.timestamp() * 1000), steady=lambda: self._passed_s * 1000 // HASTE
        )

    @property
    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed_s)

    def wait(self, seconds: int) -> None:
        """Let so much time pass at once."""
        self._passed_s += seconds
