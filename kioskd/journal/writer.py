"""The one thread that writes: gathers what waits, commits it together, answers together."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import structlog

from kioskd.journal import checkpoints, requests, vault
from kioskd.journal.database import insert_events
from kioskd.journal.errors import JournalError, NotSaved, OutcomeUnknown
from kioskd.journal.failures import before_commit, during_commit
from kioskd.journal.keys import JournalKeys
from kioskd.journal.records import Batch, GuardNumbers, Position, StoredEvent
from kioskd.journal.upkeep import Upkeep

_log = structlog.get_logger(__name__)

GROUP = 64
"""At most so many batches are committed together; more would only delay the first of them."""


Settled = Callable[[BaseException | None], None]
"""What is called, in the event loop, with the outcome of a write: None when it is durable."""


class Write:
    """A batch whose events have their places; ``settled`` is called once it is durable (None) or failed."""

    __slots__ = ("at", "batch", "events", "head", "numbers", "settled")

    def __init__(
        self,
        batch: Batch,
        events: tuple[StoredEvent, ...],
        head: Position,
        at: int,
        numbers: GuardNumbers | None,
        settled: Settled,
    ) -> None:
        self.batch = batch
        self.events = events
        self.head = head
        self.at = at
        self.numbers = numbers
        self.settled = settled


class Task:
    """Other work on the database, in a transaction of its own. An error of the work harms only itself."""

    __slots__ = ("done", "result", "run", "wipe")

    def __init__(
        self, run: Callable[[apsw.Connection], Any], done: asyncio.Future[Any] | None, *, wipe: bool = False
    ) -> None:
        self.run = run
        self.done = done
        self.wipe = wipe
        self.result: Any = None

    def settle(self, error: BaseException | None) -> None:
        """Tell whoever waits; the event loop's thread only."""
        if self.done is not None:
            settle(self.done, error, self.result)


def settle(future: asyncio.Future[Any], error: BaseException | None, result: object = None) -> None:
    """End a future that somebody may have cancelled."""
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
        future.exception()  # the failure is reported once by the journal, not once a future


