"""The hub's web server, as far as stations see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from kioskd.station.link.server import STATION_PATH, serve_websocket, station_socket
from tests.station.hall import TinyHub


class Server:
    def __init__(self, hub: TinyHub) -> None:
        self.hub = hub
        self.port = 0
        self.denied = 0
        self.heartbeat = 10.0
        self.station = "pc-1"
        self.sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get(STATION_PATH, self._link)
        self._runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        for ws in tuple(self.sockets):
            await ws.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        if request.headers.get("Authorization") != "Bearer good":
            self.denied += 1
            raise web.HTTPUnauthorized
        ws = station_socket(self.heartbeat)
        await ws.prepare(request)
        self.sockets.add(ws)
        try:
            await serve_websocket(ws, self.hub, self.station, hello_limit=0.2)
        finally:
            self.sockets.discard(ws)
        return ws


@asynccontextmanager
async def served(hub: TinyHub) -> AsyncIterator[Server]:
    server = Server(hub)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
