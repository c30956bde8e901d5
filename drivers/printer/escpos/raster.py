"""Slips as pictures, for printers without a Chinese font: ``GS v 0`` in bands.

A full slip is about 45 KB: fine over USB and TCP, 47 s at 9600 baud.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from drivers.errors import ConfigurationError
from drivers.facts import fact, refused
from drivers.printer.api import Align, Code, Feed, Pair, Rule, Slip, Text
from drivers.printer.escpos import layout
from drivers.printer.escpos.options import Options
from drivers.printer.escpos.qr import QUIET_ZONE, qr_module
from drivers.printer.glyphs import CELL, Glyphs

if TYPE_CHECKING:
    from PIL.Image import Image

_LEADING = 6
"""White dots below a line, as a printer's own line spacing leaves them."""
_BAND = 128
"""Rows per command: a printer starts on the first band while the next ones still arrive."""


def slip(slip: Slip, options: Options) -> bytes:
    """Draw a whole slip. Raises `ConfigurationError` when the font is missing."""
    strips: list[Image] = []
    pen = _Pen(options)
    for element in slip.elements:
        match element:
            case Text():
                size = min(max(element.size, 1), 8)
                for paragraph in layout.paragraphs(element.text):
                    for line in layout.wrap(paragraph, options.columns // size):
                        strips.append(pen.line(line, element.align, size, element.bold))
            case Pair(left, right, bold):
                lines = layout.pair(layout.clean(left), layout.clean(right), options.columns)
                strips += [pen.line(line, Align.LEFT, 1, bold) for line in lines]
            case Rule():
                strips.append(pen.rule())
            case Feed(count):
                strips.append(pen.blank(max(count, 0) * (2 * CELL + _LEADING)))
            case Code():
                strips.append(pen.code(element))
    return b"".join(bands(strip) for strip in strips)


def code(data: str, module: int) -> bytes:
    """Draw a QR code alone."""
    return bands(_qr(data, module))


def bands(image: Image) -> bytes:
    """Turn a mode ``L`` picture, dark on light, into raster commands."""
    out = b""
    for top in range(0, image.height, _BAND):
        band = image.crop((0, top, image.width, min(top + _BAND, image.height)))
        # On the wire a set bit is a burnt dot, so dark becomes 1; padding to whole bytes stays 0.
        bits = band.point(lambda value: 255 if value < 128 else 0).convert("1")
        across = (band.width + 7) // 8
        out += b"\x1dv0\x00" + across.to_bytes(2, "little") + band.height.to_bytes(2, "little")
        out += defuse(bits.tobytes())
    return out


def defuse(data: bytes) -> bytes:
    """Break up what would be a real-time command: a printer obeys those inside pictures too.

    ``DLE`` before ``EOT``, ``ENQ`` or ``DC4`` loses its only dot, which nobody can see.
    """
    for second in (b"\x04", b"\x05", b"\x14"):
        data = data.replace(b"\x10" + second, b"\x00" + second)
    return data


class _Pen:
    def __init__(self, options: Options) -> None:
        if not options.font:
            raise ConfigurationError("printer.font", fact("printer.no_font_named"))
        try:
            self._glyphs = Glyphs(Path(options.font))
        except OSError as error:
            raise ConfigurationError(
                "printer.font", fact("printer.font_unreadable", font=options.font), refused(error)
            ) from error
        self._options = options

    def blank(self, height: int) -> Image:
        from PIL import Image

        return Image.new("L", (self._options.width_dots, height), 255)

    def line(self, text: str, align: Align, size: int, bold: bool) -> Image:
        strip = self.blank(2 * CELL * size + _LEADING)
        free = self._options.width_dots - layout.cells(text) * CELL * size
        left = {Align.LEFT: 0, Align.CENTER: free // 2, Align.RIGHT: free}[align]
        self._glyphs.draw(strip, max(left, 0), 0, text, size, size, bold)
        return strip

    def rule(self) -> Image:
        strip = self.blank(2 * CELL + _LEADING)
        strip.paste(0, (0, CELL, strip.width, CELL + 2))
        return strip

    def code(self, code: Code) -> Image:
        module = qr_module(code, self._options)
        picture = _qr(code.data, module)
        strip = self.blank(picture.height + 2 * QUIET_ZONE * module)
        strip.paste(picture, ((strip.width - picture.width) // 2, QUIET_ZONE * module))
        return strip


def _qr(data: str, module: int) -> Image:
    import qrcode
    from PIL import Image

    drawn = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0)
    drawn.add_data(data.encode())
    drawn.make()
    rows = drawn.get_matrix()
    small = Image.new("L", (len(rows), len(rows)), 255)
    small.putdata([0 if dark else 255 for row in rows for dark in row])
    return small.resize((len(rows) * module, len(rows) * module), Image.Resampling.NEAREST)
