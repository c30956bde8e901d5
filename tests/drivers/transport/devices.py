"""Far ends for tests of lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class Recorder:
    """Keeps what it receives; answers on request."""

    def __init__(self, answer: Callable[[bytes], bytes] = lambda data: b"") -> None:
        self.got = bytearray()
        self.connected = 0
        self._answer = answer
        self._send: Callable[[bytes], None] | None = None
        self._news = asyncio.Event()

    def connect(self, send: Callable[[bytes], None]) -> None:
        self.connected += 1
        self._send = send
        self._news.set()

    def disconnect(self) -> None:
        self.connected -= 1
        self._send = None
        self._news.set()

    def receive(self, data: bytes) -> None:
        self.got += data
        self._news.set()
        answer = self._answer(data)
        if answer:
            self.say(answer)

    def say(self, data: bytes) -> None:
        assert self._send is not None
        self._send(data)

    def view(self) -> dict[str, Any]:
        return {}

    def on_change(self, notify: Callable[[], None]) -> None:
        pass

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self._news.clear()
                await self._news.wait()


class Ear:
    """A listener on a line."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self._news = asyncio.Event()

    def __call__(self, data: bytes) -> None:
        self.heard += data
        self._news.set()

    async def until(self, wanted: bytes) -> None:
        async with asyncio.timeout(5):
            while wanted not in self.heard:
                self._news.clear()
                await self._news.wait()