class Writer:
    """Owns the writing connection from `start` to `join`.

    ``on_saved`` and ``on_failed`` are called in the event loop, before anybody concerned is told.
    After the first failure nothing more is written; everything still queued fails as not saved.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        upkeep: Upkeep,
        keys: JournalKeys,
        folder: Path,
        loop: asyncio.AbstractEventLoop,
        on_saved: Callable[[Write], None],
        on_failed: Callable[[NotSaved], None],
    ) -> None:
        self._connection = connection
        self._upkeep = upkeep
        self._keys = keys
        self._vault = vault.Vault(keys)
        self._folder = folder
        self._loop = loop
        self._on_saved = on_saved
        self._on_failed = on_failed
        self._queued: deque[Write | Task] = deque()
        self._calls: queue.SimpleQueue[bool] = queue.SimpleQueue()
        """Each wakes the thread for whatever is queued; false is the last."""
        self._called = False
        self._ended = False
        self._group: list[Write] | list[Task] = []
        self._committing = False
        self._failure: NotSaved | None = None
        # A daemon thread: a process that ends without `end` is a crash, and crashes are survived.
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def put(self, job: Write | Task) -> None:
        """Queue work; it is done in the order it was put. The event loop's thread only.

        The thread wakes while the loop is still busy with its turn, and as a rule gets the interpreter at its
        end: what comes in one turn is committed together.
        """
        self._queued.append(job)
        if not self._called:
            self._called = True
            self._calls.put(True)

    def end(self) -> None:
        """Take nothing more; what is queued is finished and the files are left in order."""
        self._calls.put(False)

    def join(self) -> None:
        """Wait until that is done and close the connection; blocks."""
        self._thread.join()
        self._connection.close(True)

    def _run(self) -> None:
        try:
            while (job := self._take()) is not None:
                if self._failure is not None:
                    self._refuse([job])
                elif isinstance(job, Task):
                    self._do(job)
                else:
                    self._commit(self._gather(job))
                    self._upkeep.run()
            if self._failure is None:
                self._upkeep.finish()
        except BaseException as error:
            self._die(error)

    def _take(self) -> Write | Task | None:
        while not self._queued:
            if self._ended:
                return None
            try:
                self._ended = not self._calls.get(timeout=None if self._failure else self._upkeep.wait())
            except queue.Empty:
                self._upkeep.run()
                if self._upkeep.sign_due():
                    return Task(self._sign, None)
            # Before looking at what is queued: whatever is put after that look calls again.
            self._called = False
        return self._queued.popleft()

    def _gather(self, first: Write) -> list[Write]:
        group = [first]
        while len(group) < GROUP and self._queued and isinstance(job := self._queued[0], Write):
            self._queued.popleft()
            group.append(job)
        return group

    def _commit(self, group: list[Write]) -> None:
        self._group = group
        if not self._transaction(lambda: self._insert(group)):
            return
        if any(write.batch.erase or write.batch.destroy for write in group):
            self._upkeep.wipe()
        self._tell(group, None)
        for write in reversed(group):
            if write.events:
                numbers = next((w.numbers for w in reversed(group) if w.numbers is not None), None)
                self._upkeep.committed(write.events[-1], numbers)
                break

    def _insert(self, group: list[Write]) -> None:
        connection = self._connection
        insert_events(connection, [event for write in group for event in write.events])
        answers = [
            requests.Kept(write.batch.request, write.head, write.at)
            for write in group
            if write.batch.request is not None
        ]
        requests.keep(connection, self._keys, answers)
        for write in group:
            batch = write.batch
            for value in batch.private:
                self._vault.put(connection, value)
            if batch.erase:
                vault.erase(connection, batch.erase)
            if batch.destroy:
                vault.destroy(connection, batch.destroy)

    def _do(self, task: Task) -> None:
        self._group = [task]

        def work() -> None:
            task.result = task.run(self._connection)

        if self._transaction(work):
            if task.wipe:
                self._upkeep.wipe()
            self._tell([task], None)

    def _sign(self, connection: apsw.Connection) -> None:
        checkpoints.sign(connection, self._keys, "interval")
        self._upkeep.signed()

    def _transaction(self, work: Callable[[], None]) -> bool:
        self._committing = False
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            work()
        except Exception as error:
            self._roll_back()
            if isinstance(self._group[0], Task) and not isinstance(error, apsw.Error | OSError):
                if self._group[0].done is None:
                    _log.error("journal.task_failed", error=repr(error))
                self._tell(self._group, error)
            else:
                self._fail(before_commit(error, self._folder))
            return False
        self._committing = True
        try:
            self._connection.execute("COMMIT")
        except Exception as error:
            self._roll_back()
            self._fail(during_commit(error))
            return False
        self._committing = False
        return True

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            # A failed roll-back changes nothing: without its COMMIT the transaction is void.
            with contextlib.suppress(apsw.Error):
                self._connection.execute("ROLLBACK")

    def _fail(self, error: JournalError) -> None:
        later = NotSaved("disk_error" if isinstance(error, OutcomeUnknown) else error.code, str(error))
        self._failure = later
        self._upkeep.note()
        self._call(self._on_failed, later)
        self._tell(self._group, error)

    def _die(self, error: BaseException) -> None:
        message = f"the writer thread died: {error!r}"
        dead = NotSaved("writer_dead", message)
        self._failure = dead
        self._call(self._on_failed, dead)
        self._tell(self._group, OutcomeUnknown(message) if self._committing else dead)
        self._call(self._drain)

    def _drain(self) -> None:
        # In the event loop, where jobs come from: after `on_failed` nobody queues any more.
        jobs = [*self._queued]
        self._queued.clear()
        self._refuse(jobs)

    def _refuse(self, jobs: list[Any]) -> None:
        self._tell(jobs, self._failure or NotSaved("stopped"))

    def _tell(self, jobs: list[Any], error: BaseException | None) -> None:
        self._group = []
        if jobs:
            self._call(self._settle, jobs, error)

    def _settle(self, jobs: list[Write | Task], error: BaseException | None) -> None:
        for job in jobs:
            told = error.again() if isinstance(error, NotSaved | OutcomeUnknown) else error
            if isinstance(job, Task):
                job.settle(told)
                continue
            if told is None:
                self._on_saved(job)
            try:
                job.settled(told)
            except Exception:
                # Whoever waits for the others of the group must hear of it all the same.
                _log.exception("journal.not_told")

    def _call(self, function: Callable[..., None], *args: Any) -> None:
        # The loop is closed only when the program is ending and nobody waits for an answer.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *args)
