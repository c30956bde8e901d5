"""A pen tablet at a window. It has no display of its own: the clerk says when to sign."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec

from drivers.device import DeviceSink, Wanted
from drivers.facts import fact
from drivers.signature_pad.api import Point, SignatureFace, SignaturePad, Signed, SignMode
from drivers.signature_pad.tablet.codec import Pen, Place
from drivers.status import DeviceState, DeviceStatus
from drivers.transport.api import Line

MOST_POINTS = 20_000
"""Of one signature: a minute of a quick pen. What is drawn beyond is left out."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``max_x`` and ``max_y`` are the greatest values of the axes as ``evtest`` shows them, ``width_mm`` and
    ``height_mm`` the size of the active area. A signature is complete when the pen has not touched for
    ``done_s``.
    """

    max_x: Annotated[int, msgspec.Meta(ge=100, le=1_000_000)] = 32767
    max_y: Annotated[int, msgspec.Meta(ge=100, le=1_000_000)] = 32767
    width_mm: Annotated[float, msgspec.Meta(ge=10, le=1000)] = 120.0
    height_mm: Annotated[float, msgspec.Meta(ge=10, le=1000)] = 80.0
    done_s: Annotated[float, msgspec.Meta(ge=0.5, le=30)] = 2.5


class TabletPad(SignaturePad):
    """Online while its file is open; the kernel tells at once when it is pulled out."""

    def __init__(self, line: Line, options: Options, sink: DeviceSink) -> None:
        self._line = line
        self._options = options
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._pen = Pen()
        self._strokes: list[list[Place]] = []
        self._lifted = True
        self._signing = False
        self._since = 0.0
        """Event time from which strokes count: what was drawn before may still be on its way."""
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Report signatures until the tablet is pulled out."""
        stop = self._line.listen(self._heard)
        try:
            self._sink.status(DeviceStatus(state=DeviceState.ONLINE, facts=(fact("device.plugged_in"),)))
            await self._line.wait_lost()
        finally:
            stop()
            self._end_timer()

    async def show(self, wanted: Wanted[SignatureFace]) -> None:
        """Take strokes from now on, or none; what was drawn for another ticket is forgotten."""
        self._forget()
        self._signing = wanted.newest().mode is SignMode.SIGN
        self._since = self._loop.time()

    async def test(self) -> None:
        """Nothing that a person could see: such tablets have no display."""

    def _heard(self, data: bytes) -> None:
        way = self._pen.feed(data)
        if not self._signing or not way:
            return
        for place in way:
            if place is None:
                self._lifted = True
            elif place[2] >= self._since and self._count < MOST_POINTS:
                if self._lifted:
                    self._strokes.append([])
                self._lifted = False
                self._strokes[-1].append(place)
                self._count += 1
        self._end_timer()
        if self._lifted and self._strokes:
            self._timer = self._loop.call_later(self._options.done_s, self._done)

    def _done(self) -> None:
        self._timer = None
        options, first = self._options, self._strokes[0][0][2]
        across = options.width_mm * 10 / options.max_x
        down = options.height_mm * 10 / options.max_y

        def point(place: Place) -> Point:
            x, y, at = place
            return round(x * across), round(y * down), round((at - first) * 1000)

        strokes = tuple(tuple(map(point, stroke)) for stroke in self._strokes)
        self._forget()
        self._signing = False
        self._sink.reading(Signed(round(options.width_mm * 10), round(options.height_mm * 10), strokes))

    def _forget(self) -> None:
        self._end_timer()
        self._strokes, self._lifted, self._count = [], True, 0

    def _end_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> TabletPad:
    """A tablet, alone on its line."""
    return TabletPad(line, options, sink)
