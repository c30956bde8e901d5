"""The hub's end of one standby: what it lacks, and then what comes, each page whole."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import apsw

from kioskd.journal.database import DATABASE_NAME, connect_reader
from kioskd.journal.journal import Journal
from kioskd.journal.records import Position
from kioskd.journal.replica import Row, Rows, named, select, values_in
from kioskd.journal.writer import Write
from kioskd.standby.messages import Follow

PAGE = 500
_T = TypeVar("_T")


class Changes:
    """What was committed beside events since it was last asked."""

    def __init__(self) -> None:
        self.requests: dict[str, None] = {}
        self.refs: dict[str, None] = {}
        self.gone: dict[str, None] = {}

    def add(self, write: Write) -> None:
        """Note a write that is durable."""
        batch = write.batch
        if batch.request is not None:
            self.requests[batch.request.key] = None
        for value in batch.private:
            self.refs[value.ref] = None
            self.gone.pop(value.ref, None)
        for ref in batch.erase:
            self.gone[ref] = None
            self.refs.pop(ref, None)

    def any(self) -> bool:
        """Whether there is something."""
        return bool(self.requests or self.refs or self.gone)

    def merge(self, others: Changes) -> None:
        """Take in those of another time; the newer word counts where they were added later."""
        self.requests |= others.requests
        self.refs |= others.refs
        self.gone |= others.gone


class Source:
    """Reads the journal for one standby, by a connection of its own so that nothing waits for it."""

    def __init__(self, journal: Journal, follow: Follow) -> None:
        self._journal = journal
        self._path: Path = journal.folder / DATABASE_NAME
        self._turn = threading.Lock()
        self._connection = connect_reader(self._path)
        self._changes = Changes()
        self._later = Changes()
        self._news = asyncio.Event()
        self._unwatch = journal.watch(self._saw)
        self._at = follow.head
        self._vault: tuple[object, ...] = ()
        self._checkpoint = follow.checkpoint
        self._snapshot = follow.snapshot
        self._refs: tuple[tuple[str, bytes], ...] | None = follow.refs
        self._requests_from: Position | None = follow.head

    def _saw(self, write: Write) -> None:
        self._changes.add(write)
        self._news.set()

    async def knows(self, follow: Follow) -> bool:
        """Whether the standby's copy is the beginning of this journal."""

        def look(connection: apsw.Connection) -> bool:
            rows = select(connection, "event", "position = ?", follow.head.number)
            return bool(rows) and rows[0][-1] == follow.chain

        return follow.head == Position(0, 0) or await self._far(look)

    async def begin_anew(self) -> None:
        """The standby holds nothing any more."""
        self._at = Position(0, 0)
        self._vault, self._checkpoint, self._snapshot = (), 0, 0
        self._refs, self._requests_from = (), Position(0, 0)

    async def wait(self, seconds: float) -> None:
        """Wait for something to send."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    async def next(self) -> Rows | None:
        """Return the next page, None when the standby has everything."""
        self._news.clear()
        durable = self._journal.durable
        if self._refs is not None or self._at < durable:
            changes = self._take()
            rows = await self._far(lambda connection: self._page(connection, durable, changes))
            if rows.events:
                self._at = Position.from_number(int(rows.events[-1][0] or 0))
            return rows
        if self._changes.any():
            changes = self._take()
            return await self._far(lambda connection: self._rest(connection, (), changes))
        return None

    def _take(self) -> Changes:
        """Take what has changed; in the event loop's thread, where it comes from."""
        changes, self._changes = self._changes, Changes()
        return changes

    def _page(self, connection: apsw.Connection, durable: Position, changes: Changes) -> Rows:
        events = select(
            connection,
            "event",
            "position > ? AND position <= ? ORDER BY position LIMIT ?",
            *(self._at.number, durable.number, PAGE),
        )
        last = Position.from_number(int(events[-1][0] or 0)) if events else self._at
        if last < durable:
            self._later.merge(changes)
            return Rows(events=events, whole=False)
        return self._rest(connection, events, changes)

    def _rest(self, connection: apsw.Connection, events: tuple[Row, ...], changes: Changes) -> Rows:
        """Everything that belongs to the events up to here."""
        changes.merge(self._later)
        self._later = Changes()
        last = int(events[-1][0] or 0) if events else self._at.number
        requests = named(connection, "request", "key", changes.requests)
        if self._requests_from is not None:
            requests = select(connection, "request", "position > ?", self._requests_from.number)
            self._requests_from = None
        # An answer never goes before the events that it speaks of.
        early = [row for row in requests if int(row[3] or 0) > last]
        requests = tuple(row for row in requests if int(row[3] or 0) <= last)
        self._later.requests = {str(row[0]): None for row in early}
        refs: Iterable[str] = changes.refs
        gone = set(changes.gone)
        if self._refs is not None:
            held, there = set(self._refs), set(values_in(connection))
            names = {ref for ref, _ in there}
            refs = {ref for ref, _ in there - held} | set(refs)
            gone |= {ref for ref, _ in held} - names
            self._refs = None
        # One that was erased and stored again meanwhile is there.
        gone -= {str(row[0]) for row in named(connection, "private", "ref", gone)}
        vault = select(connection, "vault_key", "1 ORDER BY id")
        fresh_vault = vault if vault != self._vault else None
        self._vault = vault
        checkpoints = select(connection, "checkpoint", "number > ? ORDER BY number", self._checkpoint)
        if checkpoints:
            self._checkpoint = int(checkpoints[-1][0] or 0)
        newest = select(
            connection,
            "snapshot",
            "position > ? AND position <= ? ORDER BY position DESC LIMIT 1",
            *(self._snapshot, last),
        )
        if newest:
            self._snapshot = int(newest[0][0] or 0)
        return Rows(
            events=events,
            requests=requests,
            private=named(connection, "private", "ref", refs),
            gone=tuple(gone),
            vault=fresh_vault,
            checkpoints=checkpoints,
            snapshot=newest[0] if newest else None,
        )

    async def _far(self, work: Callable[[apsw.Connection], _T]) -> _T:
        def run() -> _T:
            with self._turn:
                return work(self._connection)

        return await asyncio.to_thread(run)

    async def close(self) -> None:
        """Let the journal go."""
        self._unwatch()

        def run() -> None:
            with self._turn:
                self._connection.close(True)

        await asyncio.to_thread(run)
