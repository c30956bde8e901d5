"""The reading side of an open journal: one connection for the event loop, one for worker threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import apsw

from kioskd.journal.database import chain_at, connect_reader, days_opened, events, events_of, late_ratings
from kioskd.journal.errors import JournalError
from kioskd.journal.records import Position, StoredEvent

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Readers:
    """Two connections that cannot write, so that a long read off the loop never delays a short one on it.

    Both methods run ``work(connection, ...)`` and raise `JournalError` ``unreadable`` when the database
    cannot be read.
    """

    def __init__(self, path: Path, vfs: str | None) -> None:
        self._near = connect_reader(path, vfs)
        self._far = connect_reader(path, vfs)
        # A thread lock: a thread reads on when the task that waits for it is cancelled.
        self._far_turn = threading.Lock()

    def near(
        self, work: Callable[Concatenate[apsw.Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Read at once, in the event loop's thread."""
        try:
            return work(self._near, *args, **kwargs)
        except apsw.Error as error:
            raise JournalError("unreadable", str(error)) from error

    async def far(
        self, work: Callable[Concatenate[apsw.Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Read in a worker thread, one at a time."""
        return await asyncio.to_thread(lambda: self.aside(work, *args, **kwargs))

    def aside(
        self, work: Callable[Concatenate[apsw.Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Read in this thread, which is not the event loop's."""
        try:
            with self._far_turn:
                return work(self._far, *args, **kwargs)
        except apsw.Error as error:
            raise JournalError("unreadable", str(error)) from error

    def close(self) -> None:
        """Close both; waits for a read that is under way."""
        self._near.close(True)
        with self._far_turn:
            self._far.close(True)


class Log:
    """The durable events, read in worker threads; each method blocks and raises `JournalError`."""

    def __init__(self, readers: Callable[[], Readers]) -> None:
        """``readers`` are those of now: a journal that was opened anew has others."""
        self._readers = readers

    def read(self, after: Position, limit: int, until: Position | None = None) -> list[StoredEvent]:
        """Return at most ``limit`` events past ``after``, in order, to ``until`` inclusive."""
        return self._readers().aside(events, after, limit, until)

    def read_of(
        self,
        after: Position,
        until: Position | None,
        kinds: Sequence[str],
        mention: bytes | None = None,
        limit: int = 50_000,
    ) -> list[StoredEvent]:
        """Return events past ``after``, to ``until`` inclusive, in order: those of ``kinds``, and those whose
        body has ``mention`` in it.
        """
        return self._readers().aside(events_of, after, until, kinds, mention, limit)

    def days_opened(self) -> list[StoredEvent]:
        """Return every ``day.opened``, in order."""
        return self._readers().aside(days_opened)

    def late_ratings(self, after: Position) -> list[StoredEvent]:
        """Return every ``rating.late`` and ``rating.voided`` past ``after``, in order."""
        return self._readers().aside(late_ratings, after)

    def chain(self, position: Position) -> bytes | None:
        """Return the chain of the event at ``position``, None when there is none."""
        return self._readers().aside(chain_at, position)
