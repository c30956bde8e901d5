"""A province's halls at five times their peak hour against one central process: nobody falls behind.

``KIOSKD_PROVINCE=3000x300`` is the whole of it: so many halls for so many seconds; by default fewer and
shorter. On PostgreSQL where one can be started.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import cast

from benchmarks.central import BODY, OPENING, opened
from benchmarks.report import Figure, cpu_s
from kioskd.central import halls
from kioskd.central.codes import digest
from kioskd.central.database import Running
from kioskd.central.parts import running
from kioskd.central.schema import SERVER
from kioskd.central.server import wall_ms
from kioskd.journal.chain import GENESIS, store
from kioskd.journal.records import NewEvent, Position, StoredEvent
from kioskd.sync.messages import Push
from kioskd.sync.wire import MOST_EVENTS, pack, wire_event
from tests.central.server import start_postgres

HALLS, SECONDS = (int(part) for part in os.environ.get("KIOSKD_PROVINCE", "300x20").split("x"))
DAY = 10_000
"""Events of a hall's day."""

PEAK_HOUR = 0.15
"""Share of the day's events in its busiest hour."""

RATE = 5 * DAY * PEAK_HOUR / 3600
"""Events a second of each hall: five times that."""

GATHER_S = 3.0


async def serve(where: str, folder: str) -> None:
    """Serve all that a central server does until killed; prints the port and the incarnation."""
    from sqlalchemy import select

    def inc() -> Running[str]:
        rows = yield select(SERVER.c.inc)
        return str(rows[0].inc)

    async with opened(where) as database:
        for hall in range(HALLS):
            await database.write(partial(halls.add, f"h{hall}", "测试大厅", wall_ms()))
            await database.write(partial(halls.give, f"h{hall}", digest(f"t{hall}"), wall_ms()))
        found = await database.read(inc)
        async with running(database, Path(folder), "127.0.0.1", 0) as port:
            print(f"ready {port} {found}", flush=True)
            await asyncio.Event().wait()


class Log:
    """The log that every hall has: no hall's name is in a chain, so that one is enough for all, and what one
    hall sends, another sends as well. So the halls cost next to nothing beside the server.
    """

    def __init__(self, inc: str) -> None:
        self._inc = inc
        self._events: list[StoredEvent] = []
        self._packed: dict[tuple[int, int], bytes] = {}

    def push(self, first: int, count: int) -> bytes:
        """Return a push of so many events as a request carries it."""
        known = self._packed.get((first, count))
        if known is None:
            while len(self._events) < first + count - 1:
                self._make()
            some = self._events[first - 1 : first - 1 + count]
            prev = GENESIS if first == 1 else self._events[first - 2].chain
            wire = tuple(map(wire_event, some))
            known = pack(Push(1, first, prev.hex(), some[-1].chain.hex(), None, self._inc, None, wire))
            self._packed[first, count] = known
        return known

    def _make(self) -> None:
        seq, chain = len(self._events) + 1, self._events[-1].chain if self._events else GENESIS
        kind, body = ("ticket.issued", BODY) if seq > 1 else ("epoch.open", OPENING)
        self._events.append(store(chain, Position(1, seq), NewEvent(kind, 1, body, seq, seq), "boot"))


class Hall(asyncio.Protocol):
    """Events happen at a steady pace; what has gathered is sent."""

    def __init__(self, number: int, log: Log) -> None:
        self._head = (
            f"POST /sync/v1/halls/h{number}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t{number}\r\n"
            "Content-Encoding: gzip\r\nContent-Length: "
        ).encode()
        self._log = log
        self._begin = self._end = 0.0
        self._next = self._count = 1
        self._oldest = 0.0
        self._loop = asyncio.get_running_loop()
        self.known: asyncio.Future[None] = self._loop.create_future()
        self.done: asyncio.Future[None] = self._loop.create_future()
        self.worst = 0.0
        self.sent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def begin(self, begin: float, end: float) -> None:
        """Let things happen between two instants."""
        self._begin, self._end = begin, end
        self._loop.call_later(random.uniform(0, GATHER_S), self._go)

    def _go(self) -> None:
        now = time.perf_counter()
        if now >= self._end:
            self._finish()
            return
        self._count = min(int((now - self._begin) * RATE) + 3 - self._next, MOST_EVENTS)
        if self._count < 1:
            self._loop.call_later(GATHER_S, self._go)
            return
        self._oldest = self._begin + (self._next - 2) / RATE
        self._send()

    def _send(self) -> None:
        body = self._log.push(self._next, self._count)
        self._transport.write(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)

    def data_received(self, data: bytes) -> None:
        """Take the answer, which is small enough to come in one piece."""
        if not data.startswith(b"HTTP/1.1 200") or b"}" not in data:
            if not self.done.done():
                self.done.set_exception(RuntimeError(data.decode(errors="replace")))
            return
        self._next += self._count
        if not self.known.done():
            self.known.set_result(None)
            return
        self.worst = max(self.worst, time.perf_counter() - self._oldest)
        self.sent += self._count
        self._loop.call_later(GATHER_S, self._go)

    def connection_lost(self, error: Exception | None) -> None:
        """A server that closes the connection meanwhile has failed."""
        if not self.done.done():
            self.done.set_exception(error or ConnectionResetError())

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self._transport.close()


async def all_halls(port: int, inc: str, server: int) -> tuple[list[Hall], float, float]:
    """Let every hall work; return them, and the CPU seconds of the server and of all halls meanwhile."""
    loop = asyncio.get_running_loop()
    log, made = Log(inc), []
    for number in range(HALLS):
        _, hall = await loop.create_connection(partial(Hall, number, log), "127.0.0.1", port)
        await hall.known  # a log that goes on from here: what is measured is a day, not a start
        made.append(hall)
    used = cpu_s(server), cpu_s(os.getpid())
    begin = time.perf_counter()
    for hall in made:
        hall.begin(begin, begin + SECONDS)
    await asyncio.gather(*(hall.done for hall in made))
    return made, cpu_s(server) - used[0], cpu_s(os.getpid()) - used[1]


def run() -> Iterator[Figure]:
    """Measure."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * HALLS + 200)), hard))
    with start_postgres() as server, tempfile.TemporaryDirectory(prefix="kioskd-bench-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.province", server.fresh(), folder],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        try:
            assert process.stdout is not None
            _, port, inc = next(line for line in process.stdout if line.startswith("ready ")).split()
            done, server_cpu, halls_cpu = asyncio.run(all_halls(int(port), inc, process.pid))
        finally:
            process.kill()
            process.wait(10)
            if process.stdout is not None:
                process.stdout.close()
    lags = sorted(hall.worst for hall in done)
    yield Figure(
        f"worst lag of {HALLS} halls, {HALLS * RATE:.0f} events a second",
        lags[-1],
        10.0,
        "s",
        "one process, PostgreSQL",
        note=f"{SECONDS} s, {sum(hall.sent for hall in done)} events, median {lags[len(lags) // 2]:.2f} s;"
        f" server {server_cpu / SECONDS:.2f} of a core, halls {halls_cpu / SECONDS:.2f}",
    )


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
