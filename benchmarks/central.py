"""A central server taking the logs of halls, against the bare database doing the same rows.

Both take turns for some rounds, each on a database of its own, and the median of the rounds counts: one run
of a second would say more of its start, and of what else the machine did, than of the way in.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import asyncpg
import msgspec

from benchmarks.report import Figure, cpu_s, p50
from kioskd.central import halls
from kioskd.central.codes import digest
from kioskd.central.database import Database
from kioskd.central.postgres import Postgres
from kioskd.central.server import serving, wall_ms
from kioskd.central.sqlite import Sqlite
from kioskd.journal.chain import GENESIS, store
from kioskd.journal.records import NewEvent, Position, StoredEvent
from kioskd.sync.messages import Push
from kioskd.sync.wire import pack, wire_event
from tests.central.server import start_postgres

OPENING = b'{"reason":"first","parent":null,"nonce":"n"}'
HALLS, BATCHES, BATCH = 8, 200, 100
ROUNDS = 3
SETTLE_S = 2.0
BODY = msgspec.json.encode(
    {"by": {"kind": "device", "id": "kiosk-1", "role": "kiosk", "via": "api"}, "ticket": "t_0123456789abcdef",
     "number": "A012", "code": "k_0123456789abcdef0123456789abcdef", "prefix": "A", "count": 12,
     "queue": "general", "place": [81234567, 12], "wait": {"ahead": 3, "low": 5, "high": 10}}
)  # fmt: skip


def hall_log(hall: int) -> list[StoredEvent]:
    """Return a made-up log."""
    chain, events = GENESIS, []
    for seq in range(1, BATCHES * BATCH + 1):
        kind, body = (
            ("ticket.issued", BODY)
            if seq > 1
            else ("epoch.open", b'{"reason":"first","parent":null,"nonce":"n"}')
        )
        event = store(chain, Position(1, seq), NewEvent(kind, 1, body, seq, seq + hall), "boot")
        chain = event.chain
        events.append(event)
    return events


def pushes(events: list[StoredEvent], inc: str) -> Iterator[bytes]:
    """Yield the log as requests carry it."""
    for at in range(0, len(events), BATCH):
        some = events[at : at + BATCH]
        prev = GENESIS if at == 0 else events[at - 1].chain
        push = Push(
            1, at + 1, prev.hex(), some[-1].chain.hex(), None, inc, None, tuple(map(wire_event, some))
        )
        yield pack(push)


async def send(port: int, hall: int, bodies: list[bytes]) -> None:
    """Send a hall's pushes one after the other over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for body in bodies:
        writer.write(
            f"POST /sync/v1/halls/h{hall}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t{hall}\r\n"
            f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
    writer.close()


async def prepare(database: Database) -> str:
    """Make the halls and their tokens known; return the incarnation."""
    from sqlalchemy import select

    from kioskd.central.database import Running
    from kioskd.central.schema import SERVER

    for hall in range(HALLS):
        await database.write(partial(halls.add, f"h{hall}", "测试大厅", wall_ms()))
        await database.write(partial(halls.give, f"h{hall}", digest(f"t{hall}"), wall_ms()))

    def inc() -> Running[str]:
        rows = yield select(SERVER.c.inc)
        found: str = rows[0].inc
        return found

    return await database.read(inc)


@contextlib.asynccontextmanager
async def opened(where: str) -> AsyncIterator[Database]:
    """Give the database at a PostgreSQL address or a file."""
    database: Database = (
        await Postgres.open(where) if where.startswith("postgresql") else await Sqlite.open(Path(where))
    )
    try:
        yield database
    finally:
        await database.close()


async def serve(where: str) -> None:
    """Serve until killed; prints the port and the incarnation."""
    async with opened(where) as database:
        inc = await prepare(database)
        async with serving(database, "127.0.0.1", 0) as port:
            print(f"ready {port} {inc}", flush=True)
            await asyncio.Event().wait()


def ours(where: str, logs: list[list[StoredEvent]]) -> tuple[float, float]:
    """Return events a second through the whole server, and its CPU microseconds for each."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.central", where], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        assert process.stdout is not None
        _, port, inc = next(line for line in process.stdout if line.startswith("ready ")).split()
        bodies = [list(pushes(log, inc)) for log in logs]

        async def all_of_them() -> float:
            begin = time.perf_counter()
            await asyncio.gather(*(send(int(port), hall, bodies[hall]) for hall in range(HALLS)))
            return time.perf_counter() - begin

        used, events = cpu_s(process.pid), HALLS * BATCHES * BATCH
        rate = events / asyncio.run(all_of_them())
        return rate, (cpu_s(process.pid) - used) / events * 1e6
    finally:
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def rows(log: list[StoredEvent], hall: int) -> list[tuple[object, ...]]:
    """Return the rows that a hall's log is."""
    return [
        (
            f"h{hall}",
            e.position.epoch,
            e.position.seq,
            e.kind,
            e.version,
            e.at,
            e.wall,
            e.boot,
            e.body,
            e.chain,
        )
        for e in log
    ]


_TABLE = (
    "CREATE TABLE event(hall text, epoch int, seq bigint, kind text, version int, at bigint, wall bigint,"
    " boot text, body {blob}, chain {blob}, PRIMARY KEY(hall, epoch, seq))"
)
_COLUMNS = ["hall", "epoch", "seq", "kind", "version", "at", "wall", "boot", "body", "chain"]


async def bare_postgres(url: str, logs: list[list[StoredEvent]]) -> float:
    """Return events a second of COPY with the same cursor check, over one connection a hall."""
    first = await asyncpg.connect(url)
    await first.execute(_TABLE.format(blob="bytea") + " PARTITION BY HASH (hall)")
    for n in range(16):
        await first.execute(
            f"CREATE TABLE event_{n} PARTITION OF event FOR VALUES WITH (MODULUS 16, REMAINDER {n})"
        )
    await first.execute("CREATE TABLE cursor(hall text PRIMARY KEY, next bigint)")
    for hall in range(HALLS):
        await first.execute("INSERT INTO cursor VALUES($1, 1)", f"h{hall}")
    await first.close()
    made = [rows(log, hall) for hall, log in enumerate(logs)]

    async def one(hall: int) -> None:
        connection = await asyncpg.connect(url)
        for at in range(0, len(made[hall]), BATCH):
            async with connection.transaction():
                got = await connection.fetchval(
                    "SELECT next FROM cursor WHERE hall=$1 FOR UPDATE", f"h{hall}"
                )
                if got != at + 1:
                    raise RuntimeError("gap")
                await connection.copy_records_to_table(
                    "event", records=made[hall][at : at + BATCH], columns=_COLUMNS
                )
                await connection.execute(
                    "UPDATE cursor SET next=$2 WHERE hall=$1", f"h{hall}", at + BATCH + 1
                )
        await connection.close()

    begin = time.perf_counter()
    await asyncio.gather(*(one(hall) for hall in range(HALLS)))
    return HALLS * BATCHES * BATCH / (time.perf_counter() - begin)


async def settle(url: str) -> None:
    """Let PostgreSQL write down what it holds back, so that nobody pays for the run before."""
    connection = await asyncpg.connect(url)
    await connection.execute("CHECKPOINT")
    await connection.close()
    await asyncio.sleep(SETTLE_S)


def bare_sqlite(path: Path, logs: list[list[StoredEvent]]) -> float:
    """Return events a second of executemany, a transaction a batch."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(_TABLE.format(blob="blob") + " WITHOUT ROWID")
    made = [rows(log, hall) for hall, log in enumerate(logs)]
    begin = time.perf_counter()
    for at in range(0, BATCHES * BATCH, BATCH):
        for hall in range(HALLS):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO event VALUES(?,?,?,?,?,?,?,?,?,?)", made[hall][at : at + BATCH]
            )
            connection.execute("COMMIT")
    taken = time.perf_counter() - begin
    connection.close()
    return HALLS * BATCHES * BATCH / taken


def figure(what: str, least: float, target: str, rounds: list[tuple[float, float, float]]) -> Figure:
    """Return the figure of rounds: the bare database's events a second, ours, and our CPU for each."""
    ratios = sorted(rate / bare for bare, rate, _ in rounds)
    bare, rate, cost = (p50(values) for values in zip(*rounds, strict=True))
    note = (
        f"rounds {', '.join(f'{one:.2f}' for one in ratios)}; bare {bare:.0f}/s, server {rate:.0f}/s,"
        f" {cost:.1f} µs of CPU an event"
    )
    return Figure(what, p50(ratios), least, "×", target, at_least=True, note=note)


def run() -> Iterator[Figure]:
    """Measure both databases, each beside its limit."""
    logs = [hall_log(hall) for hall in range(HALLS)]
    rounds = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="kioskd-bench-") as name:
            folder = Path(name)
            rounds.append((bare_sqlite(folder / "bare.db", logs), *ours(str(folder / "central.db"), logs)))
    yield figure("ingest on SQLite, batches of 100", 0.6, "of bare executemany", rounds)
    rounds = []
    with start_postgres() as server:
        for _ in range(ROUNDS):
            first, second = server.fresh(), server.fresh()
            asyncio.run(settle(first))
            bare = asyncio.run(bare_postgres(first, logs))
            asyncio.run(settle(second))
            rounds.append((bare, *ours(second, logs)))
    yield figure(
        "ingest on PostgreSQL, batches of 100", 0.5, "of bare COPY with the same cursor check", rounds
    )


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
