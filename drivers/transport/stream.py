"""A line over any asyncio byte transport."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

import msgspec
import structlog

from drivers.errors import TransientError
from drivers.facts import Fact, fact, refused
from drivers.transport.address import Wire, format_address
from drivers.transport.api import Address
from drivers.transport.turns import Turns

log = structlog.get_logger(__name__)

Traffic = Callable[[str, bytes], None]


class Timing(msgspec.Struct, frozen=True):
    """Limits of a line, in seconds."""

    connect: float = 3.0
    """Until a device that does not answer its door counts as absent: a healthy one on the hall's
    network answers in milliseconds, and two lost SYN packets are resent within 3 s."""
    stuck: float = 5.0
    """Without one byte taken until a write gives up."""
    drain: float = 1.0
    """Given at closing to the frame on its way, so that it isn't cut."""
    refused: float = 4.0
    """That a datagram's refusal stays true: a host that is off is noticed anew every 3 s, when the
    system gives up looking for it."""


class StreamLine(asyncio.Protocol):
    """`drivers.transport.api.Line` on an asyncio transport, which calls it as its protocol.

    Holds at most one frame to send; what is received goes to the listeners at once, so nothing
    piles up.
    """

    def __init__(self, address: Address, wire: Wire, traffic: Traffic | None, timing: Timing) -> None:
        self.address = address
        self._timing = timing
        self._traffic = traffic
        self._turns = Turns(wire)
        self._feeds: list[Callable[[bytes], None]] = []
        self._frames = asyncio.Lock()
        self._writable = asyncio.Event()
        self._gone = asyncio.Event()
        self._closed = asyncio.Event()
        self._why = fact("line.closed_here")
        self._transport: asyncio.Transport | None = None

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
        async with self._frames:
            await self._drained()
            transport = self._transport
            assert transport is not None
            if self._traffic is not None:
                self._traffic(">", data)
            self._turns.said(len(data))
            try:
                transport.write(data)
            except OSError as error:
                self._lose(refused(error))
            if transport.is_closing():
                self._lose(fact("line.went_away"))
            await self._drained()

    def turn(self, newest: Callable[[], float] | None = None) -> AbstractAsyncContextManager[None]:
        """Own the line for one question and its answer."""
        return self._turns.turn(newest)

    async def wait_lost(self) -> None:
        """Return never; raise once the line is lost."""
        await self._gone.wait()
        raise self._lost_error()

    async def close(self) -> None:
        """Let the frame on its way leave, then close."""
        transport = self._transport
        if transport is None:
            return
        if not self._gone.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._timing.drain):
                    await self._writable.wait()
        idle = transport.get_write_buffer_size() == 0
        self._lose(fact("line.closed_here"))
        if idle:
            transport.close()
        else:
            transport.abort()
        await self._closed.wait()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        # The high-water mark 0 makes "not paused" mean "the system has taken every byte".
        transport.set_write_buffer_limits(high=0)
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._turns.heard()
        if self._traffic is not None:
            self._traffic("<", data)
        for feed in tuple(self._feeds):
            try:
                feed(data)
            except Exception:
                # One driver's fault must not take the bus from the others.
                log.exception("line.listener_failed", address=format_address(self.address))

    def eof_received(self) -> None:
        self._lose(fact("line.hung_up"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(refused(exc) if exc else fact("line.hung_up"))
        self._closed.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # inside

    def _lose(self, why: Fact) -> None:
        if self._gone.is_set():
            return
        self._why = why
        self._gone.set()
        self._writable.set()
        self._turns.end(self._lost_error())

    def _lost_error(self) -> TransientError:
        return TransientError("line.lost", self._why, fact("line.at", where=format_address(self.address)))

    async def _drained(self) -> None:
        transport = self._transport
        assert transport is not None
        while not self._writable.is_set():
            left = transport.get_write_buffer_size()
            try:
                async with asyncio.timeout(self._timing.stuck):
                    await self._writable.wait()
            except TimeoutError:
                if transport.get_write_buffer_size() >= left:
                    raise TransientError(
                        "line.stuck",
                        fact("line.no_byte_taken", seconds=self._timing.stuck),
                        fact("line.at", where=format_address(self.address)),
                    ) from None
        if self._gone.is_set():
            raise self._lost_error()
