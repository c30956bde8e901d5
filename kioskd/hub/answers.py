"""What the desk is asked and what it answers."""

from __future__ import annotations

import asyncio

import msgspec

from kioskd.hall.events import Event
from kioskd.hall.refusal import Refusal
from kioskd.journal.records import Position


class Request(msgspec.Struct, frozen=True, gc=False):
    """Names a command so that its repeat gets the first answer.

    ``key`` is scoped to principal and route by the caller; ``fingerprint`` tells a repeat from another
    command under the same key; the answer is kept ``keep_ms`` of hall time.
    """

    key: str
    fingerprint: bytes
    keep_ms: int


class Done(msgspec.Struct, frozen=True, gc=False):
    """A command was done and its events are durable.

    ``response`` is what the caller's renderer made of the state right after; of a repeat
    (``replayed``) it is the first one's, and ``events`` are left out.
    """

    position: Position
    events: tuple[Event, ...] = ()
    response: bytes = b""
    replayed: bool = False


class KeyReused(Exception):  # noqa: N818 - an answer to a caller, not a fault
    """The request key was used before for another command."""


class UnderWay:
    """A command on its way to the disk, and the answers that rest on it.

    Everybody who waits has a future of their own: whoever stops waiting stops neither the command nor the
    others. ``done`` is its own answer.
    """

    __slots__ = ("_waiting", "done")

    def __init__(self, done: Done) -> None:
        self.done = done
        self._waiting: list[tuple[asyncio.Future[Done | Refusal], Done | Refusal]] = []

    def answer(self, answer: Done | Refusal) -> asyncio.Future[Done | Refusal]:
        """Return a future that gets ``answer`` once this command is durable."""
        future: asyncio.Future[Done | Refusal] = asyncio.get_running_loop().create_future()
        self._waiting.append((future, answer))
        return future

    def settle(self, error: BaseException | None) -> None:
        """Answer all who still wait, with ``error`` if there is one."""
        for future, answer in self._waiting:
            if future.done():
                continue
            if error is None:
                future.set_result(answer)
            else:
                future.set_exception(error)
                future.exception()  # whoever asked may be gone; the failure itself is logged by the desk
