"""Open lines to devices, whatever they run over."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec


class Address(msgspec.Struct, frozen=True):
    """Where a device is: ``scheme://target?key=value``.

    ``tcp://10.0.0.5:9100`` · ``udp://10.0.0.6:8453`` · ``serial:///dev/serial/by-path/…?baudrate=9600`` ·
    ``usb://04b8:0e15?port=1-1.2`` · ``usblp:///dev/usb/lp0`` · ``evdev:///dev/input/by-path/…`` ·
    ``alsa://plughw:CARD=PCH`` · ``v4l2:///dev/v4l/by-path/…``
    """

    scheme: str
    target: str
    params: dict[str, str] = {}


class Line(Protocol):
    """One open line, used by one driver or shared by the drivers of a bus.

    Everything is called on the event loop. After `lost` has been set nothing works any more.
    """

    address: Address

    def listen(self, feed: Callable[[bytes], None]) -> Callable[[], None]:
        """Hand every received chunk to ``feed`` until the returned function is called."""
        ...

    async def write(self, data: bytes) -> None:
        """Send one frame whole; returns when the operating system has taken the last byte.

        Frames of several callers never mix. Raises `drivers.errors.TransientError` (``line.lost``)
        when the line is gone and (``line.stuck``) when it takes no bytes for 5 s. Cancelling it
        does not cut the frame.
        """
        ...

    def turn(self, newest: Callable[[], float] | None = None) -> AbstractAsyncContextManager[None]:
        """Own the line for one question and its answer; others wait.

        Waiting callers are served by the greatest ``newest()`` at that moment, so the latest
        change goes first; callers without one come last, in order. On RS-485 lines the turnaround
        gap is kept before the turn begins.
        """
        ...

    async def wait_lost(self) -> None:
        """Return never; raise `drivers.errors.TransientError` once the line is lost."""
        ...

    async def close(self) -> None:
        """Close the line. Safe to call twice."""
        ...
