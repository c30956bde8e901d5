"""Bytes at the speed of a wire, for simulated ports."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

_SLICE = 16
"""Bytes delivered at once: 17 ms at 9600 baud, fine enough to look like a wire."""


class Pace:
    """Passes bytes on in order, ten bits a byte; at once when there is no baud rate.

    Holds at most ``limit`` bytes; what is pushed beyond `room` is lost.
    """

    def __init__(self, baudrate: int | None, sink: Callable[[bytes], None], limit: int = 65536) -> None:
        self._byte_time = 10 / baudrate if baudrate else 0.0
        self._sink = sink
        self._limit = limit
        self._queue: deque[bytes] = deque()
        self._held = 0
        self._timer: asyncio.TimerHandle | None = None
        self._free_at = 0.0

    @property
    def room(self) -> int:
        """How many bytes may be pushed now."""
        return self._limit - self._held

    def push(self, data: bytes) -> None:
        """Take bytes on their way."""
        if not self._byte_time:
            self._sink(data)
            return
        taken = data[: self.room]
        self._queue.extend(taken[at : at + _SLICE] for at in range(0, len(taken), _SLICE))
        self._held += len(taken)
        if self._timer is None and self._queue:
            self._schedule()

    def clear(self) -> None:
        """Forget what has not arrived."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._queue.clear()
        self._held = 0

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        self._free_at = max(self._free_at, loop.time()) + len(self._queue[0]) * self._byte_time
        self._timer = loop.call_at(self._free_at, self._arrive)

    def _arrive(self) -> None:
        self._timer = None
        data = self._queue.popleft()
        self._held -= len(data)
        if self._queue:
            self._schedule()
        self._sink(data)
