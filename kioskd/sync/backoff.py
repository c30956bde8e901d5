"""How long to wait before the next try: full jitter, so that 3,000 halls never come back at once."""

from __future__ import annotations

from collections.abc import Callable

FIRST_S = 1.0
MOST_S = 60.0


class Backoff:
    """Counts failures in a row. ``random`` gives numbers in [0, 1)."""

    def __init__(self, random: Callable[[], float], first: float = FIRST_S, most: float = MOST_S) -> None:
        self._random = random
        self._first = first
        self._most = most
        self._failures = 0

    def failed(self, at_least: float = 0.0) -> float:
        """Return how many seconds to wait; ``at_least`` is what the other side asked for (Retry-After)."""
        ceiling = min(self._most, self._first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return at_least + self._random() * ceiling

    def worked(self) -> None:
        """Begin anew after the next failure."""
        self._failures = 0
