"""Reading an event stream as a browser does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import ClientResponse

from kioskd.access.roles import Role
from tests.web.conftest import Hall


@dataclass
class Message:
    kind: str
    data: Any
    id: str


@dataclass
class Stream:
    response: ClientResponse
    last_id: str = ""
    comments: int = 0
    seen: list[Message] = field(default_factory=list)

    async def next(self) -> Message:
        """Return the next event; fails after 5 s without one."""
        message = await asyncio.wait_for(self._read(), 5)
        self.seen.append(message)
        return message

    async def until(self, kind: str) -> Message:
        while (message := await self.next()).kind != kind:
            pass
        return message

    async def _read(self) -> Message:
        kind, data = "message", ""
        while True:
            raw = await self.response.content.readline()
            if not raw:
                raise EOFError
            line = raw.decode().rstrip("\n")
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if line.startswith(":"):
                self.comments += 1
            elif name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data = value
            elif not line:
                if data:
                    return Message(kind, msgspec.json.decode(data), self.last_id)
                kind = "message"


@asynccontextmanager
async def following(
    hall: Hall, role: Role = Role.PUBLIC, after: str | None = None, **headers: str
) -> AsyncIterator[Stream]:
    path = hall.at("events") + (f"?after={after}" if after is not None else "")
    async with hall.session.get(path, headers=hall.headers(role, **headers)) as response:
        assert response.status == 200, await response.read()
        assert response.headers["Content-Type"].startswith("text/event-stream")
        yield Stream(response)
