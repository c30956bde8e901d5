"""A reader of codes on its own line, whatever its codes look like there."""

from __future__ import annotations

import asyncio
from typing import Protocol

from drivers.barcode_reader.api import BarcodeReader, CodeScanned
from drivers.device import DeviceSink
from drivers.facts import fact
from drivers.status import DeviceState, DeviceStatus
from drivers.transport.api import Line


class Codes(Protocol):
    """Codes out of chunks of any size."""

    def feed(self, data: bytes) -> list[str]:
        """Take bytes and return the codes they complete."""

    def flush(self) -> str | None:
        """End the code here; None when there is none."""

    @property
    def begun(self) -> bool:
        """Whether part of a code has come."""


class CodeReader(BarcodeReader):
    """Talks when something is scanned and at no other time, so it is online while its line is open.

    A code that stops short is ended after ``gap`` seconds; the same one within ``again`` seconds was held
    before the reader a little longer.
    """

    def __init__(self, line: Line, sink: DeviceSink, codes: Codes, gap: float, again: float) -> None:
        self._line = line
        self._sink = sink
        self._codes = codes
        self._gap = gap
        self._again = again
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._last = ""
        self._last_at = float("-inf")

    async def run(self) -> None:
        """Report codes until the line is lost."""
        stop = self._line.listen(self._heard)
        try:
            open_and_mute = fact("barcode.speaks_when_used")
            self._sink.status(DeviceStatus(state=DeviceState.ONLINE, facts=(open_and_mute,)))
            await self._line.wait_lost()
        finally:
            stop()
            self._end_timer()

    async def test(self) -> None:
        """Nothing that a person could see: such readers take no orders. A scan is the test."""

    def _heard(self, data: bytes) -> None:
        self._end_timer()
        for code in self._codes.feed(data):
            self._scanned(code)
        if self._codes.begun:
            self._timer = self._loop.call_later(self._gap, self._silent)

    def _silent(self) -> None:
        self._timer = None
        code = self._codes.flush()
        if code is not None:
            self._scanned(code)

    def _scanned(self, code: str) -> None:
        now = self._loop.time()
        same = code == self._last and now - self._last_at < self._again
        self._last, self._last_at = code, now
        if not same:
            self._sink.reading(CodeScanned(code))

    def _end_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
