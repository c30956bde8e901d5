"""The embedded database: one connection that writes, in a thread of its own, with group commit.

One connection writes and checkpoints, the others only read: SQLite up to 3.51.2 can corrupt a database when
two do (the WAL-reset bug). All go through Python's own sqlite3, since two copies of SQLite in one process
break each other's file locks.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections import namedtuple
from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, create_engine, event
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.pool import QueuePool, StaticPool

from kioskd.central.advance import advancing
from kioskd.central.database import Advance, Bound, EventRow, Events, Insert, Rows, Running, Script
from kioskd.central.migrate import migrate

T = TypeVar("T")
GROUP = 64
"""Scripts in one commit at most, so that the first of a burst does not wait for the last."""
READERS = 4
BLOCK = 100
"""Rows that go in by one statement: beyond that SQLite gains nothing, and each length is a statement more."""

BUSY_S = 5.0


class _Job:
    """A script on its way through the writer."""

    __slots__ = ("error", "future", "result", "script")

    def __init__(self, script: Script[Any], future: asyncio.Future[Any]) -> None:
        self.script = script
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None


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
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(script, future))
        return await future

    async def read(self, script: Script[T]) -> T:
        return await asyncio.to_thread(self._read, script)

    async def advance(self, step: Advance) -> tuple[int, int] | None:
        return await self.write(partial(advancing, step))

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
            while (first := self._jobs.get()) is not None:
                jobs, ended = [first], False
                while len(jobs) < GROUP and not self._jobs.empty():
                    job = self._jobs.get()
                    if job is None:
                        ended = True
                        break
                    jobs.append(job)
                self._group(connection, jobs)
                self._loop.call_soon_threadsafe(_tell, jobs)
                if ended:
                    return

    def _group(self, connection: Connection, jobs: list[_Job]) -> None:
        try:
            with connection.begin():
                raw = _raw(connection)
                for job in jobs:
                    raw.execute("SAVEPOINT job")
                    try:
                        job.result = run_script(connection, job.script())
                    except Exception as error:
                        job.error = error
                        raw.execute("ROLLBACK TO job")
                    raw.execute("RELEASE job")
        except Exception as error:
            for job in jobs:
                job.error = job.error or error


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
                _insert(_raw(connection), step)
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


def _insert(raw: sqlite3.Connection, step: Insert) -> None:
    """Insert in blocks: each call of SQLite hands Python's lock over and has to wait to get it back."""
    name, columns, rows = step.table.name, step.columns, step.rows
    whole = len(rows) // BLOCK * BLOCK
    for n in range(0, whole, BLOCK):
        raw.execute(_insert_text(name, columns, BLOCK), tuple(chain.from_iterable(rows[n : n + BLOCK])))
    if whole < len(rows):
        raw.executemany(_insert_text(name, columns, 1), rows[whole:])


@cache
def _insert_text(table: str, columns: tuple[str, ...], rows: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table}({', '.join(columns)}) VALUES{', '.join([row] * rows)}"


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
