"""The limits the hub is measured against, taken in the same run: a bare durable commit, a bare echo,
and HTTP servers that do nothing but commit one row a request in groups.

``python -m benchmarks.floor echo|rows|server DATA`` serves and prints its port: ``echo`` and ``rows`` on bare
aiohttp, ``server`` on the hub's own web server (caller, role, body and key checked as for a ticket).
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

from kioskd.access.pairing import Pairing
from kioskd.access.passwords import Passwords
from kioskd.access.roles import Role
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.hub.clock import Clock
from kioskd.hub.desk import Desk
from kioskd.hub.stations import Stations
from kioskd.journal.journal import Journal
from kioskd.web.call import Call, endpoint, respond
from kioskd.web.routes import ROUTES
from kioskd.web.server import serving
from kioskd.web.settings import WebSettings
from kioskd.web.site import Site

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


def commits(folder: Path, count: int = 400, pause: float = 0.0) -> list[float]:
    """Return the seconds of ``count`` bare durable commits of one row, each after a pause of so many seconds.

    In a pause processor and disk may go to sleep, and the same commit takes longer.
    """
    connection = database(folder / "bare.db")
    taken = []
    for _ in range(count):
        time.sleep(pause)
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


async def serve_rows_of_hub(folder: Path) -> None:
    """Serve rows through everything that a hub's request passes but the hall, until killed."""
    rows = Rows(folder / "server-rows.db")
    answered = msgspec.json.encode(ANSWER)

    async def handle(call: Call) -> web.StreamResponse:
        await rows.add()
        return respond(answered, 201)

    journal = await Journal.open(folder / "server", now_wall=time.time_ns() // 1_000_000, boot="bench")
    tokens = TokenStore.open(folder / "server" / FILE_NAME)
    token = tokens.add(Role.ADMIN, "caller")[1]
    desk = Desk(journal, Clock())
    site = Site(
        desk,
        Stations(desk, "bench"),
        tokens,
        Pairing(tokens),
        WebSettings(),
        journal,
        Passwords(memory_kib=64),
    )
    route = next(route for route in ROUTES if route.name == "issueTicket")
    route = msgspec.structs.replace(route, handler=handle)
    app = web.Application()
    app.router.add_route(route.method, route.path, endpoint(route, site))
    async with serving(app, site.settings, 0) as port:
        print(f"ready {port} {token}", flush=True)
        await asyncio.Event().wait()


async def serve(kind: str, folder: Path) -> None:
    """Serve until killed."""
    if kind == "server":
        await serve_rows_of_hub(folder)
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
    print(f"ready {runner.addresses[0][1]} -", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
