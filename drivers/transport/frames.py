"""What lines over device files and USB share: one frame at a time, whole, and one end."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

import structlog

from drivers.errors import DeviceError, TransientError
from drivers.facts import Fact, fact, refused
from drivers.transport.address import format_address, wire_of
from drivers.transport.api import Address
from drivers.transport.stream import Timing, Traffic
from drivers.transport.turns import Turns

log = structlog.get_logger(__name__)


class FrameLine(ABC):
    """`drivers.transport.api.Line` for what has no asyncio transport.

    A kind of line says how some bytes are handed over (`_put`) and what is given back at its end
    (`_release`); it calls `_heard` with what comes in and `_lose` when it finds the device gone.

    A frame that gave ``line.stuck`` is not forgotten: as with any wire, its rest leaves before the next
    frame begins, and no frame of which a byte has left is ever cut.
    """

    def __init__(self, address: Address, traffic: Traffic | None, timing: Timing) -> None:
        self.address = address
        self._where = format_address(address)
        self._timing = timing
        self._traffic = traffic
        self._loop = asyncio.get_running_loop()
        self._turns = Turns(wire_of(address))
        self._feeds: list[Callable[[bytes], None]] = []
        self._frames = asyncio.Lock()
        self._rest = b""
        self._gone = asyncio.Event()
        self._why = fact("line.closed_here")
        self._closing = False
        self._released = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    # Line

    def listen(self, feed: Callable[[bytes], None]) -> Callable[[], None]:
        """Hand every received chunk to ``feed`` until the returned function is called."""
        self._feeds.append(feed)

        def stop() -> None:
            if feed in self._feeds:
                self._feeds.remove(feed)

        return stop

    async def write(self, data: bytes) -> None:
        """Send one frame whole."""
        await self._frames.acquire()
        # A task of its own: whoever is cancelled while waiting for it leaves the frame whole.
        self._sending = asyncio.create_task(self._send(data), name=f"frame to {self._where}")
        self._sending.add_done_callback(self._sent)
        await asyncio.shield(self._sending)

    def turn(self, newest: Callable[[], float] | None = None) -> AbstractAsyncContextManager[None]:
        """Own the line for one question and its answer."""
        return self._turns.turn(newest)

    async def wait_lost(self) -> None:
        """Return never; raise once the line is lost."""
        await self._gone.wait()
        raise self._lost_error()

    async def close(self) -> None:
        """Let the frame on its way leave, then close."""
        if self._closing:
            await self._released.wait()
            return
        self._closing = True
        try:
            if self._sending is not None and not self._gone.is_set():
                await asyncio.wait((self._sending,), timeout=self._timing.drain)
        finally:
            self._lose(fact("line.closed_here"))
            if self._sending is not None:
                with suppress(DeviceError):
                    await self._sending
            await self._release()
            self._released.set()

    # for kinds of line

    @abstractmethod
    async def _put(self, data: bytes) -> int:
        """Hand over some of ``data`` and return how much was taken.

        0 when nothing was taken for a while that is short beside `Timing.stuck`. Raises OSError when
        the device is gone.
        """

    @abstractmethod
    async def _release(self) -> None:
        """Give back what the line held; called once, after it is lost or closed."""

    async def _flushed(self) -> bool:
        """Whether closing the line would no longer cut what was handed over; may wait as `_put` does."""
        return True

    async def _explain_stuck(self) -> tuple[Fact, ...]:
        """What the device says about taking nothing."""
        return ()

    def _heard(self, data: bytes) -> None:
        self._turns.heard()
        if self._traffic is not None:
            self._traffic("<", data)
        for feed in tuple(self._feeds):
            try:
                feed(data)
            except Exception:
                # One driver's fault must not take the line from the others.
                log.exception("line.listener_failed", address=self._where)

    def _lose(self, why: Fact) -> None:
        if self._gone.is_set():
            return
        self._why = why
        self._gone.set()
        self._turns.end(self._lost_error())

    # inside

    async def _send(self, data: bytes) -> None:
        await self._push()
        if self._traffic is not None:
            self._traffic(">", data)
        self._turns.said(len(data))
        self._rest = data
        await self._push()

    async def _push(self) -> None:
        """Hand over what is left of the frame on its way."""
        moved_at = self._loop.time()
        while not self._gone.is_set():
            try:
                if not self._rest and await self._flushed():
                    return
                taken = await self._put(self._rest) if self._rest else 0
            except OSError as error:
                self._lose(refused(error))
                break
            self._rest = self._rest[taken:]
            if taken:
                moved_at = self._loop.time()
            elif self._loop.time() - moved_at >= self._timing.stuck and not self._gone.is_set():
                raise TransientError(
                    "line.stuck",
                    fact("line.no_byte_taken", seconds=self._timing.stuck),
                    *await self._explain_stuck(),
                    fact("line.at", where=self._where),
                )
        raise self._lost_error()

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._frames.release()
        if not task.cancelled():
            task.exception()

    def _lost_error(self) -> TransientError:
        return TransientError("line.lost", self._why, fact("line.at", where=self._where))
