"""What stands on an LED matrix, dot by dot.

A matrix is a list of dot rows, top first; each row is a bytearray with one byte a dot: 0 dark,
1 red, 2 green, 3 yellow. Signs carry a 16-dot font of their own; ``ui/fonts/led16.bin`` stands for
it (its form is described in ``tools/make_led_font.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from drivers.caller_display.api import Colour

HEIGHT = 16
"""Dot rows of the font."""

DOT = {Colour.RED: 1, Colour.GREEN: 2, Colour.YELLOW: 3}

Matrix = list[bytearray]
Run = tuple[str, Colour]
"""Characters of one colour."""

_MAGIC = b"LED1"
_ASCII_AT = len(_MAGIC)
_GB2312_AT = _ASCII_AT + 95 * HEIGHT
_SIZE = _GB2312_AT + 87 * 94 * 2 * HEIGHT


class Font:
    """A 16-dot font: half-width ASCII, full-width GB 2312."""

    def __init__(self, packed: bytes) -> None:
        """Raises ValueError when ``packed`` is not a led16 file."""
        if len(packed) != _SIZE or not packed.startswith(_MAGIC):
            raise ValueError("not a led16 font")
        self._packed = packed

    def glyph(self, character: str) -> list[str]:
        """16 dot rows of ``0`` and ``1``, 8 or 16 wide; an empty cell for what the font lacks."""
        if character.isascii():
            index = ord(character) - 0x20
            if not 0 <= index < 95:
                return ["0" * 8] * HEIGHT
            at, width = _ASCII_AT + index * HEIGHT, 1
        else:
            code = character.encode("gbk", "ignore")
            if len(code) != 2 or not (0xA1 <= code[0] <= 0xF7 and 0xA1 <= code[1] <= 0xFE):
                return ["0" * 16] * HEIGHT
            at, width = _GB2312_AT + ((code[0] - 0xA1) * 94 + code[1] - 0xA1) * 2 * HEIGHT, 2
        rows = (self._packed[at + row * width : at + (row + 1) * width] for row in range(HEIGHT))
        return [f"{int.from_bytes(row, 'big'):0{8 * width}b}" for row in rows]


@cache
def led_font() -> Font:
    """The font the project carries."""
    return Font((files("ui") / "fonts" / "led16.bin").read_bytes())


def blank(width: int, height: int) -> Matrix:
    """A dark matrix."""
    return [bytearray(width) for _ in range(height)]


def strip(runs: Sequence[Run]) -> Matrix:
    """One endless line of text, 16 dot rows high."""
    font = led_font()
    rows = [bytearray() for _ in range(HEIGHT)]
    for text, colour in runs:
        dot = DOT[colour]
        for character in text:
            for row, bits in zip(rows, font.glyph(character), strict=True):
                row.extend(dot if bit == "1" else 0 for bit in bits)
    return rows


def paste(matrix: Matrix, source: Matrix, x: int, y: int) -> None:
    """Put ``source`` onto ``matrix`` with its corner at (x, y); what stands over is cut off."""
    for offset, row in enumerate(source):
        if 0 <= y + offset < len(matrix):
            target = matrix[y + offset]
            begin, end = max(0, x), min(len(target), x + len(row))
            if begin < end:
                target[begin:end] = row[begin - x : end - x]


def crop(source: Matrix, x: int, y: int, width: int, height: int) -> Matrix:
    """A window of ``width`` x ``height`` dots onto ``source``; dark where it looks past the edge."""
    window = blank(width, height)
    paste(window, source, -x, -y)
    return window


def digits(matrix: Matrix) -> list[str]:
    """The matrix as JSON-ready text: one string a dot row, one digit 0-3 a dot."""
    return ["".join(map(str, row)) for row in matrix]
