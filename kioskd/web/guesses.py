"""Guessing of check codes, slowed until it is no use: ten thousand codes, five tries in ten minutes."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

PER_NUMBER = 5
WINDOW_S = 600.0
IN_HALL = 30
HALL_WINDOW_S = 60.0
NUMBERS_KEPT = 2000


class Guesses:
    """Tries of check codes that were not right, for each number and for the whole hall."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._numbers: OrderedDict[str, deque[float]] = OrderedDict()
        self._hall: deque[float] = deque(maxlen=IN_HALL)

    def begin(self, number: str) -> bool:
        """Count a try before it is known whether it is right; False: there were too many."""
        now = self._steady()
        tries = self._numbers.setdefault(number, deque(maxlen=PER_NUMBER))
        self._numbers.move_to_end(number)
        if len(self._numbers) > NUMBERS_KEPT:
            self._numbers.popitem(last=False)
        if _full(tries, now, WINDOW_S) or _full(self._hall, now, HALL_WINDOW_S):
            return False
        tries.append(now)
        self._hall.append(now)
        return True

    def right(self, number: str) -> None:
        """Forget the tries for a number whose code was right."""
        mine = self._numbers.pop(number, None)
        if mine and self._hall:
            self._hall.pop()


def _full(tries: deque[float], now: float, window: float) -> bool:
    return len(tries) == tries.maxlen and now - tries[0] < window
