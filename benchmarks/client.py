"""A small keep-alive HTTP client, the same for every server measured, so that it cancels out."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable


class Connection:
    """One connection that posts JSON and waits for the answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader = reader
        self._writer = writer
        self._token = token

    @classmethod
    async def open(cls, port: int, token: str = "") -> Connection:
        """Connect to a server on this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port), token)

    async def post(self, path: str, body: bytes, key: str) -> tuple[int, bytes]:
        """Post and return status and body of the answer."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self._token}\r\nIdempotency-Key: {key}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        lines = (await self._reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        length = 0
        for line in lines:
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answer = await self._reader.readexactly(length) if length else b""
        return int(lines[0].split()[1]), answer

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()

    async def gone(self) -> None:
        """Close the connection, whatever the server did to it, and wait until it is."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


async def load(
    port: int, token: str, clients: int, requests: int, body: bytes, path: Callable[[int], str]
) -> tuple[list[float], float]:
    """Post ``requests`` times from each of ``clients``; return the seconds of each, and of all."""
    connections = [await Connection.open(port, token) for _ in range(clients)]
    taken: list[float] = []

    async def one(number: int, connection: Connection) -> None:
        for n in range(requests):
            begin = time.perf_counter()
            status, answer = await connection.post(path(n), body, f"bench-{begin}-{number}-{n}")
            taken.append(time.perf_counter() - begin)
            if status >= 300:
                raise RuntimeError(f"{status}: {answer!r}")

    begin = time.perf_counter()
    await asyncio.gather(*(one(n, c) for n, c in enumerate(connections)))
    whole = time.perf_counter() - begin
    for connection in connections:
        connection.close()
    return taken, whole
