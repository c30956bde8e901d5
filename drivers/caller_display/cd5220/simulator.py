"""A CD5220 pole display: it listens and shows."""

from __future__ import annotations

from drivers.caller_display.api import Colour
from drivers.caller_display.cd5220.codec import COLUMNS, ROWS, Clear, Decoder, Place
from drivers.caller_display.cd5220.driver import Options
from drivers.caller_display.dots import HEIGHT, strip
from drivers.caller_display.simulated import SimulatedSign, TextRow, Window

_WIDTH = COLUMNS * HEIGHT // 2
_STEP = 0.125
"""Seconds a dot of the scrolling line takes: about a character a second."""


class Cd5220Display(SimulatedSign):
    """A display of two lines. ``unit`` and ``options`` change nothing on it."""

    def __init__(self, unit: int = 0, options: Options | None = None) -> None:
        super().__init__(_WIDTH, ROWS * HEIGHT)
        self.commands = 0
        self._decoder = Decoder()
        self._upper = ""
        self._lower = ""
        self._scroll = ""

    @property
    def lit(self) -> bool:
        """Powered; the display has no switch."""
        return self.powered

    def _take(self, data: bytes) -> None:
        before = (self._upper, self._lower, self._scroll)
        for command in self._decoder.feed(data):
            self.commands += 1
            if self._scroll:
                self._upper = self._scroll = ""
            if isinstance(command, Clear):
                self._upper = self._lower = ""
            elif command.place is Place.UPPER:
                self._upper = command.text
            elif command.place is Place.LOWER:
                self._lower = command.text
            else:
                self._upper, self._scroll = "", command.text
        if (self._upper, self._lower, self._scroll) != before:
            self._changed()

    def _lost_power(self) -> None:
        self._upper = self._lower = self._scroll = ""
        self._decoder.clear()

    def _lost_line(self) -> None:
        self._decoder.clear()

    def _rows(self) -> list[TextRow]:
        upper = self._scroll or self._upper
        return [
            TextRow(((upper, Colour.GREEN),), 0, "left" if self._scroll else "still"),
            TextRow(((self._lower, Colour.GREEN),), HEIGHT),
        ]

    def _windows(self) -> list[Window]:
        windows = []
        for row in self._rows():
            page = strip(row.runs)
            step = _STEP if row.move == "left" else 0.0
            windows.append(Window(0, row.y, _WIDTH, HEIGHT, (page,), row.move, step=step))
        return windows
