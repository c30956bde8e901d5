"""Questions under way to stations, each waiting for one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import uuid4

Answer = TypeVar("Answer")


class Asked(Generic[Answer]):
    """Questions of one kind, by an id that the answer repeats."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Future[Answer]] = {}

    async def ask(self, send: Callable[[str], None], limit: float) -> Answer | None:
        """Give a new id to ``send`` and wait for the answer; None when none came in ``limit`` seconds."""
        request = uuid4().hex
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._open[request] = answer
        try:
            send(request)
            async with asyncio.timeout(limit):
                return await answer
        except TimeoutError:
            return None
        finally:
            del self._open[request]

    def answered(self, request: str, answer: Answer) -> bool:
        """Hand an answer to whoever waits for it; False when nobody asked that (any more)."""
        waiting = self._open.get(request)
        if waiting is None:
            return False
        if not waiting.done():
            waiting.set_result(answer)
        return True
