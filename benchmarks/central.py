"""A central server taking the logs of halls, against the bare database doing the same rows.

Both run all the time, each on a database of its own, and take turns of a fraction of a second with the same
events. The first turn is for connections and caches and does not count; of the others the median does, so
that what else the machine did meanwhile falls on both alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import selectors
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
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
HALLS, BATCH = 8, 100
TURNS, TURN = 16, 15
"""So many turns of so many batches from each hall."""

BATCHES = TURNS * TURN
SETTLE_S = 2.0
WAL_MB = 500
"""More than both write in a run."""

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


class Sender:
    """A hall that sends its pushes one after the other over one connection.

    Requests are made beforehand and answers only looked at: whoever takes them shares the processors with it.
    """

    def __init__(self, port: int, hall: int, bodies: Iterator[bytes]) -> None:
        head = f"POST /sync/v1/halls/h{hall}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t{hall}\r\n"
        self._requests = [
            f"{head}Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
            for body in bodies
        ]
        self._answer = b""
        self._left: list[bytes] = []
        self.socket = socket.create_connection(("127.0.0.1", port))

    def begin(self, batches: range) -> None:
        """Send the first of these."""
        self._left = self._requests[batches.start : batches.stop][::-1]
        self.socket.sendall(self._left.pop())

    def go_on(self) -> bool:
        """Read what has come and send the next once it is a whole answer; False when all were answered.

        Raises RuntimeError for another answer than 200.
        """
        self._answer += self.socket.recv(65536)
        head, _, body = self._answer.partition(b"\r\n\r\n")
        if len(body) < int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 1):
            return True
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(self._answer.decode())
        self._answer = b""
        if self._left:
            self.socket.sendall(self._left.pop())
            return True
        return False


def send(senders: Sequence[Sender], batches: range) -> None:
    """Have every hall send its batches."""
    with selectors.DefaultSelector() as selector:
        for sender in senders:
            selector.register(sender.socket, selectors.EVENT_READ, sender)
            sender.begin(batches)
        while selector.get_map():
            for key, _ in selector.select():
                if not key.data.go_on():
                    selector.unregister(key.fileobj)


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


class Ours:
    """A whole central server in a process of its own, and halls that send to it."""

    def __init__(self, where: str, logs: list[list[StoredEvent]]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.central", where],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        assert self._process.stdout is not None
        said = next(line for line in self._process.stdout if line.startswith("ready "))
        _, port, inc = said.split()
        self._senders = [Sender(int(port), hall, pushes(log, inc)) for hall, log in enumerate(logs)]

    def __call__(self, batches: range) -> None:
        send(self._senders, batches)

    def cpu_s(self) -> float:
        """Return what the server has used."""
        return cpu_s(self._process.pid)

    def close(self) -> None:
        for sender in self._senders:
            sender.socket.close()
        self._process.kill()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()


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


class BarePostgres:
    """COPY with the same cursor check, over one connection a hall."""

    def __init__(self, url: str, logs: list[list[StoredEvent]]) -> None:
        self._made = [rows(log, hall) for hall, log in enumerate(logs)]
        self._runner = asyncio.Runner()
        self._connections = self._runner.run(self._prepare(url))

    async def _prepare(self, url: str) -> list[asyncpg.Connection]:
        first, *others = [await asyncpg.connect(url) for _ in range(HALLS)]
        await first.execute(_TABLE.format(blob="bytea") + " PARTITION BY HASH (hall)")
        for n in range(16):
            await first.execute(
                f"CREATE TABLE event_{n} PARTITION OF event FOR VALUES WITH (MODULUS 16, REMAINDER {n})"
            )
        await first.execute("CREATE TABLE cursor(hall text PRIMARY KEY, next bigint)")
        for hall in range(HALLS):
            await first.execute("INSERT INTO cursor VALUES($1, 1)", f"h{hall}")
        return [first, *others]

    def __call__(self, batches: range) -> None:
        self._runner.run(self._all(batches))

    async def _all(self, batches: range) -> None:
        await asyncio.gather(*(self._one(hall, batches) for hall in range(HALLS)))

    async def _one(self, hall: int, batches: range) -> None:
        connection = self._connections[hall]
        for at in range(batches.start * BATCH, batches.stop * BATCH, BATCH):
            async with connection.transaction():
                got = await connection.fetchval(
                    "SELECT next FROM cursor WHERE hall=$1 FOR UPDATE", f"h{hall}"
                )
                if got != at + 1:
                    raise RuntimeError("gap")
                await connection.copy_records_to_table(
                    "event", records=self._made[hall][at : at + BATCH], columns=_COLUMNS
                )
                await connection.execute(
                    "UPDATE cursor SET next=$2 WHERE hall=$1", f"h{hall}", at + BATCH + 1
                )

    def close(self) -> None:
        for connection in self._connections:
            self._runner.run(connection.close())
        self._runner.close()


async def settle(url: str) -> None:
    """Make a new PostgreSQL one that has run for a while: its log goes round through files that are there.

    A new one makes each of them first, some tenths of a second's work that falls on whoever comes along.
    Then let it write down what it holds back, so that nobody pays for the run before.
    """
    connection = await asyncpg.connect(url)
    for _ in range(2):
        await connection.fetch(
            "SELECT pg_logical_emit_message(false, 'x', repeat('x', 1 << 20)) FROM generate_series(1, $1)",
            WAL_MB,
        )
        await connection.execute("CHECKPOINT")
    await connection.close()
    await asyncio.sleep(SETTLE_S)


class BareSqlite:
    """executemany, a transaction a batch."""

    def __init__(self, path: Path, logs: list[list[StoredEvent]]) -> None:
        self._made = [rows(log, hall) for hall, log in enumerate(logs)]
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(_TABLE.format(blob="blob") + " WITHOUT ROWID")

    def __call__(self, batches: range) -> None:
        for at in range(batches.start * BATCH, batches.stop * BATCH, BATCH):
            for some in self._made:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(
                    "INSERT INTO event VALUES(?,?,?,?,?,?,?,?,?,?)", some[at : at + BATCH]
                )
                self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


def figure(what: str, least: float, target: str, bare: BareSqlite | BarePostgres, ours: Ours) -> Figure:
    """Let both take turns; return how quick ours is beside the bare database."""
    events = HALLS * TURN * BATCH
    bares, taken = [], []
    used = sent = 0.0
    for n in range(TURNS):
        batches = range(n * TURN, (n + 1) * TURN)
        if n == 1:
            used, sent = ours.cpu_s(), 0.0
        begin = time.perf_counter()
        bare(batches)
        middle, busy = time.perf_counter(), time.thread_time()
        ours(batches)
        bares.append(middle - begin)
        taken.append(time.perf_counter() - middle)
        sent += time.thread_time() - busy
    used = ours.cpu_s() - used
    ratios = sorted(one / other for one, other in zip(bares[1:], taken[1:], strict=True))
    most = events * (TURNS - 1) / 1e6
    note = (
        f"turns {ratios[0]:.2f} to {ratios[-1]:.2f}; bare {events / p50(bares[1:]):.0f}/s,"
        f" server {events / p50(taken[1:]):.0f}/s, {used / most:.1f} µs of CPU an event"
        f" (and {sent / most:.1f} to send it)"
    )
    return Figure(what, p50(ratios), least, "×", target, at_least=True, note=note)


def run() -> Iterator[Figure]:
    """Measure both databases, each beside its limit."""
    logs = [hall_log(hall) for hall in range(HALLS)]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kioskd-bench-")))
        embedded = stack.enter_context(contextlib.closing(BareSqlite(folder / "bare.db", logs)))
        ours = stack.enter_context(contextlib.closing(Ours(str(folder / "central.db"), logs)))
        yield figure("ingest on SQLite, batches of 100", 0.6, "of bare executemany", embedded, ours)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(start_postgres())
        first, second = server.fresh(), server.fresh()
        bare = stack.enter_context(contextlib.closing(BarePostgres(first, logs)))
        ours = stack.enter_context(contextlib.closing(Ours(second, logs)))
        asyncio.run(settle(first))
        target = "of bare COPY with the same cursor check"
        yield figure("ingest on PostgreSQL, batches of 100", 0.5, target, bare, ours)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
