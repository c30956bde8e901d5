"""Wakes those who wait for orders to a hall, whichever process took the order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import structlog
from sqlalchemy import func, select

from kioskd.central.database import Database, Running
from kioskd.central.loops import Loop
from kioskd.central.schema import ORDERS

LOOK_S = 1.0
"""How often one process looks for what another took: one small query, however many halls wait."""

BACK_MS = 60_000
"""How far back it looks: further than the clocks of two processes may differ."""

log = structlog.get_logger(__name__)


class Bell:
    """One a process."""

    def __init__(self, database: Database, wall: Callable[[], int]) -> None:
        self._database = database
        self._wall = wall
        self._waiting: dict[str, dict[asyncio.Future[None], None]] = defaultdict(dict)
        self._seen: dict[str, int] = {}
        self._ended = asyncio.Event()

    @contextmanager
    def listening(self, hall: str) -> Iterator[asyncio.Future[None]]:
        """Give a future that is set when there may be new orders for the hall."""
        rung: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[hall][rung] = None
        try:
            yield rung
        finally:
            del self._waiting[hall][rung]
            if not self._waiting[hall]:
                del self._waiting[hall]

    def ring(self, hall: str) -> None:
        """Wake those who wait for this hall's orders."""
        for rung in self._waiting.get(hall, ()):
            if not rung.done():
                rung.set_result(None)

    @property
    def ended(self) -> bool:
        """Whether nobody should wait any more."""
        return self._ended.is_set()

    def end(self) -> None:
        """Wake everybody: the server ends."""
        self._ended.set()
        for hall in tuple(self._waiting):
            self.ring(hall)

    async def run(self) -> None:
        """Look for orders that other processes took, until `end`."""
        loop = Loop("orders")
        while not self.ended:
            if self._waiting:
                with loop.turn():
                    newest = await self._database.read(partial(_newest, self._wall() - BACK_MS))
                    for hall, seq in newest.items():
                        if self._seen.get(hall) != seq:
                            self.ring(hall)
                    self._seen = newest
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._ended.wait()


def _newest(since: int) -> Running[dict[str, int]]:
    newest = func.max(ORDERS.c.seq).label("newest")
    rows = yield select(ORDERS.c.hall, newest).where(ORDERS.c.made >= since).group_by(ORDERS.c.hall)
    return {row.hall: row.newest for row in rows}
