"""Real far ends on loopback: an HTTP server and an SMTP server that answer as they are told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from aiohttp import web


class Hook:
    """An HTTP server. ``answers`` are the next statuses (then 204); None never answers."""

    def __init__(self) -> None:
        self.port = 0
        self.answers: list[int | None] = []
        self.got: asyncio.Queue[tuple[bytes, Mapping[str, str], int]] = asyncio.Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/alerts"

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        status = self.answers.pop(0) if self.answers else 204
        await self.got.put((body, request.headers, status or 0))
        if status is None:
            await asyncio.sleep(3600)
        return web.Response(status=status or 500)

    @contextlib.asynccontextmanager
    async def open(self, port: int = 0) -> AsyncIterator[Hook]:
        app = web.Application()
        app.router.add_post("/alerts", self.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        assert site._server is not None
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        try:
            yield self
        finally:
            await runner.cleanup()


class Mail:
    """An SMTP server (RFC 5321, no extensions). ``answers`` are the next replies to the end of data."""

    def __init__(self) -> None:
        self.port = 0
        self.answers: list[str] = []
        self.got: asyncio.Queue[tuple[str, list[str], bytes]] = asyncio.Queue()
        self.said: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender, to = "", []
        try:
            writer.write(b"220 test\r\n")
            while line := (await reader.readline()).decode().strip():
                self.said.append(line)
                match line.partition(" ")[0].upper():
                    case "EHLO" | "HELO":
                        reply = "250 test"
                    case "MAIL":
                        sender, to, reply = line, [], "250 ok"
                    case "RCPT":
                        to.append(line.partition("<")[2].partition(">")[0])
                        reply = "250 ok"
                    case "DATA":
                        writer.write(b"354 go on\r\n")
                        data = await reader.readuntil(b"\r\n.\r\n")
                        reply = self.answers.pop(0) if self.answers else "250 taken"
                        if reply.startswith("250"):
                            await self.got.put((sender, to, data))
                    case "QUIT":
                        writer.write(b"221 bye\r\n")
                        return
                    case "RSET":
                        reply = "250 ok"
                    case _:
                        reply = "502 not here"
                writer.write(f"{reply}\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Mail]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self
