"""Sends what is in the outbox, for ever; whatever the receiver does, nothing else waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from random import random as system_random

import msgspec
import structlog
from sqlalchemy import select

from kioskd.central.database import Database, Running
from kioskd.central.export import outbox
from kioskd.central.export.form import FormRules, fill
from kioskd.central.export.outbox import Parcel
from kioskd.central.export.settings import ExportSettings
from kioskd.central.export.sinks import NotSentError, Sink
from kioskd.central.loops import Loop
from kioskd.central.schema import RULES

LOOK_S = 5.0
AT_ONCE = 4
MOST = 100
LEASE_MS = 5 * 60_000
"""Longer than sending a round takes; whoever claimed a parcel and died leaves it for others then."""

FIRST_MS = 30_000
LONGEST_MS = 6 * 3600 * 1000

log = structlog.get_logger(__name__)


class Sender:
    """One a process; several share the outbox."""

    def __init__(
        self,
        database: Database,
        settings: ExportSettings,
        sink: Sink,
        wall: Callable[[], int],
        *,
        random: Callable[[], float] = system_random,
    ) -> None:
        self._database = database
        self._settings = settings
        self._sink = sink
        self._wall = wall
        self._random = random
        self._ended = asyncio.Event()
        self._away = False

    def end(self) -> None:
        """Stop soon."""
        self._ended.set()

    async def run(self) -> None:
        """Send until `end`."""
        loop = Loop("export")
        while not self._ended.is_set():
            more = False
            with loop.turn():
                more = await self.round()
            if not more:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._ended.wait()

    async def round(self) -> bool:
        """Send what is due; return whether there may be more right now."""
        parcels = await self._database.write(partial(outbox.claim, self._wall(), LEASE_MS, MOST))
        if not parcels:
            return False
        rules = await self._database.read(partial(_rules, frozenset(one.rated.hall for one in parcels)))
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(parcel: Parcel) -> bool:
            async with turns:
                return await self._send(parcel, rules.get(parcel.rated.hall, FormRules()))

        done = await asyncio.gather(*(one(parcel) for parcel in parcels))
        return len(parcels) == MOST and any(done)

    async def _send(self, parcel: Parcel, rules: FormRules) -> bool:
        form = fill(parcel.rated, self._settings.codes(parcel.rated.hall), rules)
        try:
            await self._sink.send(form)
        except NotSentError as error:
            due = self._wall() + self._pause(parcel.tries)
            script = partial(outbox.failed, parcel, due, str(error), refused=error.refused)
            await self._database.write(script)
            if not self._away:
                self._away = True
                log.warning("export_stopped", error=str(error))
            return False
        await self._database.write(partial(outbox.sent, parcel, self._wall()))
        if self._away:
            self._away = False
            log.info("export_going")
        return True

    def _pause(self, tries: int) -> int:
        """Full jitter below a ceiling that doubles, but never quite at once."""
        ceiling = min(LONGEST_MS, FIRST_MS * 2 ** min(tries - 1, 20))
        return int(1000 + self._random() * ceiling)


def _rules(halls: frozenset[str]) -> Running[dict[str, FormRules]]:
    rows = yield select(RULES.c.hall, RULES.c.body).where(RULES.c.hall.in_(halls))
    return {row.hall: msgspec.json.decode(row.body, type=FormRules) for row in rows}
