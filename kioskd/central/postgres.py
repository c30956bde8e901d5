"""PostgreSQL: any number of processes share it, each hall's row being the only lock."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from kioskd.central.database import Advance, Bound, Insert, Rows, Running, Script
from kioskd.central.migrate import migrate

T = TypeVar("T")
POOL = 10
TRIES = 3
_MIGRATING = 0x6B696F73
"""Advisory lock: of several processes that start at once one brings the database up to date."""
_CONFLICTS = frozenset(("40001", "40P01"))  # serialization_failure, deadlock_detected


_ADVANCE = """
WITH moved AS (
    UPDATE hall SET epoch = $6, next = $7, chain = $8, heard = $9, quarantined = NULL
    WHERE id = $1 AND epoch = $3 AND next = $4 AND chain = $5
        AND EXISTS (SELECT 1 FROM server WHERE id = 1 AND inc = $2)
    RETURNING safe_epoch, safe_seq
), put AS (
    INSERT INTO event (hall, epoch, seq, kind, version, at, wall, boot, body, chain)
    SELECT $1, $6, fresh.*
    FROM moved, unnest(
        $10::bigint[], $11::text[], $12::integer[], $13::bigint[], $14::bigint[], $15::text[],
        $16::bytea[], $17::bytea[]
    ) AS fresh
)
SELECT safe_epoch, safe_seq FROM moved
"""
"""One statement, so one way there and back; COPY needs five, and what it saves is less than that."""


class Postgres:
    """See `kioskd.central.database.Database`. Use `open`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    async def open(cls, url: str) -> Postgres:
        """Connect and bring the database to the newest version. ``url`` is ``postgresql://…``."""
        engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=POOL,
            max_overflow=0,
        )
        try:
            async with engine.begin() as connection:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATING})
                await connection.run_sync(migrate)
        except BaseException:
            await engine.dispose()
            raise
        return cls(engine)

    async def write(self, script: Script[T]) -> T:
        for left in reversed(range(TRIES)):
            try:
                async with self._engine.begin() as connection:
                    return await _run(connection, script())
            except DBAPIError as error:
                if not left or getattr(error.orig, "sqlstate", "") not in _CONFLICTS:
                    raise
                await asyncio.sleep(0)
        raise AssertionError  # the last try returned or raised

    async def read(self, script: Script[T]) -> T:
        async with self._engine.connect() as plain:
            connection = await plain.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            async with connection.begin():
                return await _run(connection, script())

    async def advance(self, step: Advance) -> tuple[int, int] | None:
        before, after = step.before, step.after
        columns = zip(*step.events, strict=True)
        async with self._engine.connect() as connection:
            raw = await _raw(connection)
            found = await raw.fetchrow(
                _ADVANCE, step.hall, before.inc, before.epoch, before.next, before.chain,
                after.epoch, after.next, after.chain, step.heard, *columns,
            )  # fmt: skip
        return None if found is None else (found[0], found[1])

    async def close(self) -> None:
        await self._engine.dispose()


async def _run(connection: AsyncConnection, running: Running[T]) -> T:
    rows: Rows = ()
    try:
        step = next(running)
        while True:
            if isinstance(step, Insert):
                if step.rows:
                    await _copy(connection, step)
                rows = ()
            else:
                statement, values = (step.statement, step.values) if isinstance(step, Bound) else (step, None)
                result = await connection.execute(statement, values)
                rows = result.all() if result.returns_rows else ()
            step = running.send(rows)
    except StopIteration as end:
        value: T = end.value
        return value


async def _copy(connection: AsyncConnection, step: Insert) -> None:
    raw = await _raw(connection)
    await raw.copy_records_to_table(step.table.name, records=step.rows, columns=list(step.columns))


async def _raw(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection
