"""Everybody at once: 200 open pages with their event streams, and 30 tellers who act as fast as they are let.

The hub is a process of its own, and so are the pages, which stand on other PCs in a hall. A teller calls,
finishes and calls again with the pause of a quick service; a desk takes numbers so that there is always
somebody to call. The time of call-next is from the first byte of the request to the last of the answer.
``KIOSKD_CROWD_S`` says for how long (600 is the target's); memory is compared between the first fifth and the
end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import selectors
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import cast

from benchmarks.client import Connection
from benchmarks.hubs import HubProcess, bare_hall, hub
from benchmarks.idle import _rss_mb
from benchmarks.report import Figure, p50, p95

PAGES = 200
TELLERS = 30
SECONDS = float(os.environ.get("KIOSKD_CROWD_S", "60"))
SERVICE_S = 10.0
"""From a call to the next: 180 calls a minute, thirty times what thirty real tellers do."""


def many_windows(folder: Path) -> Path:
    """Write the demo hall with thirty windows and as many tellers; return the file."""
    file = bare_hall(folder)
    text = file.read_text("utf-8")
    for number in range(7, TELLERS + 1):
        text += (
            f'\n[[window]]\nid = "{number}"\nzone = "east"\nequipped = ["general", "card"]\n'
            f'\n[[teller]]\nid = "d{number:02}"\nname = "样员{number:02}"\nstaff_no = "B{number:03}"\n'
            'skills = ["general", "card"]\n'
        )
    file.write_text(text, "utf-8")
    return file


def read_pages(port: int, token: str, count: int, told: Pipe) -> None:
    """Be as many open pages, in a process of their own: read every event stream until told to stop.

    Sends how many events the page that heard fewest has heard, and how many pages lost their stream.
    """
    head = f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
    selector = selectors.DefaultSelector()
    heard = [0] * count
    lost = 0
    for number in range(count):
        line = socket.create_connection(("127.0.0.1", port))
        line.sendall(head.encode())
        selector.register(line, selectors.EVENT_READ, number)
    selector.register(told, selectors.EVENT_READ)
    told.send("open")
    while True:
        for key, _ in selector.select():
            if key.fileobj is told:
                told.recv()
                told.send((min(heard), lost))
                return
            line = cast("socket.socket", key.fileobj)
            data = line.recv(1 << 16)
            heard[key.data] += data.count(b"\nevent:")
            if not data:
                lost += 1
                selector.unregister(line)


@contextlib.asynccontextmanager
async def open_pages(
    port: int, token: str, count: int
) -> AsyncIterator[Callable[[], Awaitable[tuple[int, int]]]]:
    """Have pages open in the block; what it gives closes them and returns what `read_pages` sends."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=read_pages, args=(port, token, count, theirs)
    )
    process.start()

    async def close() -> tuple[int, int]:
        ours.send("stop")
        said: tuple[int, int] = await asyncio.to_thread(ours.recv)
        return said

    try:
        await asyncio.to_thread(ours.recv)
        yield close
    finally:
        process.terminate()
        process.join(10)


class Crowd:
    """What was taken and what went wrong."""

    def __init__(self, running: HubProcess) -> None:
        self.port, self.token = running.port, running.token
        self.taken: list[float] = []
        self.errors: list[str] = []
        self._keys = 0

    async def post(self, line: Connection, path: str, body: object) -> bytes:
        """Post under a fresh key; an answer of refusal is an error here."""
        self._keys += 1
        status, answer = await line.post(f"/api/v1/{path}", json.dumps(body).encode(), f"crowd-{self._keys}")
        if status >= 400:
            self.errors.append(f"{path} {status} {answer[:200]!r}")
        return answer

    async def teller(self, number: int, until: float) -> None:
        """Call the next, serve, call the next."""
        line = await Connection.open(self.port, self.token)
        await self.post(line, f"windows/{number}/login", {"teller": f"d{number:02}"})
        await asyncio.sleep(number / TELLERS * SERVICE_S)
        while time.perf_counter() < until:
            begin = time.perf_counter()
            called = json.loads(await self.post(line, f"windows/{number}/call-next", {}))
            self.taken.append(time.perf_counter() - begin)
            await asyncio.sleep(SERVICE_S / 2)
            if called.get("ticket"):
                await self.post(line, f"windows/{number}/finish", {})
            await asyncio.sleep(SERVICE_S / 2)
        line.close()

    async def desk(self, until: float) -> None:
        """Take numbers as fast as they are called."""
        line = await Connection.open(self.port, self.token)
        for _ in range(3 * TELLERS):
            await self.post(line, "tickets", {"queue": "general"})
        pause = SERVICE_S / TELLERS
        due = time.perf_counter()
        while time.perf_counter() < until:
            await self.post(line, "tickets", {"queue": "general"})
            due += pause
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        line.close()


async def _measure(running: HubProcess) -> tuple[Crowd, int, float, float]:
    crowd = Crowd(running)
    async with open_pages(running.port, running.token, PAGES) as close:
        until = time.perf_counter() + SECONDS
        work = [asyncio.create_task(crowd.desk(until))]
        await asyncio.sleep(1)
        work += [asyncio.create_task(crowd.teller(number, until)) for number in range(1, TELLERS + 1)]
        await asyncio.sleep(SECONDS / 5)
        early = _rss_mb(running.process.pid)
        await asyncio.gather(*work)
        late = _rss_mb(running.process.pid)
        heard, lost = await close()
    crowd.errors += [f"{lost} pages lost their stream"] if lost else []
    return crowd, heard, early, late


def run() -> Iterator[Figure]:
    """Measure the calls of thirty tellers before two hundred pages."""
    with tempfile.TemporaryDirectory(prefix="kioskd-bench-") as name:
        folder = Path(name)
        with hub(many_windows(folder), folder / "data") as running:
            crowd, heard, early, late = asyncio.run(_measure(running))
    note = (
        f"p50 {p50(crowd.taken) * 1000:.1f} ms, {len(crowd.taken)} calls in {SECONDS:.0f} s, "
        f"every page heard ≥ {heard} events"
    )
    if crowd.errors:
        note += f"; first error: {crowd.errors[0]}"
    yield Figure(
        f"call-next, {PAGES} pages and {TELLERS} tellers, p95",
        p95(crowd.taken) * 1000,
        20.0,
        "ms",
        "≤ 20 ms",
        note=note,
    )
    yield Figure("errors meanwhile", float(len(crowd.errors)), 0.0, "", "none")
    yield Figure(
        "memory at the end against the first fifth", late - early, 15.0, "MB", "flat", note=f"{late:.0f} MB"
    )
