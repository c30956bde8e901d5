"""The limits the hub is measured against, taken in the same run: a bare durable commit, a bare echo,
and an HTTP server that does nothing but commit one row a request in groups.

``python -m benchmarks.floor echo|rows DATA`` serves and prints its port.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
import time
from pathlib import Path

import apsw
import msgspec
from aiohttp import web

GROUP = 64
BODY = b'{"queue":"general","priority":null,"services":["YL-001"],"note":"' + b"x" * 200 + b'"}'
ANSWER = {
    "id": "t_0123456789abcdef",
    "number": "A001",
    "queue": "general",
    "services": [],
    "issued_at": "2026-11-23T09:01:00+08:00",
    "ahead": 3,
    "wait": {"low": 5, "high": 10},
    "print": {"state": "asked"},
}


def database(path: Path) -> apsw.Connection:
    """Open a fresh database the way a durable journal must: WAL, every commit synced."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS row(seq INTEGER PRIMARY KEY, body BLOB)")
    return connection


def commits(folder: Path, count: int = 400) -> list[float]:
    """Return the seconds of ``count`` bare durable commits of one row."""
    connection = database(folder / "bare.db")
    taken = []
    for _ in range(count):
        begin = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO row(body) VALUES(?)", (BODY,))
        connection.execute("COMMIT")
        taken.append(time.perf_counter() - begin)
    connection.close()
    return taken


class Rows:
    """One writer thread that commits what has gathered."""

    def __init__(self, path: Path) -> None:
        self._queue: queue.SimpleQueue[asyncio.Future[None] | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._write, args=(path,), daemon=True)
        self._thread.start()

    def add(self) -> asyncio.Future[None]:
        """Queue one row; the future is set when it is durable."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._queue.put(future)
        return future

    def _write(self, path: Path) -> None:
        connection = database(path)
        while True:
            group = [self._queue.get()]
            while len(group) < GROUP:
                try:
                    group.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            connection.execute("BEGIN IMMEDIATE")
            for _ in group:
                connection.execute("INSERT INTO row(body) VALUES(?)", (BODY,))
            connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(self._done, group)

    @staticmethod
    def _done(group: list[asyncio.Future[None] | None]) -> None:
        for future in group:
            if future is not None and not future.done():
                future.set_result(None)


async def serve(kind: str, folder: Path) -> None:
    """Serve until killed."""
    rows = Rows(folder / "rows.db") if kind == "rows" else None

    async def handle(request: web.Request) -> web.Response:
        msgspec.json.decode(await request.read())
        if rows is not None:
            await rows.add()
        return web.Response(body=msgspec.json.encode(ANSWER), status=201, content_type="application/json")

    app = web.Application()
    app.router.add_post("/api/v1/tickets", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"ready {runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
