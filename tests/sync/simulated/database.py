"""The central database in memory: the product's own scripts and statements, no disk and no thread."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from kioskd.central.advance import advance
from kioskd.central.database import Advance, Script
from kioskd.central.migrate import migrate
from kioskd.central.sqlite import make_engine, run_script

T = TypeVar("T")


class Memory:
    """`Database` on SQLite in memory; a script is done before its caller goes on."""

    def __init__(self) -> None:
        self._connection = _connection()
        self.put_back(empty())

    async def write(self, script: Script[T]) -> T:
        with self._transaction():
            return run_script(self._connection, script())

    read = write

    async def advance(self, step: Advance) -> tuple[int, int] | None:
        with self._transaction():
            [safe] = advance(self._raw, (step,))
        return safe

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        raw = self._raw
        raw.execute("BEGIN")
        try:
            yield
        except BaseException:
            raw.execute("ROLLBACK")
            raise
        raw.execute("COMMIT")

    async def close(self) -> None:
        """Nothing: the next schedule's database takes its place."""

    def copied(self) -> bytes:
        """Return the whole database."""
        return cast(bytes, self._raw.serialize())

    def put_back(self, data: bytes) -> None:
        """Replace the database by an older copy."""
        self._raw.deserialize(data)

    @property
    def _raw(self) -> Any:
        return self._connection.connection.driver_connection


@cache
def _connection() -> Connection:
    """Return the connection of all schedules, one after another: it knows their statements already.

    SQLAlchemy begins and ends no transactions on it.
    """
    connect = partial(sqlite3.connect, ":memory:", isolation_level=None)
    return create_engine("sqlite://", creator=connect, poolclass=StaticPool).connect()


@cache
def empty() -> bytes:
    """Return a new database; making one takes longer than a whole schedule."""
    engine = make_engine(Path(":memory:"), writes=True)
    with engine.connect() as connection:
        with connection.begin():
            migrate(connection)
        raw: Any = connection.connection.driver_connection
        data: bytes = raw.serialize()
    engine.dispose()
    return data
