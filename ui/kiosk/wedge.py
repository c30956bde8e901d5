"""Telling a scanner from fingers: both type, but no finger types six signs a moment apart."""

from __future__ import annotations

APART_S = 0.06
"""Signs of one burst come closer together than this, the pace of our own looking included."""
SCANNED = 6
"""A burst of so many signs comes from a scanner."""
LONGEST = 512


class Wedge:
    """Gathers typed signs into scans and single keys. Times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._signs = ""
        self._last = 0.0
        self._ended = -1.0

    def typed(self, sign: str, now: float) -> tuple[str, str]:
        """Take in a sign; return a scan and single keys that are thereby over (either may be empty)."""
        over = self.due(now)
        if len(self._signs) < LONGEST:
            self._signs += sign
        self._last = now
        return over

    def entered(self, now: float) -> bool:
        """Return whether an Enter belongs to a scan, as its end mark; the scan is due then."""
        if len(self._signs) >= SCANNED and now - self._last <= APART_S:
            self._last = now - 2 * APART_S
            self._ended = now
            return True
        return now - self._ended <= APART_S

    @property
    def due_at(self) -> float | None:
        """When what was typed so far is over, None while nothing is kept."""
        return self._last + APART_S if self._signs else None

    def due(self, now: float) -> tuple[str, str]:
        """Return the scan or the single keys that are over by now."""
        if not self._signs or now - self._last < APART_S:
            return "", ""
        signs, self._signs = self._signs, ""
        if len(signs) < SCANNED:
            return "", signs
        self._ended = now
        return signs, ""
