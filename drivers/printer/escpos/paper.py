"""Slips as a simulated printer left them on paper, and their picture."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from drivers.printer.escpos.interpreter import CELL, ROW, Advance, Line, Mark, Picture, Qr, cells_of
from drivers.printer.escpos.qr import QR_CAPACITY_M
from drivers.printer.glyphs import Glyphs

if TYPE_CHECKING:
    from PIL.Image import Image

DOTS_PER_MM = 8
_MARGIN = 32
_PAPER = (252, 250, 244)
_INK = (38, 36, 40)
_SHORTEST_RULE = 8
_LEVELS = {48: 1, 49: 0, 50: 3, 51: 2}
"""``GS ( k`` error correction 48–51 as the qrcode library numbers L, M, Q, H."""


class Piece(msgspec.Struct, frozen=True):
    """What came out in one piece; ``complete`` when the printer cut it, else somebody tore it off."""

    id: int
    marks: tuple[Mark, ...]
    complete: bool

    @property
    def text(self) -> str:
        """Its characters, a line each."""
        return "\n".join(mark.text for mark in self.marks if isinstance(mark, Line))


def describe(piece: Piece) -> dict[str, Any]:
    """What a person could read, as JSON-ready data."""
    return {"id": piece.id, "complete": piece.complete, "lines": [_describe(mark) for mark in piece.marks]}


def height(mark: Mark) -> int:
    """Dots of paper a mark takes."""
    match mark:
        case Line(dots=dots) | Advance(dots=dots):
            return dots
        case Picture(height=dots):
            return dots
        case Qr(data=data, module=module):
            size = len(data.encode())
            version = next((n for n, fits in enumerate(QR_CAPACITY_M, 1) if size <= fits), 40)
            return (17 + 4 * version) * module


def render(piece: Piece, width_dots: int, font: Path) -> bytes:
    """Draw a slip as PNG, one pixel a dot, on paper with a margin."""
    from PIL import Image

    glyphs = Glyphs(font)
    strips = [_draw(mark, width_dots, glyphs) for mark in piece.marks]
    tall = sum(strip.height for strip in strips)
    ink = Image.new("L", (width_dots + 2 * _MARGIN, tall + 2 * _MARGIN), 255)
    y = _MARGIN
    for strip in strips:
        ink.paste(strip, (_MARGIN, y))
        y += strip.height
    picture = Image.new("RGB", ink.size, _PAPER)
    picture.paste(_INK, (0, 0), ink.point(lambda value: 255 - value))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _describe(mark: Mark) -> dict[str, Any]:
    if isinstance(mark, Line) and len(mark.text) >= _SHORTEST_RULE and set(mark.text) <= {"─", "-"}:
        return {"kind": "rule"}
    described: dict[str, Any] = msgspec.to_builtins(mark, builtin_types=(bytes,))
    if isinstance(mark, Line):
        described["runs"] = list(described["runs"])
    described.pop("rows", None)
    return described


def _draw(mark: Mark, width_dots: int, glyphs: Glyphs) -> Image:
    from PIL import Image

    strip = Image.new("L", (width_dots, height(mark)), 255)
    match mark:
        case Line(runs, align):
            used = sum(CELL * run.width * cells_of(character) for run in runs for character in run.text)
            x = _left(align, width_dots - used)
            tallest = max(run.height for run in runs)
            for run in runs:
                y = ROW * (tallest - run.height)
                x = glyphs.draw(strip, x, y, run.text, run.width, run.height, run.bold)
        case Picture(width, tall, rows, align):
            across = (width + 7) // 8
            bits = Image.frombytes("1", (width, tall), rows[: across * tall]).convert("L")
            strip.paste(bits.point(lambda value: 255 - value), (_left(align, width_dots - width), 0))
        case Qr():
            code = _qr(mark)
            strip = Image.new("L", (width_dots, code.height), 255)
            strip.paste(code, (_left(mark.align, width_dots - code.width), 0))
        case Advance():
            pass
    return strip


def _left(align: str, free: int) -> int:
    return max({"left": 0, "center": free // 2, "right": free}[align], 0)


def _qr(mark: Qr) -> Image:
    import qrcode
    from PIL import Image

    drawn = qrcode.QRCode(error_correction=_LEVELS.get(mark.level, 0), border=0)
    drawn.add_data(mark.data.encode())
    drawn.make()
    rows = drawn.get_matrix()
    small = Image.new("L", (len(rows), len(rows)), 255)
    small.putdata([0 if dark else 255 for row in rows for dark in row])
    side = len(rows) * max(mark.module, 1)
    return small.resize((side, side), Image.Resampling.NEAREST)
