"""The embedded database: one connection that writes, in a thread of its own, with group commit.

One connection writes and checkpoints, the others only read: SQLite up to 3.51.2 can corrupt a database when
two do (the WAL-reset bug). All go through Python's own sqlite3, since two copies of SQLite in one process
break each other's file locks.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, create_engine, event
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.pool import QueuePool, StaticPool

from kioskd.central.advance import advance, insert
from kioskd.central.database import Advance, Bound, EventRow, Events, Insert, Rows, Running, Script
from kioskd.central.migrate import migrate

T = TypeVar("T")
GROUP = 64
"""Scripts and pushes in one commit at most, so that the first of a burst does not wait for the last."""
GROUP_EVENTS = 400
"""No further job joins a commit with so many events of pushes."""
READERS = 4
BUSY_S = 5.0


class _Job:
    """A script or a push on its way through the writer."""

    __slots__ = ("error", "future", "result", "work")

    def __init__(self, work: Script[Any] | Advance, future: asyncio.Future[Any]) -> None:
        self.work = work
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None

    @property
    def events(self) -> int:
        """How many events of a push it writes."""
        return len(self.work.events) if isinstance(self.work, Advance) else 0


class Sqlite:
    """See `kioskd.central.database.Database`. Use `open`."""

    def __init__(self, path: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writing = make_engine(path, writes=True)
        self._reading = make_engine(path, writes=False)
        self._thread = threading.Thread(target=self._write, name="central writer", daemon=True)

    @classmethod
    async def open(cls, path: Path) -> Sqlite:
        """Open the file, making it where there is none, in the newest version."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = cls(path)
        await asyncio.to_thread(database._prepare)
        database._thread.start()
        return database

    def _prepare(self) -> None:
        with self._writing.begin() as connection:
            migrate(connection)

    async def write(self, script: Script[T]) -> T:
        done: T = await self._do(script)
        return done

    async def read(self, script: Script[T]) -> T:
        return await asyncio.to_thread(self._read, script)

    async def advance(self, step: Advance) -> tuple[int, int] | None:
        safe: tuple[int, int] | None = await self._do(step)
        return safe

    async def _do(self, work: Script[Any] | Advance) -> Any:
        future: asyncio.Future[Any] = self._loop.create_future()
        self._jobs.put(_Job(work, future))
        return await future

    async def close(self) -> None:
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self._writing.dispose()
        self._reading.dispose()

    def _read(self, script: Script[T]) -> T:
        with self._reading.begin() as connection:
            return run_script(connection, script())

    # --- the writer's thread --------------------------------------------------------------------

    def _write(self) -> None:
        with self._writing.connect() as connection:
            ended = False
            while not ended:
                jobs, ended = self._next()
                if jobs:
                    self._group(connection, jobs)
                    self._loop.call_soon_threadsafe(_tell, jobs)

    def _next(self) -> tuple[list[_Job], bool]:
        """Wait for work; return it with what else has come, and whether it is the last."""
        jobs: list[_Job] = []
        events = 0
        while not jobs or (len(jobs) < GROUP and events < GROUP_EVENTS and not self._jobs.empty()):
            job = self._jobs.get()
            if job is None:
                return jobs, True
            jobs.append(job)
            events += job.events
        return jobs, False

    def _group(self, connection: Connection, jobs: list[_Job]) -> None:
        try:
            with connection.begin():
                _run_jobs(connection, jobs)
        except Exception as error:
            for job in jobs:
                job.error = job.error or error


def _run_jobs(connection: Connection, jobs: list[_Job]) -> None:
    """Run each so that it fails by itself. Pushes of several halls go in together, unless that fails.

    Raises where SQLite gave the whole transaction up, as it may on a full disk: then nothing was done.
    """
    pushes: dict[str, Advance] = {}
    together: list[_Job] = []
    alone: list[_Job] = []
    for job in jobs:
        if isinstance(job.work, Advance) and job.work.hall not in pushes:
            pushes[job.work.hall] = job.work
            together.append(job)
        else:
            alone.append(job)
    raw = _raw(connection)
    try:
        with _saved(raw):
            found = advance(raw, list(pushes.values()))
        for job, safe in zip(together, found, strict=True):
            job.result = safe
    except Exception:  # a value too large for SQLite is no sqlite3.Error
        if not raw.in_transaction:
            raise
        alone = [*together, *alone]
    for job in alone:
        try:
            with _saved(raw):
                if isinstance(job.work, Advance):
                    [job.result] = advance(raw, (job.work,))
                else:
                    job.result = run_script(connection, job.work())
        except Exception as error:
            if not raw.in_transaction:
                raise
            job.error = error


