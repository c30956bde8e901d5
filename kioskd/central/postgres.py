"""PostgreSQL: any number of processes share it, each hall's row being the only lock."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar, cast

import asyncpg
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from kioskd.central.database import Advance, Bound, EventRow, Events, Insert, Rows, Running, Script
from kioskd.central.migrate import migrate
from kioskd.central.schema import EVENT_COLUMNS
from kioskd.central.together import Together

T = TypeVar("T")
POOL = 10
TRIES = 3
_MIGRATING = 0x6B696F73
"""Advisory lock: of several processes that start at once one brings the database up to date."""
_LOST = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # cut in the middle of an answer
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    OSError,
)
_CONFLICTS = frozenset(("40001", "40P01"))  # serialization_failure, deadlock_detected


GROUP_EVENTS = 200
"""Events in one transaction at most, but for the first push of it: so long a small push may have to wait.
Of larger groups one takes nearly all that waits, and nobody has anything to read until it is written."""

COMMITTERS = 4
"""Groups under way at a time: while some are written, the next is read, checked and gathered."""

_ADVANCE = f"""
WITH held AS MATERIALIZED (
    SELECT id FROM hall WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE
), moved AS (
    UPDATE hall SET epoch = step.to_epoch, next = step.to_next, chain = step.to_chain, heard = step.heard_at,
        quarantined = NULL
    FROM held, unnest($1::text[], $2::text[], $3::integer[], $4::bigint[], $5::bytea[], $6::integer[],
        $7::bigint[], $8::bytea[], $9::bigint[])
        AS step(hall_id, inc, was_epoch, was_next, was_chain, to_epoch, to_next, to_chain, heard_at)
    WHERE hall.id = held.id AND hall.id = step.hall_id
        AND hall.epoch = step.was_epoch AND hall.next = step.was_next AND hall.chain = step.was_chain
        AND EXISTS (SELECT 1 FROM server WHERE server.id = 1 AND server.inc = step.inc)
    RETURNING hall.id, safe_epoch, safe_seq
), put AS (
    INSERT INTO event ({", ".join(EVENT_COLUMNS)})
    SELECT {", ".join(f"fresh.{column}" for column in EVENT_COLUMNS)}
    FROM unnest($10::event[]) AS fresh JOIN moved ON moved.id = fresh.hall
)
SELECT id, safe_epoch, safe_seq FROM moved
"""
"""One way there and back, however many events. They go as rows of the table's own type, which asyncpg encodes
as quickly as for COPY; as an array a column they would take several times that. Cursors are locked in order,
so that two processes with the same halls in their groups take turns."""


class Postgres:
    """See `kioskd.central.database.Database`. Use `open`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._together = Together(self._advance, COMMITTERS, GROUP_EVENTS)

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
        return await self._together.do(step)

    async def _advance(self, steps: Sequence[Advance]) -> list[tuple[int, int] | None]:
        """Write a group. It may be done twice where a connection is lost: the second time nothing moves, and
        whoever asked looks into it by the book.
        """
        for left in reversed(range(TRIES)):
            lost = False
            async with self._engine.connect() as connection:
                try:
                    found = await _advanced(await _raw(connection), steps)
                except (asyncpg.PostgresError, *_LOST) as error:
                    lost = isinstance(error, _LOST)
                    if lost:
                        await connection.invalidate()
                    if not left or not (lost or getattr(error, "sqlstate", "") in _CONFLICTS):
                        raise
                else:
                    return [found.get(step.hall) for step in steps]
            if lost:  # the others were cut as well, most likely, and the pool would give them out
                await self._engine.dispose()
            await asyncio.sleep(0)
        raise AssertionError  # the last try returned or raised

    async def close(self) -> None:
        await self._together.close()
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
            elif isinstance(step, Events):
                rows = await _events(connection, step) if step.spans else ()
            else:
                statement, values = (step.statement, step.values) if isinstance(step, Bound) else (step, None)
                result = await connection.execute(statement, cast("Any", values))
                rows = result.all() if result.returns_rows else ()
            step = running.send(rows)
    except StopIteration as end:
        value: T = end.value
        return value


async def _advanced(raw: Any, steps: Sequence[Advance]) -> dict[str, tuple[int, int]]:
    """Append where the logs still end as the steps say, all in one transaction; no hall is there twice."""
    ends = zip(
        *(
            (s.hall, s.before.inc, s.before.epoch, s.before.next, s.before.chain,
             s.after.epoch, s.after.next, s.after.chain, s.heard)
            for s in steps
        ),
        strict=True,
    )  # fmt: skip
    rows = [row for step in steps for row in step.events]
    return {row[0]: (row[1], row[2]) for row in await raw.fetch(_ADVANCE, *ends, rows)}


async def _copy(connection: AsyncConnection, step: Insert) -> None:
    raw = await _raw(connection)
    await raw.copy_records_to_table(step.table.name, records=step.rows, columns=list(step.columns))


_EVENTS = """
SELECT found.*
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::integer[], $5::bigint[])
    WITH ORDINALITY AS span(of_hall, epoch, seq, to_epoch, to_seq, place)
CROSS JOIN LATERAL (
    SELECT * FROM event
    WHERE hall = span.of_hall AND (event.epoch, event.seq) >= (span.epoch, span.seq)
        AND (event.epoch, event.seq) < (span.to_epoch, span.to_seq) AND kind = ANY($6::text[])
    ORDER BY event.epoch, event.seq LIMIT $7
) AS found
ORDER BY span.place, found.epoch, found.seq
"""
"""LIMIT within LATERAL makes it look each span up by the key, whatever the planner thinks of the table."""


async def _events(connection: AsyncConnection, step: Events) -> Rows:
    spans = zip(*((span.hall, *span.begin, *span.end) for span in step.spans), strict=True)
    raw = await _raw(connection)
    found = await raw.fetch(_EVENTS, *spans, list(step.kinds), step.most)
    return [EventRow(*row) for row in found]


async def _raw(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection
