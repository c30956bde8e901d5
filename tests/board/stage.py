"""A hub of straw: the real pages, and a hall and an event stream that tests write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from aiohttp import web

from kioskd.hub.views import HallView
from kioskd.web.pages import page_routes, revision

PATIENCE_S = 30.0


class Stage:
    """``hall`` is what GET hall answers; `say` puts events on every open stream, whatever their
    order. While ``broken`` it answers neither, while ``dumb`` it says nothing of the hall.
    """

    def __init__(self, hall: HallView) -> None:
        self.hall = hall
        self.url = ""
        self.resumed: list[str | None] = []
        self.broken = False
        self.dumb = False
        self.revision = revision()
        self.looks = 0
        self._streams: set[asyncio.Queue[bytes | None]] = set()
        self._stirred = asyncio.Condition()

    def say(self, position: str, kind: str, **data: Any) -> None:
        body = {"v": 1, "type": kind, "at": "2026-11-23T01:41:05.000Z", **data}
        self.raw(f"id: {position}\nevent: {kind}\ndata: {msgspec.json.encode(body).decode()}\n\n")

    def raw(self, text: str) -> None:
        for stream in self._streams:
            stream.put_nowait(text.encode())

    def cut(self) -> None:
        """End every stream."""
        for stream in self._streams:
            stream.put_nowait(None)

    async def followed(self, times: int) -> None:
        """Wait until boards have asked for the stream so many times, and one is there to be told."""
        async with asyncio.timeout(PATIENCE_S), self._stirred:
            await self._stirred.wait_for(lambda: len(self.resumed) >= times and bool(self._streams))

    async def left(self, streams: int = 0) -> None:
        """Wait until no more than so many streams are open."""
        async with asyncio.timeout(PATIENCE_S), self._stirred:
            await self._stirred.wait_for(lambda: len(self._streams) <= streams)

    async def show(self, request: web.Request) -> web.StreamResponse:
        self.looks += 1
        if self.broken or self.dumb:
            raise web.HTTPServiceUnavailable
        return web.Response(body=msgspec.json.encode(self.hall), content_type="application/json")

    async def revised(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"revision": self.revision})

    async def follow(self, request: web.Request) -> web.StreamResponse:
        if self.broken:
            raise web.HTTPServiceUnavailable
        self.resumed.append(request.headers.get("Last-Event-ID"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._streams.add(lines)
        async with self._stirred:
            self._stirred.notify_all()
        try:
            await response.write(b"retry: 1500\n\n")
            while (text := await lines.get()) is not None:
                await response.write(text)
        except ConnectionError:
            pass
        finally:
            self._streams.discard(lines)
            async with self._stirred:
                self._stirred.notify_all()
        return response


@asynccontextmanager
async def staged(hall: HallView, port: int = 0) -> AsyncIterator[Stage]:
    stage = Stage(hall)
    app = web.Application()
    app.router.add_get("/pages/revision", stage.revised)
    app.router.add_routes([*page_routes(), web.get("/api/v1/hall", stage.show)])
    app.router.add_get("/api/v1/events", stage.follow)
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=0.5, handler_cancellation=True
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        stage.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield stage
    finally:
        with suppress(Exception):
            stage.cut()
        await runner.cleanup()
