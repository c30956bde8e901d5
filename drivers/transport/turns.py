"""Whose turn it is on a line: one asks, the others wait, the latest change goes first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from drivers.errors import TransientError
from drivers.transport.address import Wire

_GAP_PATIENCE = 0.5
"""Seconds after which a turn begins although the wire has not fallen silent: one babbling device
must not silence a bus for good."""

Newest = Callable[[], float]


class Turns:
    """The queue for a line, with the turnaround gap between one turn and the next."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[asyncio.Future[None], Newest | None] = {}
        self._owned = False
        self._timer: asyncio.TimerHandle | None = None
        self._quiet_at = float("-inf")
        self._lost: TransientError | None = None

    def said(self, count: int) -> None:
        """Note that ``count`` bytes were handed over; they leave one after another at wire speed."""
        self._quiet_at = max(self._quiet_at, self._loop.time()) + count * self._wire.byte_time

    def heard(self) -> None:
        """Note that bytes arrived just now."""
        self._quiet_at = max(self._quiet_at, self._loop.time())

    def end(self, error: TransientError) -> None:
        """Fail everyone who waits, and everyone who will."""
        self._lost = error
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for future in self._waiting:
            if not future.done():
                future.set_exception(TransientError(error.code, *error.facts))

    @asynccontextmanager
    async def turn(self, newest: Newest | None = None) -> AsyncIterator[None]:
        """Own the line, as `drivers.transport.api.Line.turn` says."""
        await self._take(newest)
        try:
            yield
        finally:
            self._owned = False
            self._next()

    async def _take(self, newest: Newest | None) -> None:
        if self._lost is not None:
            raise TransientError(self._lost.code, *self._lost.facts)
        future: asyncio.Future[None] = self._loop.create_future()
        self._waiting[future] = newest
        self._next()
        try:
            await future
        except BaseException:
            if future.done() and not future.cancelled() and future.exception() is None:
                self._owned = False
            self._waiting.pop(future, None)
            self._next()
            raise

    def _next(self) -> None:
        """Begin the next turn, now or once the gap has passed."""
        if self._owned or self._timer is not None or not self._waiting or self._lost is not None:
            return
        self._begin(self._loop.time() + _GAP_PATIENCE)

    def _begin(self, at_latest: float) -> None:
        self._timer = None
        if self._owned or self._lost is not None:
            return
        now = self._loop.time()
        # What we are still sending always counts; patience only limits waiting for others.
        begin_at = self._quiet_at + self._wire.gap if self._wire.gap else now
        if begin_at > now and (now < at_latest or self._quiet_at > now):
            self._timer = self._loop.call_at(begin_at, self._begin, at_latest)
            return
        chosen = self._choose()
        if chosen is not None:
            self._owned = True
            del self._waiting[chosen]
            chosen.set_result(None)

    def _choose(self) -> asyncio.Future[None] | None:
        best: asyncio.Future[None] | None = None
        best_change = float("-inf")
        for future, newest in self._waiting.items():
            if future.done():
                continue
            change = newest() if newest is not None else float("-inf")
            if best is None or change > best_change:
                best, best_change = future, change
        return best
