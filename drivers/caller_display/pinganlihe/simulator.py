"""A window board of 平安力合."""

from __future__ import annotations

from drivers.caller_display.api import Colour
from drivers.caller_display.dots import HEIGHT, Run, strip
from drivers.caller_display.pinganlihe.codec import (
    COLOURS,
    Command,
    Decoder,
    InstantText,
    encode,
    parse_number,
    receipt,
)
from drivers.caller_display.pinganlihe.driver import Options
from drivers.caller_display.simulated import SimulatedSign, TextRow, Window, stack
from drivers.caller_display.text import decode

_STEP = 0.03
"""Seconds a dot of a scrolling text takes."""
_COLOUR_OF = {code: colour for colour, code in COLOURS.items()}


class PinganliheBoard(SimulatedSign):
    """A board of one line, built like the driver from its profile."""

    def __init__(self, unit: int, options: Options | None = None) -> None:
        options = options or Options()
        super().__init__(options.columns * HEIGHT // 2, HEIGHT)
        self.unit = unit
        self.frames = 0
        self._options = options
        self._decoder = Decoder()
        self._run: Run | None = None
        self._scrolls = False

    @property
    def lit(self) -> bool:
        """Powered; the board has no switch."""
        return self.powered

    def _take(self, data: bytes) -> None:
        for message in self._decoder.feed(data):
            if message.address != self.unit:
                continue
            if isinstance(message, InstantText):
                colour = _COLOUR_OF.get(message.colour, Colour.RED)
                self._show((decode(message.text), colour), message.mode == self._options.scroll)
            elif not self._show_number(message):
                continue
            self.frames += 1
            self._say(encode(receipt(self.unit)))

    def _show_number(self, message: Command) -> bool:
        number = parse_number(message)
        if number is None:
            return False
        ticket, window = number
        self._show((f"请{ticket}号到{window}号窗口", Colour.RED), False)
        return True

    def _show(self, run: Run, scrolls: bool) -> None:
        if (run, scrolls) != (self._run, self._scrolls):
            self._run, self._scrolls = run, scrolls
            self._changed()

    def _lost_power(self) -> None:
        self._run = None
        self._decoder = Decoder()

    def _lost_line(self) -> None:
        self._decoder = Decoder()

    def _rows(self) -> list[TextRow]:
        if self._run is None:
            return []
        return [TextRow((self._run,), 0, "left" if self._scrolls else "still")]

    def _windows(self) -> list[Window]:
        if self._run is None:
            return []
        if self._scrolls:
            return [Window(0, 0, self.width, self.height, (strip([self._run]),), "left", step=_STEP)]
        return [Window(0, 0, self.width, self.height, stack([[self._run]], self.width, self.height))]
