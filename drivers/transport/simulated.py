"""Simulated devices behind real ports: a pty or a TCP socket.

Several simulators on one port are a bus: each hears all that the host writes, the host hears all
that any of them sends.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import tty
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from drivers.simulator import Simulator
from drivers.transport.api import Address
from drivers.transport.pace import Pace

_CHUNK = 4096
_SEND_LIMIT = 65536
"""Unread answers held for a host; what comes on top is lost, as on a wire nobody listens to."""


class PtyPort:
    """A serial port at ``path`` (a symbolic link to a pty) with devices behind it.

    Like a real port it cannot tell whether a host has it open: the devices are connected while
    it is plugged in. With ``baudrate`` bytes take their time both ways.
    """

    def __init__(self, path: Path, simulators: Sequence[Simulator], baudrate: int | None = None) -> None:
        self.path = path
        self._simulators = tuple(simulators)
        self._baudrate = baudrate
        self._inward = Pace(baudrate, self._deliver, limit=_CHUNK)
        self._outward = Pace(baudrate, self._send_now)
        self._unsent = bytearray()
        self._master: int | None = None
        self._slave: int | None = None
        self._reading = False

    @property
    def address(self) -> Address:
        """Where a driver finds the port."""
        params = {"baudrate": str(self._baudrate)} if self._baudrate else {}
        return Address("serial", str(self.path), params)

    @property
    def plugged(self) -> bool:
        """Whether the port exists."""
        return self._master is not None

    async def start(self) -> None:
        """Plug the port in."""
        await self.plug()

    async def stop(self) -> None:
        """Take the port away for good."""
        await self.unplug()

    async def plug(self) -> None:
        """Make the port exist."""
        if self._master is not None:
            return
        self._master, self._slave = os.openpty()
        # Our own end of the slave stays open: without it a master whose host has closed the
        # port reads as hung up and wakes the loop without end.
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._read(True)
        name = os.ttyname(self._slave)
        fresh = self.path.with_name(f".{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(name)
        for simulator in self._simulators:
            simulator.connect(self._outward.push)
        fresh.replace(self.path)

    async def unplug(self) -> None:
        """Pull the plug: the path is gone and whoever has the port open gets a hang-up."""
        if self._master is None or self._slave is None:
            return
        self.path.unlink(missing_ok=True)
        self._read(False)
        asyncio.get_running_loop().remove_writer(self._master)
        self._inward.clear()
        self._outward.clear()
        self._unsent.clear()
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = None
        for simulator in self._simulators:
            simulator.disconnect()

    def _read(self, on: bool) -> None:
        assert self._master is not None
        loop = asyncio.get_running_loop()
        if on and not self._reading:
            loop.add_reader(self._master, self._readable)
        if not on and self._reading:
            loop.remove_reader(self._master)
        self._reading = on

    def _readable(self) -> None:
        assert self._master is not None
        try:
            data = os.read(self._master, min(_CHUNK, self._inward.room))
        except OSError:
            return
        self._inward.push(data)
        if self._master is not None and self._inward.room <= 0:
            self._read(False)

    def _deliver(self, data: bytes) -> None:
        for simulator in self._simulators:
            simulator.receive(data)
        if self._master is not None and not self._reading:
            self._read(True)

    def _send_now(self, data: bytes) -> None:
        if self._master is None:
            return
        if len(self._unsent) + len(data) <= _SEND_LIMIT:
            self._unsent += data
        self._flush()

    def _flush(self) -> None:
        assert self._master is not None
        loop = asyncio.get_running_loop()
        with suppress(BlockingIOError):
            while self._unsent:
                del self._unsent[: os.write(self._master, self._unsent)]
        if self._unsent:
            loop.add_writer(self._master, self._flush)
        else:
            loop.remove_writer(self._master)


class TcpPort:
    """A listening socket with devices behind it, as a network device or a serial server.

    One connection at a time, the newest wins. The number chosen for port 0 stays through
    unplugging and plugging. With ``baudrate`` bytes take their time both ways; what a simulator says while
    ``send_limit`` bytes are unread is lost.
    """

    def __init__(
        self,
        host: str,
        port: int,
        simulators: Sequence[Simulator],
        baudrate: int | None = None,
        send_limit: int = _SEND_LIMIT,
    ) -> None:
        self.host = host
        self.send_limit = send_limit
        self.port = port
        self._simulators = tuple(simulators)
        self._inward = Pace(baudrate, self._deliver)
        self._outward = Pace(baudrate, self._send_now)
        self._hold: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._peer: _Peer | None = None

    @property
    def address(self) -> Address:
        """Where a driver finds the port; known once started."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return Address("tcp", f"{host}:{self.port}")

    @property
    def plugged(self) -> bool:
        """Whether anybody can connect."""
        return self._server is not None

    async def start(self) -> None:
        """Take the port number and listen."""
        if self._hold is None:
            # Bound but never listening, this socket keeps the number ours while unplugged: a
            # host that goes on trying is refused, and nobody else can be given the port.
            self._hold = self._bound()
            self.port = self._hold.getsockname()[1]
        await self.plug()

    async def stop(self) -> None:
        """Reset connections, close, give the number back."""
        await self.unplug()
        if self._hold is not None:
            self._hold.close()
            self._hold = None

    async def plug(self) -> None:
        """Listen."""
        if self._server is None:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: _Peer(self), sock=self._bound()
            )

    async def unplug(self) -> None:
        """Stop listening and reset whoever is connected."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        peer = self._peer
        if peer is not None:
            peer.reset()
            self._left(peer)
            await peer.closed.wait()
        await server.wait_closed()

    def _bound(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        # The protocol is named so that asyncio turns Nagle's delay off, as on every other socket.
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.bind((self.host, self.port))
        except OSError:
            sock.close()
            raise
        return sock

    def _came(self, peer: _Peer) -> None:
        if self._server is None:
            peer.reset()
            return
        if self._peer is not None:
            self._peer.reset()
            self._left(self._peer)
        self._peer = peer
        for simulator in self._simulators:
            simulator.connect(self._outward.push)

    def _left(self, peer: _Peer) -> None:
        if peer is not self._peer:
            return
        self._peer = None
        self._inward.clear()
        self._outward.clear()
        for simulator in self._simulators:
            simulator.disconnect()

    def _received(self, data: bytes) -> None:
        self._inward.push(data)
        if self._peer is not None and self._inward.room < 2 * _CHUNK:
            self._peer.read(False)

    def _deliver(self, data: bytes) -> None:
        for simulator in self._simulators:
            simulator.receive(data)
        if self._peer is not None and self._inward.room >= 2 * _CHUNK:
            self._peer.read(True)

    def _send_now(self, data: bytes) -> None:
        if self._peer is not None:
            self._peer.send(data)


class _Peer(asyncio.BufferedProtocol):
    """One connection to a `TcpPort`; reads in chunks small enough for its pace."""

    def __init__(self, port: TcpPort) -> None:
        self._port = port
        self._buffer = bytearray(_CHUNK)
        self._transport: asyncio.Transport | None = None
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._port._came(self)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self is self._port._peer:
            self._port._received(bytes(self._buffer[:nbytes]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._port._left(self)
        self.closed.set()

    def read(self, on: bool) -> None:
        assert self._transport is not None
        if on:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def send(self, data: bytes) -> None:
        assert self._transport is not None
        if self._transport.get_write_buffer_size() + len(data) <= self._port.send_limit:
            self._transport.write(data)

    def reset(self) -> None:
        assert self._transport is not None
        sock = self._transport.get_extra_info("socket")
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