@contextlib.contextmanager
def _saved(raw: sqlite3.Connection) -> Iterator[None]:
    """What is done within is undone when it fails, and nothing else of the transaction. Where that cannot be
    done the transaction has ended, as it has where SQLite gave it up.
    """
    raw.execute("SAVEPOINT job")
    try:
        yield
    except Exception:
        try:
            raw.execute("ROLLBACK TO job")
            raw.execute("RELEASE job")
        except sqlite3.Error:  # no such savepoint: it has gone with the transaction
            raw.rollback()
        raise
    raw.execute("RELEASE job")


def _tell(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.cancelled():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)


def run_script(connection: Connection, running: Running[T]) -> T:
    """Run a script in the transaction that the connection is in."""
    rows: Rows = ()
    try:
        step = next(running)
        while True:
            if isinstance(step, Insert):
                insert(_raw(connection), step.table.name, step.columns, step.rows)
                rows = ()
            elif isinstance(step, Events):
                rows = _events(_raw(connection), step)
            elif isinstance(step, Bound):
                rows = _run_bound(_raw(connection), step)
            else:
                result = connection.execute(step)
                rows = result.all() if result.returns_rows else ()
            step = running.send(rows)
    except StopIteration as end:
        value: T = end.value
        return value


def _raw(connection: Connection) -> sqlite3.Connection:
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError(raw)
    return raw


def _events(raw: sqlite3.Connection, step: Events) -> Rows:
    kinds = sorted(step.kinds)
    text = (
        "SELECT * FROM event WHERE hall = ? AND (epoch, seq) >= (?, ?) AND (epoch, seq) < (?, ?)"
        f" AND kind IN ({', '.join('?' * len(kinds))}) ORDER BY epoch, seq LIMIT ?"
    )
    rows: list[EventRow] = []
    for span in step.spans:
        asked = (span.hall, *span.begin, *span.end, *kinds, step.most)
        rows += map(EventRow._make, raw.execute(text, asked))
    return rows


def _run_bound(raw: sqlite3.Connection, step: Bound) -> Rows:
    text, parameters, shape = _compiled(step.statement)
    if not isinstance(step.values, Mapping):
        many = [[each.get(name, value) for name, value in parameters] for each in step.values]
        raw.executemany(text, many)
        return ()
    cursor = raw.execute(text, [step.values.get(name, value) for name, value in parameters])
    return () if shape is None else list(map(shape, cursor))


@cache
def _compiled(statement: Executable) -> tuple[str, list[tuple[str, Any]], Callable[[Any], Any] | None]:
    """Return the text of a statement, its parameters in order with their values in the statement itself, and
    what makes its rows.
    """
    executable: Any = statement
    compiled = executable.compile(dialect=_DIALECT)
    columns = [column.key for column in getattr(executable, "exported_columns", ())]
    row: Any = namedtuple("Row", columns)  # type: ignore[misc]
    parameters = [(name, compiled.params[name]) for name in compiled.positiontup]
    return str(compiled), parameters, row._make if columns else None


_DIALECT = sqlite_dialect.dialect()


def make_engine(path: Path, *, writes: bool) -> Engine:
    """Return an engine on the file whose transactions begin and end where we say."""
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=StaticPool if writes else QueuePool,
        connect_args={"check_same_thread": False, "timeout": BUSY_S, "isolation_level": None},
        **({} if writes else {"pool_size": READERS}),
    )
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    def connected(raw: sqlite3.Connection, record: object) -> None:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        if not writes:
            raw.execute("PRAGMA query_only = 1")
            raw.execute("PRAGMA wal_autocheckpoint = 0")

    def began(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    listen: Callable[..., None] = event.listen
    listen(engine, "connect", connected)
    listen(engine, "begin", began)
    return engine
