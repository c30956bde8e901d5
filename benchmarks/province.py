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
import time
from collections.abc import Iterator
from functools import partial

from benchmarks.central import BODY, OPENING, opened
from benchmarks.report import Figure
from kioskd.central import halls
from kioskd.central.codes import digest
from kioskd.central.database import Running
from kioskd.central.schema import SERVER
from kioskd.central.server import serving, wall_ms
from kioskd.journal.chain import GENESIS, store
from kioskd.journal.records import NewEvent, Position
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


async def serve(where: str) -> None:
    """Serve until killed; prints the port and the incarnation."""
    from sqlalchemy import select

    def inc() -> Running[str]:
        rows = yield select(SERVER.c.inc)
        return str(rows[0].inc)

    async with opened(where) as database:
        for hall in range(HALLS):
            await database.write(partial(halls.add, f"h{hall}", "测试大厅", wall_ms()))
            await database.write(partial(halls.give, f"h{hall}", digest(f"t{hall}"), wall_ms()))
        found = await database.read(inc)
        async with serving(database, "127.0.0.1", 0) as port:
            print(f"ready {port} {found}", flush=True)
            await asyncio.Event().wait()


class Hall:
    """Makes events at a steady pace and sends what has gathered."""

    def __init__(self, number: int, inc: str) -> None:
        self._number = number
        self._inc = inc
        self._chain = GENESIS
        self._seq = 1
        self.worst = 0.0
        self.sent = 0

    async def run(self, port: int, begin: float, end: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(random.uniform(0, GATHER_S))
        while time.perf_counter() < end:
            due = int((time.perf_counter() - begin) * RATE) + 1
            count = min(due - self._seq + 1, MOST_EVENTS)
            if count > 0:
                oldest = begin + (self._seq - 1) / RATE
                body = self._push(count)
                writer.write(
                    f"POST /sync/v1/halls/h{self._number}/events HTTP/1.1\r\nHost: x\r\n"
                    f"Authorization: Bearer t{self._number}\r\nContent-Encoding: gzip\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(head.decode())
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)
                self.worst = max(self.worst, time.perf_counter() - oldest)
                self.sent += count
            await asyncio.sleep(GATHER_S)
        writer.close()

    def _push(self, count: int) -> bytes:
        events, prev, first = [], self._chain, self._seq
        for seq in range(first, first + count):
            kind, body = ("ticket.issued", BODY) if seq > 1 else ("epoch.open", OPENING)
            events.append(store(self._chain, Position(1, seq), NewEvent(kind, 1, body, seq, seq), "boot"))
            self._chain = events[-1].chain
        self._seq = first + count
        wire = tuple(map(wire_event, events))
        return pack(Push(1, first, prev.hex(), self._chain.hex(), None, self._inc, None, wire))


async def all_halls(port: int, inc: str) -> list[Hall]:
    """Let every hall work."""
    made = [Hall(number, inc) for number in range(HALLS)]
    begin = time.perf_counter() + 1.0
    await asyncio.sleep(1.0)
    await asyncio.gather(*(hall.run(port, begin, begin + SECONDS) for hall in made))
    return made


def run() -> Iterator[Figure]:
    """Measure."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * HALLS + 200)), hard))
    with start_postgres() as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.province", server.fresh()],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        try:
            assert process.stdout is not None
            _, port, inc = next(line for line in process.stdout if line.startswith("ready ")).split()
            done = asyncio.run(all_halls(int(port), inc))
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
        note=f"{SECONDS} s, {sum(hall.sent for hall in done)} events, median {lags[len(lags) // 2]:.2f} s",
    )


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
