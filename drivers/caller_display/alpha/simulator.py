"""An Alpha sign: it listens and shows."""

from __future__ import annotations

from drivers.caller_display.alpha.codec import (
    ALL_TYPES,
    Mode,
    Row,
    TextFile,
    decoder,
    parse_rows,
    parse_text_file,
)
from drivers.caller_display.alpha.driver import Options
from drivers.caller_display.dots import HEIGHT, Matrix, blank, paste, strip
from drivers.caller_display.simulated import Movement, SimulatedSign, TextRow, Window

_STEP = 0.02
"""Seconds a dot of a rotating text takes."""
_FLASH = 0.5
_EVERYBODY = "00"


class AlphaSign(SimulatedSign):
    """A sign built like the driver from its profile. Its text file lies in RAM."""

    def __init__(self, unit: int, options: Options | None = None) -> None:
        options = options or Options()
        super().__init__(options.columns * HEIGHT // 2, options.rows * HEIGHT)
        self.unit = unit
        self.frames = 0
        self._options = options
        self._decoder = decoder()
        self._file: TextFile | None = None

    @property
    def lit(self) -> bool:
        """Powered; the sign has no switch."""
        return self.powered

    def _take(self, data: bytes) -> None:
        for packet in self._decoder.feed(data):
            if packet.address not in (_EVERYBODY, f"{self.unit:02X}"):
                continue
            if packet.type not in (ALL_TYPES, self._options.type):
                continue
            file = parse_text_file(packet.body)
            if file is None or file.label != self._options.label:
                continue
            self.frames += 1
            if file != self._file:
                self._file = file
                self._changed()

    def _lost_power(self) -> None:
        self._file = None
        self._decoder.clear()

    def _lost_line(self) -> None:
        self._decoder.clear()

    @property
    def _rotates(self) -> bool:
        return self._file is not None and self._file.mode is Mode.ROTATE

    def _shown(self) -> list[Row]:
        if self._file is None or not self._file.text:
            return []
        return parse_rows(self._file.text)[: 1 if self._rotates else self._options.rows]

    def _rows(self) -> list[TextRow]:
        move: Movement = "left" if self._rotates else "still"
        return [TextRow(row.runs, index * HEIGHT, move, row.flash) for index, row in enumerate(self._shown())]

    def _windows(self) -> list[Window]:
        rows = self._shown()
        if self._rotates and rows:
            return [Window(0, 0, self.width, self.height, (strip(rows[0].runs),), "left", step=_STEP)]
        pages = (self._page(rows, True), self._page(rows, False))
        if not any(row.flash for row in rows):
            return [Window(0, 0, self.width, self.height, pages[:1])]
        return [Window(0, 0, self.width, self.height, pages, stay=_FLASH)]

    def _page(self, rows: list[Row], lit: bool) -> Matrix:
        page = blank(self.width, self.height)
        for index, row in enumerate(rows):
            if lit or not row.flash:
                dots = strip(row.runs)
                paste(page, dots, max(0, (self.width - len(dots[0])) // 2), index * HEIGHT)
        return page
