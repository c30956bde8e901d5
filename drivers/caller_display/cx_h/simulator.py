"""A board on a CX-H card: it listens and shows."""

from __future__ import annotations

from drivers.caller_display.api import Colour
from drivers.caller_display.cx_h.codec import COLOURS, Effect, Message, decode
from drivers.caller_display.cx_h.driver import Options
from drivers.caller_display.dots import HEIGHT, Run, strip
from drivers.caller_display.simulated import Movement, SimulatedSign, TextRow, Window, stack, wrap
from drivers.caller_display.text import decode as decode_text

_STEP = 0.008
"""Seconds a dot of a moving text takes at speed 9; each step slower adds as much."""
_COLOUR_OF = {code: colour for colour, code in COLOURS.items()}
_MOVES: dict[Effect, Movement] = {
    Effect.PAGE: "still",
    Effect.UP: "up",
    Effect.DOWN: "down",
    Effect.LEFT: "left",
}


class CxHBoard(SimulatedSign):
    """A board laid out as the driver's profile says. ``unit`` changes nothing on it."""

    def __init__(self, unit: int = 0, options: Options | None = None) -> None:
        options = options or Options()
        super().__init__(options.columns * HEIGHT // 2, options.rows * HEIGHT)
        self.datagrams = 0
        self._options = options
        self._partitions: dict[int, Message] = {}

    @property
    def lit(self) -> bool:
        """Powered; the protocol has no switch."""
        return self.powered

    def _take(self, data: bytes) -> None:
        message = decode(data)
        first = self._options.first_partition
        if message is None or not first <= message.partition < first + self._options.rows:
            return
        self.datagrams += 1
        if self._partitions.get(message.partition) != message:
            self._partitions[message.partition] = message
            self._changed()

    def _lost_power(self) -> None:
        self._partitions.clear()

    def _lost_line(self) -> None:
        """Datagrams come whole or not at all."""

    def _placed(self) -> list[tuple[int, Message]]:
        first = self._options.first_partition
        return [((number - first) * HEIGHT, message) for number, message in sorted(self._partitions.items())]

    def _rows(self) -> list[TextRow]:
        return [TextRow((_run(message),), y, _MOVES[message.effect]) for y, message in self._placed()]

    def _windows(self) -> list[Window]:
        windows = []
        for y, message in self._placed():
            move = _MOVES[message.effect]
            lines = wrap([[_run(message)]], self._options.columns)
            pages = (strip([_run(message)]),) if move == "left" else stack(lines, self.width, HEIGHT)
            step = _STEP * (10 - message.speed) if move != "still" else 0.0
            stay = message.stay / 10 if len(pages) > 1 else 0.0
            windows.append(Window(0, y, self.width, HEIGHT, pages, move, stay, step))
        return windows


def _run(message: Message) -> Run:
    return decode_text(message.text), _COLOUR_OF.get(message.colour, Colour.RED)
