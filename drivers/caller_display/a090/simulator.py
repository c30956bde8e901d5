"""A dual-colour board with the frame head ``A0 90``."""

from __future__ import annotations

from drivers.caller_display.a090.codec import Reply, Text, decoder, encode_message, parse_runs
from drivers.caller_display.a090.driver import Options
from drivers.caller_display.dots import HEIGHT, Run, strip
from drivers.caller_display.simulated import SimulatedSign, TextRow, Window, stack, wrap
from drivers.caller_display.text import cells

_STEP = 0.03
"""Seconds a dot of a scrolling text takes."""


class A090Board(SimulatedSign):
    """A board built like the driver from its profile; it scrolls one row that is longer than itself."""

    def __init__(self, unit: int, options: Options | None = None) -> None:
        options = options or Options()
        super().__init__(options.columns * HEIGHT // 2, options.rows * HEIGHT)
        self.unit = unit
        self.frames = 0
        self.refusals = 0
        """How many of the next frames are answered with 55."""
        self._options = options
        self._decoder = decoder()
        self._runs: list[Run] = []

    @property
    def lit(self) -> bool:
        """Powered; the board has no switch."""
        return self.powered

    def _take(self, data: bytes) -> None:
        for message in self._decoder.feed(data):
            if not isinstance(message, Text) or message.address != self.unit:
                continue
            self.frames += 1
            accepted = self.refusals == 0
            self.refusals = max(0, self.refusals - 1)
            if accepted and (runs := parse_runs(message.data)) != self._runs:
                self._runs = runs
                self._changed()
            self._say(encode_message(Reply(self.unit, accepted)))

    def _lost_power(self) -> None:
        self._runs = []
        self._decoder.clear()

    def _lost_line(self) -> None:
        self._decoder.clear()

    @property
    def _scrolls(self) -> bool:
        long = sum(cells(text) for text, _ in self._runs)
        return self._options.rows == 1 and long > self._options.columns

    def _lines(self) -> list[list[Run]]:
        lines = wrap([self._runs], self._options.columns)[: self._options.rows]
        return [[run for run in line if run[0]] for line in lines]

    def _rows(self) -> list[TextRow]:
        if self._scrolls:
            return [TextRow(tuple(self._runs), 0, "left")]
        lines = self._lines() if self._runs else []
        return [TextRow(tuple(line), index * HEIGHT) for index, line in enumerate(lines)]

    def _windows(self) -> list[Window]:
        if self._scrolls:
            return [Window(0, 0, self.width, self.height, (strip(self._runs),), "left", step=_STEP)]
        pages = stack(self._lines() if self._runs else [], self.width, self.height)
        return [Window(0, 0, self.width, self.height, pages)]
