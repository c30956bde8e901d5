"""Slows down whoever guesses codes."""

from __future__ import annotations

import time
from collections.abc import Callable

FREE = 5
FORGET_S = 60.0
MOST = 10_000


class Guesses:
    """Counts by address, for a minute, what may be done ``free`` times in it, such as guessing wrong."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, *, free: int = FREE) -> None:
        self._monotonic = monotonic
        self._free = free
        self._wrong: dict[str, tuple[int, float]] = {}

    def may(self, who: str) -> bool:
        """Whether this address may guess again now."""
        count, since = self._wrong.get(who, (0, 0.0))
        return count < self._free or self._monotonic() - since >= FORGET_S

    def failed(self, who: str) -> None:
        """This address guessed wrong."""
        now = self._monotonic()
        if len(self._wrong) >= MOST:
            self._wrong = {w: c for w, c in self._wrong.items() if now - c[1] < FORGET_S}
        count, since = self._wrong.get(who, (0, now))
        self._wrong[who] = (1, now) if now - since >= FORGET_S else (count + 1, since)
