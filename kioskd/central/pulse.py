"""Whether the embedded database still answers: what the central server's watchdog is fed by."""

from __future__ import annotations

import asyncio

from sqlalchemy import literal, select

from kioskd.central.database import Database, Running
from kioskd.station.clock import SystemClock
from kioskd.station.progress import Progress

PULSE_S = 10.0
ANSWER_S = 60.0
"""Longer than anything that is asked of a database keeps it busy."""


class Pulse:
    """Asks now and then; an answer that does not come means a server that is stuck."""

    def __init__(self, database: Database, pulse_s: float = PULSE_S, answer_s: float = ANSWER_S) -> None:
        self._database = database
        self._progress = Progress(SystemClock())
        self._pulse_s, self._answer_s = pulse_s, answer_s

    def stalled(self) -> tuple[str, ...]:
        """Name the database when it owes an answer for too long."""
        return self._progress.stalled()

    async def beat(self) -> None:
        """Ask until cancelled."""
        while True:
            await asyncio.sleep(self._pulse_s)
            with self._progress.working("database", self._answer_s):
                await self._database.read(_nothing)


def _nothing() -> Running[None]:
    yield select(literal(1))
