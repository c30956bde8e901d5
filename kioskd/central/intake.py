"""Takes the pushes of halls: the usual one in one step, every other one by the book.

A push that goes on where this process saw the hall's log end is judged by that alone, and appended on the
condition that the log still ends there: what another process did meanwhile, or a database that was put back,
makes the condition fail. Then, and for everything but a plain continuation, `kioskd.central.log.take` locks
and looks.
"""

from __future__ import annotations

from functools import partial

from kioskd.central import log
from kioskd.central.database import Advance, Database, Stand
from kioskd.central.ingest import Append, HallCursor, basis, judge
from kioskd.sync.messages import Mark, NotTaken, Push, Taken
from kioskd.sync.wire import MOST_EVENTS


class Intake:
    """One a process; what it remembers is only ever a guess."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ends: dict[str, Stand] = {}

    async def take(self, hall: str, push: Push, wall: int) -> Taken | NotTaken:
        """Take a push, or say why not; ``wall`` is the time now.

        Raises `log.UnknownHallError` and `log.CorruptPushError`.
        """
        taken: Taken | NotTaken | None = await self._go_on(hall, push, wall)
        if taken is None:
            taken = await self._database.write(partial(log.take, hall, push, wall))
        if isinstance(taken, Taken):
            self._ends[hall] = Stand(taken.inc, taken.epoch, taken.next, bytes.fromhex(taken.hash))
        else:
            self._ends.pop(hall, None)
        return taken

    async def _go_on(self, hall: str, push: Push, wall: int) -> Taken | None:
        end = self._ends.get(hall)
        if end is None or (push.epoch, push.first) != (end.epoch, end.next) or not push.events:
            return None
        cursor = HallCursor(end.epoch, end.next, end.chain)
        verdict = judge(end.inc, cursor, push, None) if basis(cursor, push) is None else None
        if not isinstance(verdict, Append):
            return None
        after = Stand(end.inc, verdict.cursor.epoch, verdict.cursor.next, verdict.cursor.chain)
        events = log.rows(hall, verdict)
        safe = await self._database.advance(Advance(hall, end, after, events, wall))
        if safe is None:
            return None
        return Taken(after.inc, after.epoch, after.next, after.chain.hex(), Mark(*safe), MOST_EVENTS)
