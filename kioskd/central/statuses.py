"""What halls say of themselves, kept: all that came while one transaction was written goes into the next."""

from __future__ import annotations

import asyncio
from functools import partial

from kioskd.central import halls
from kioskd.central.database import Database


class Statuses:
    """One a process. Every hall says something every few seconds, and of each only the last word counts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next: dict[str, tuple[bytes, int]] = {}
        self._round: asyncio.Task[None] | None = None
        self._after: asyncio.Task[None] | None = None

    async def keep(self, hall: str, status: bytes, wall: int) -> None:
        """Return once what the hall says, or something newer, is durable; raises what writing raises."""
        self._next[hall] = (status, wall)
        if self._after is None:
            self._after = asyncio.create_task(self._write(self._round), name="central statuses")
        await asyncio.shield(self._after)

    async def _write(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait((before,))
        self._round, self._after = self._after, None
        said, self._next = self._next, {}
        # In order of the halls, as whoever else locks several of them does.
        await self._database.write(partial(halls.keep_statuses, sorted(said.items())))
