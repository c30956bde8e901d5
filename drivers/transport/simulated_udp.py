"""Simulated devices behind a UDP port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

from drivers.simulator import Simulator
from drivers.transport.api import Address

_NOBODY = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


class UdpPort:
    """A bound UDP socket with devices behind it; answers go to whoever spoke last.

    The number chosen for port 0 stays through unplugging and plugging. While unplugged the
    system refuses datagrams, as a computer does on whose port nothing listens.
    """

    def __init__(self, host: str, port: int, simulators: Sequence[Simulator]) -> None:
        self.host = host
        self.port = port
        self._simulators = tuple(simulators)
        self._hold: socket.socket | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()
        self._peer: Any = None

    @property
    def address(self) -> Address:
        """Where a driver finds the port; known once started."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return Address("udp", f"{host}:{self.port}")

    @property
    def plugged(self) -> bool:
        """Whether anybody listens."""
        return self._transport is not None

    async def start(self) -> None:
        """Take the port number and listen."""
        if self._hold is None:
            # Connected to a port where nobody speaks, this socket hears no datagram: it only
            # keeps the number ours while unplugged.
            self._hold = self._bound()
            self.port = self._hold.getsockname()[1]
            self._hold.connect((_NOBODY[self._hold.family], 1))
        await self.plug()

    async def stop(self) -> None:
        """Close, give the number back."""
        await self.unplug()
        if self._hold is not None:
            self._hold.close()
            self._hold = None

    async def plug(self) -> None:
        """Listen."""
        if self._transport is not None:
            return
        self._closed.clear()
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Ear(self), sock=self._bound()
        )
        for simulator in self._simulators:
            simulator.connect(self._send)

    async def unplug(self) -> None:
        """Stop listening."""
        if self._transport is None:
            return
        transport, self._transport = self._transport, None
        self._peer = None
        transport.abort()
        await self._closed.wait()
        for simulator in self._simulators:
            simulator.disconnect()

    def _bound(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.setblocking(False)
            sock.bind((self.host, self.port))
        except OSError:
            sock.close()
            raise
        return sock

    def _heard(self, data: bytes, peer: Any) -> None:
        self._peer = peer
        for simulator in self._simulators:
            simulator.receive(data)

    def _send(self, data: bytes) -> None:
        if self._transport is not None and self._peer is not None:
            self._transport.sendto(data, self._peer)


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, port: UdpPort) -> None:
        self._port = port

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._port._heard(data, addr)

    def connection_lost(self, exc: Exception | None) -> None:
        self._port._closed.set()
