"""The daily figures of a running hub: opened when first needed, kept up off the event loop."""

from __future__ import annotations

import asyncio
import time

import apsw
import structlog

from kioskd.figures.rollups import Rollups
from kioskd.figures.store import FILE_NAME, Store
from kioskd.journal.errors import JournalError
from kioskd.journal.journal import Journal
from kioskd.journal.records import Position

KEEP_UP_S = 60.0
"""How often what is new is counted while nobody asks."""

PATIENCE_S = 3.0
"""How long an answer waits for the newest figures before it is given as far as they are counted."""

BREATH_S = 0.004
"""Pause after each page of a long count, so that calls and signs have their turn."""

_log = structlog.get_logger(__name__)


class LiveRollups:
    """Figures of one journal. All methods belong to the event loop's thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._rollups: Rollups | None = None
        self._work: asyncio.Future[None] | None = None
        self._counted: Position | None = None
        self._ending = False
        self._failed = False

    async def current(self) -> Store:
        """Return the figures with everything durable now, or as far as `PATIENCE_S` allows.

        Raises `JournalError` when the journal cannot be read.
        """
        wanted = self._journal.durable
        until = time.monotonic() + PATIENCE_S
        while self._rollups is None or self._counted is None or self._counted < wanted:
            left = until - time.monotonic()
            if left <= 0 and self._rollups is not None:
                break
            done, _ = await asyncio.wait({self._under_way()}, timeout=max(left, 0.1))
            for work in done:
                work.result()
        return self._rollups.store

    async def run(self) -> None:
        """Keep up, for ever."""
        try:
            while True:
                await asyncio.sleep(KEEP_UP_S)
                if self._counted != self._journal.durable:
                    await self._keep_up()
        finally:
            self._ending = True
            if self._work is not None:
                await asyncio.gather(self._work, return_exceptions=True)
            if self._rollups is not None:
                self._rollups.store.close()
                self._rollups = None

    async def _keep_up(self) -> None:
        try:
            await asyncio.shield(self._under_way())
            self._failed = False
        except (JournalError, apsw.Error, OSError) as error:
            if not self._failed:
                _log.warning("figures.behind", reason=f"{type(error).__name__}: {error}")
            self._failed = True

    def _under_way(self) -> asyncio.Future[None]:
        if self._work is None or self._work.done():
            self._work = asyncio.ensure_future(self._count())
        return self._work

    async def _count(self) -> None:
        until = self._journal.durable
        await asyncio.to_thread(self._catch_up)
        self._counted = until

    def _catch_up(self) -> None:
        if self._rollups is None:
            store = Store(self._journal.folder / FILE_NAME)
            self._rollups = Rollups(self._journal.log(), store, lambda: time.sleep(BREATH_S))
        self._rollups.catch_up(lambda: self._ending)
