"""A pen's way over a tablet, out of input events.

Source: the kernel's Documentation/input/event-codes.rst: ABS_X and ABS_Y say where the pen is, BTN_TOUCH
whether it touches (or ABS_PRESSURE, where a tablet has no BTN_TOUCH), SYN_REPORT ends what belongs together.
An axis that did not change is left out of a report.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.hid.codec import EV_KEY, REPORT, Event, Reports, encode

EV_ABS = 0x03
ABS_X, ABS_Y, ABS_PRESSURE = 0x00, 0x01, 0x18
BTN_TOUCH = 0x14A

Place = tuple[int, int, float]
"""x and y in the tablet's own units, and seconds of the events' clock."""


class Pen:
    """Where the pen touched: each report gives a place, or that the pen was lifted (None)."""

    def __init__(self) -> None:
        self._reports = Reports()
        self._x: int | None = None
        self._y: int | None = None
        self._down = False
        self._buttons = False

    def feed(self, data: bytes) -> list[Place | None]:
        """Take bytes; return places of a touching pen and a None for each time it was lifted."""
        way: list[Place | None] = []
        for report in self._reports.feed(data):
            was = self._down
            for event in report:
                self._take(event)
            if was and not self._down:
                way.append(None)
            elif self._down and self._x is not None and self._y is not None:
                way.append((self._x, self._y, report[-1].at))
        return way

    def _take(self, event: Event) -> None:
        if event.type == EV_ABS and event.code == ABS_X:
            self._x = event.value
        elif event.type == EV_ABS and event.code == ABS_Y:
            self._y = event.value
        elif event.type == EV_KEY and event.code == BTN_TOUCH:
            self._buttons, self._down = True, event.value != 0
        elif event.type == EV_ABS and event.code == ABS_PRESSURE and not self._buttons:
            self._down = event.value > 0


def strokes_out(strokes: list[list[Place]]) -> Iterator[bytes]:
    """Yield the events of a pen that draws these strokes, a report each."""
    for stroke in strokes:
        for n, (x, y, at) in enumerate(stroke):
            events = [Event(at, EV_ABS, ABS_X, x), Event(at, EV_ABS, ABS_Y, y)]
            if n == 0:
                events.append(Event(at, EV_KEY, BTN_TOUCH, 1))
            yield b"".join(map(encode, events)) + encode(REPORT)
        yield encode(Event(stroke[-1][2], EV_KEY, BTN_TOUCH, 0)) + encode(REPORT)
