"""Lines over UDP: devices that take one command a datagram.

There is no connection, so nothing tells whether anybody is at the other end. What the network says
of a datagram (nobody listens there, no such host, no way to it) comes later or never, and the next
one may well arrive: such a refusal is the device's silence, not the end of the line.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

import structlog

from drivers.errors import ConfigurationError, TransientError
from drivers.facts import Fact, fact, refused
from drivers.transport.address import format_address, host_port, wire_of
from drivers.transport.api import Address
from drivers.transport.stream import Timing, Traffic
from drivers.transport.turns import Turns

log = structlog.get_logger(__name__)

GRACE = 0.02
"""Seconds a write waits for a refusal: on a hall's network one comes within a millisecond or two."""
_LONGEST = 65535
_REFUSALS = {
    errno.ECONNREFUSED,
    errno.EHOSTUNREACH,
    errno.EHOSTDOWN,
    errno.ENETUNREACH,
    errno.ENETDOWN,
}


async def open_udp(address: Address, traffic: Traffic | None, timing: Timing) -> UdpLine:
    """Open a socket to one host and port; see `drivers.transport.line.open_line` for the errors."""
    host, port = host_port(address)
    where = fact("line.at", where=format_address(address))
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timing.connect):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except TimeoutError:
        raise TransientError(
            "line.absent", fact("line.name_not_found", seconds=timing.connect), where
        ) from None
    except OSError as error:
        raise TransientError("line.absent", refused(error), where) from error
    family, kind, protocol, _, target = found[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        sock.connect(target)
    except PermissionError as error:
        sock.close()
        raise ConfigurationError("line.denied", fact("line.forbidden"), where) from error
    except OSError as error:
        sock.close()
        raise TransientError("line.absent", refused(error), where) from error
    return UdpLine(address, sock, traffic, timing)


class UdpLine:
    """`drivers.transport.api.Line` on a connected UDP socket; a frame is a datagram.

    `write` also raises `TransientError` ``line.refused`` while the network refuses: the datagram was sent
    all the same, and the line goes on. It is lost only when the socket itself fails.
    """

    def __init__(
        self, address: Address, sock: socket.socket, traffic: Traffic | None, timing: Timing
    ) -> None:
        self.address = address
        self._sock = sock
        self._traffic = traffic
        self._timing = timing
        self._loop = asyncio.get_running_loop()
        self._turns = Turns(wire_of(address))
        self._feeds: list[Callable[[bytes], None]] = []
        self._frames = asyncio.Lock()
        self._gone = asyncio.Event()
        self._news = asyncio.Event()
        self._why = fact("line.closed_here")
        self._refused_at = float("-inf")
        self._loop.add_reader(sock, self._readable)

    def listen(self, feed: Callable[[bytes], None]) -> Callable[[], None]:
        """Hand every received datagram to ``feed`` until the returned function is called."""
        self._feeds.append(feed)

        def stop() -> None:
            if feed in self._feeds:
                self._feeds.remove(feed)

        return stop

    async def write(self, data: bytes) -> None:
        """Send one datagram."""
        async with self._frames:
            self._check()
            if self._traffic is not None:
                self._traffic(">", data)
            self._turns.said(len(data))
            # A refusal of an earlier datagram fails the next call, which then sends nothing.
            for _ in range(2):
                self._news.clear()
                try:
                    async with asyncio.timeout(self._timing.stuck):
                        await self._loop.sock_sendall(self._sock, data)
                except TimeoutError:
                    raise TransientError(
                        "line.stuck",
                        fact("line.no_byte_taken", seconds=self._timing.stuck),
                        fact("line.at", where=format_address(self.address)),
                    ) from None
                except OSError as error:
                    self._failed(error)
                else:
                    break
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await self._news.wait()
            self._check()
            if self._loop.time() - self._refused_at < self._timing.refused:
                raise self._failure("line.refused")

    def turn(self, newest: Callable[[], float] | None = None) -> AbstractAsyncContextManager[None]:
        """Own the line for one question and its answer."""
        return self._turns.turn(newest)

    async def wait_lost(self) -> None:
        """Return never; raise once the line is lost."""
        await self._gone.wait()
        raise self._lost_error()

    async def close(self) -> None:
        """Close the socket, once the datagram on its way has left."""
        async with self._frames:
            self._lose(fact("line.closed_here"))

    def _readable(self) -> None:
        try:
            data = self._sock.recv(_LONGEST)
        except BlockingIOError:
            return
        except OSError as error:
            self._failed(error)
            return
        self._refused_at = float("-inf")
        self._news.set()
        self._turns.heard()
        if self._traffic is not None:
            self._traffic("<", data)
        for feed in tuple(self._feeds):
            try:
                feed(data)
            except Exception:
                # One driver's fault must not take the line from the others.
                log.exception("line.listener_failed", address=format_address(self.address))

    def _failed(self, error: OSError) -> None:
        if error.errno not in _REFUSALS:
            self._lose(refused(error))
            return
        self._why = refused(error)
        self._refused_at = self._loop.time()
        self._news.set()

    def _lose(self, why: Fact) -> None:
        if self._gone.is_set():
            return
        self._why = why
        self._gone.set()
        self._news.set()
        self._turns.end(self._lost_error())
        self._loop.remove_reader(self._sock)
        self._sock.close()

    def _lost_error(self) -> TransientError:
        return self._failure("line.lost")

    def _failure(self, code: str) -> TransientError:
        return TransientError(code, self._why, fact("line.at", where=format_address(self.address)))

    def _check(self) -> None:
        if self._gone.is_set():
            raise self._lost_error()
