"""A slip on office paper: the same elements as on a ticket printer, on A4 pages."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import msgspec

from drivers.printer.api import Align, Code, Feed, Pair, Rule, Slip, Text

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1654, 2339
"""A4 at 200 dots an inch."""

MARGIN = 190
LETTER = 36
"""Height of letters of size 1: 13 points."""

GROWTH = 0.42
"""What every further size adds: a number that fills a slip would be out of place on A4."""

LEADING = 1.55
CODE_SIDE = 300

_decoder = msgspec.json.Decoder(Slip)


def laid_out(slip: bytes, font: str) -> tuple[bytes, ...]:
    """Return the pages of a slip (JSON), each a PNG in black and white."""
    desk = _Desk(font)
    for element in _decoder.decode(slip).elements:
        match element:
            case Text():
                desk.text(element)
            case Pair():
                desk.pair(element)
            case Rule():
                desk.rule()
            case Feed():
                desk.down(round(element.lines * LETTER * LEADING))
            case Code():
                desk.code(element.data)
    return desk.done()


class _Desk:
    def __init__(self, font: str) -> None:
        self._font = font
        self._fonts: dict[int, ImageFont.FreeTypeFont] = {}
        self._pages: list[Image.Image] = []
        self._draw: ImageDraw.ImageDraw
        self._y = 0
        self._turn_page()

    def _turn_page(self) -> None:
        from PIL import Image, ImageDraw

        page = Image.new("L", (WIDTH, HEIGHT), 255)
        self._pages.append(page)
        self._draw = ImageDraw.Draw(page)
        self._y = MARGIN

    def _letters(self, size: int) -> ImageFont.FreeTypeFont:
        from PIL import ImageFont

        height = round(LETTER * (1 + GROWTH * (size - 1)))
        if height not in self._fonts:
            self._fonts[height] = ImageFont.truetype(self._font, height)
        return self._fonts[height]

    def _room(self, height: int) -> None:
        if self._y + height > HEIGHT - MARGIN:
            self._turn_page()

    def down(self, by: int) -> None:
        self._room(by)
        self._y += by

    def text(self, element: Text) -> None:
        letters = self._letters(element.size)
        for line in _wrapped(element.text, letters, WIDTH - 2 * MARGIN):
            step = round(letters.size * LEADING)
            self._room(step)
            wide = letters.getlength(line)
            room = WIDTH - 2 * MARGIN - wide
            share = {Align.LEFT: 0.0, Align.CENTER: 0.5, Align.RIGHT: 1.0}[element.align]
            self._write(MARGIN + room * share, line, letters, bold=element.bold)
            self._y += step

    def pair(self, element: Pair) -> None:
        letters = self._letters(1)
        column = round((WIDTH - 2 * MARGIN) * 0.28)
        lines = list(_wrapped(element.right, letters, WIDTH - 2 * MARGIN - column)) or [""]
        for number, line in enumerate(lines):
            step = round(letters.size * LEADING)
            self._room(step)
            if number == 0:
                self._write(MARGIN, element.left, letters, bold=element.bold)
            self._write(MARGIN + column, line, letters, bold=element.bold)
            self._y += step

    def rule(self) -> None:
        self._room(LETTER)
        self._y += LETTER // 2
        self._draw.line((MARGIN, self._y, WIDTH - MARGIN, self._y), fill=0, width=2)
        self._y += LETTER // 2

    def code(self, data: str) -> None:
        import qrcode

        drawn = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0)
        drawn.add_data(data)
        matrix = drawn.get_matrix()
        dot = max(CODE_SIDE // len(matrix), 2)
        self._room(dot * len(matrix) + LETTER)
        left = (WIDTH - dot * len(matrix)) // 2
        for row, dots in enumerate(matrix):
            for column, black in enumerate(dots):
                if black:
                    x, y = left + column * dot, self._y + row * dot
                    self._draw.rectangle((x, y, x + dot - 1, y + dot - 1), fill=0)
        self._y += dot * len(matrix) + LETTER

    def _write(self, x: float, line: str, letters: ImageFont.FreeTypeFont, *, bold: bool) -> None:
        self._draw.text((x, self._y), line, fill=0, font=letters, stroke_width=1 if bold else 0)

    def done(self) -> tuple[bytes, ...]:
        pages = []
        for page in self._pages:
            out = BytesIO()
            page.point(lambda value: 255 if value > 127 else 0).convert("1").save(out, "PNG")
            pages.append(out.getvalue())
        return tuple(pages)


def _wrapped(text: str, letters: ImageFont.FreeTypeFont, width: float) -> Iterator[str]:
    """Break between any two characters, and before a word of Latin letters rather than within it."""
    line = ""
    for piece in _pieces(text):
        if line and letters.getlength(line + piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece
        while letters.getlength(line) > width:
            cut = next(n for n in range(len(line), 0, -1) if letters.getlength(line[:n]) <= width or n == 1)
            yield line[:cut]
            line = line[cut:]
    if line:
        yield line


def _pieces(text: str) -> Iterator[str]:
    word = ""
    for letter in text:
        if letter.isascii() and not letter.isspace():
            word += letter
            continue
        if letter == " ":
            yield word + letter
        else:
            if word:
                yield word
            yield letter
        word = ""
    if word:
        yield word
