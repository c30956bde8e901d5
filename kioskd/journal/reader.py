"""The reading side of an open journal: one connection for the event loop, one for worker threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import apsw

from kioskd.journal.database import connect_reader
from kioskd.journal.errors import JournalError

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

        def read() -> _T:
            with self._far_turn:
                return work(self._far, *args, **kwargs)

        try:
            return await asyncio.to_thread(read)
        except apsw.Error as error:
            raise JournalError("unreadable", str(error)) from error

    def close(self) -> None:
        """Close both; waits for a read that is under way."""
        self._near.close(True)
        with self._far_turn:
            self._far.close(True)
