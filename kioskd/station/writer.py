"""A thread that makes changes to one SQLite file durable, off the event loop.

It owns the only connection and commits together what gathered while the commit before was on its way
to the disk, so a busy moment costs few commits.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import apsw
import msgspec
import structlog

from kioskd.station.clock import Clock

T = TypeVar("T")
log = structlog.get_logger(__name__)

MOST_IN_ONE_COMMIT = 64


class StoreError(Exception):
    """Nothing can be stored.

    ``code`` is ``store.failed``, ``store.busy`` (another process has the file), ``store.newer`` (a later
    release wrote it) or ``store.closed``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Writer:
    """The thread and its queue. `start` comes first, `close` last."""

    def __init__(self, path: Path, open_file: Callable[[], apsw.Connection], clock: Clock) -> None:
        self._path = path
        self._open_file = open_file
        self._clock = clock
        self._asked: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._open = False
        self._thread: threading.Thread | None = None
        self._ended: asyncio.Future[None] | None = None
        self._waiting: dict[asyncio.Future[Any], float] = {}
        self._failing = False

    async def start(self) -> None:
        """Open the file; raises `StoreError`."""
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = loop.create_future()
        self._ended = loop.create_future()
        self._open = True
        # A daemon thread: a process that ends without `close` crashed, and that is survived.
        self._thread = threading.Thread(
            target=self._work, args=(loop, opened, self._ended), name="station-store", daemon=True
        )
        self._thread.start()
        try:
            await opened
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what was asked for and close the file. Safe to call twice."""
        if self._thread is None or self._ended is None:
            return
        self._asked.put(None)
        await asyncio.shield(self._ended)
        self._thread.join()
        self._thread = None

    def ask(self, work: Callable[[apsw.Connection], T]) -> asyncio.Future[T]:
        """Do ``work`` inside a transaction, after all that was asked before.

        The future has its result once that is durable, or a `StoreError`; nobody has to await it, and
        giving up on it does not undo the work.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting[future] = self._clock.steady()
        future.add_done_callback(self._answered)
        with self._gate:
            if self._open:
                self._asked.put(_Task(work, future))
            else:
                future.set_exception(StoreError("store.closed", f"{self._path} is not open"))
        return future

    def oldest_wait(self) -> float:
        """Return for how many seconds the longest waiting work has not been durable."""
        oldest = min(self._waiting.values(), default=None)
        return 0.0 if oldest is None else self._clock.steady() - oldest

    def _answered(self, future: asyncio.Future[Any]) -> None:
        self._waiting.pop(future, None)
        if not future.cancelled():
            future.exception()  # the log has it already; asking here keeps asyncio from complaining

    # in the thread

    def _work(
        self, loop: asyncio.AbstractEventLoop, opened: asyncio.Future[None], ended: asyncio.Future[None]
    ) -> None:
        connection: apsw.Connection | None = None
        try:
            try:
                connection = self._open_file()
            except Exception as error:
                loop.call_soon_threadsafe(_resolve, opened, None, _explain(error))
                return
            loop.call_soon_threadsafe(_resolve, opened, None, None)
            more = True
            while more:
                batch, more = self._gather()
                self._commit(loop, connection, batch)
        finally:
            with self._gate:
                self._open = False
            gone = StoreError("store.closed", f"{self._path} was closed")
            while not self._asked.empty():
                task = self._asked.get()
                if task is not None:
                    loop.call_soon_threadsafe(_resolve, task.future, None, gone)
            try:
                if connection is not None:
                    connection.close()
            except apsw.Error as error:
                log.error("store.failed", path=str(self._path), reason=f"{type(error).__name__}: {error}")
            finally:
                loop.call_soon_threadsafe(_resolve, ended, None, None)

    def _gather(self) -> tuple[list[_Task], bool]:
        """Wait for work; return what there is, and whether more may come."""
        batch: list[_Task] = []
        while (task := self._asked.get()) is not None:
            batch.append(task)
            if len(batch) == MOST_IN_ONE_COMMIT or self._asked.empty():
                return batch, True
        return batch, False

    def _commit(
        self, loop: asyncio.AbstractEventLoop, connection: apsw.Connection, batch: list[_Task]
    ) -> None:
        try:
            answers = _transact(connection, batch)
        except Exception as error:
            if not self._failing:
                log.error("store.failed", path=str(self._path), reason=f"{type(error).__name__}: {error}")
            self._failing = True
            failure = _explain(error)
            for task in batch:
                loop.call_soon_threadsafe(_resolve, task.future, None, failure)
            return
        if self._failing and batch:
            log.info("store.works_again", path=str(self._path))
            self._failing = False
        for task, answer in zip(batch, answers, strict=True):
            loop.call_soon_threadsafe(_resolve, task.future, answer, None)


class _Task(msgspec.Struct, frozen=True):
    work: Callable[[apsw.Connection], Any]
    future: asyncio.Future[Any]


def _transact(connection: apsw.Connection, batch: list[_Task]) -> list[Any]:
    if not batch:
        return []
    try:
        connection.execute("BEGIN IMMEDIATE")
        answers = [task.work(connection) for task in batch]
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return answers


def _resolve(future: asyncio.Future[Any], answer: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(answer)


def _explain(error: Exception) -> StoreError:
    if isinstance(error, StoreError):
        return error
    return StoreError("store.failed", f"{type(error).__name__}: {error}")
