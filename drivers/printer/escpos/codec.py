"""Slips as ESC/POS bytes.

Commands as in the Epson ESC/POS command reference; ``GS ( H`` and ``DLE DC4`` 8 as its printers with
process-ID confirmation have them. Presenters (``GS e``, ``DLE EOT`` 20) as in the ESC/POS Command Manual of
Pyramid Technologies for its Reliance printer (escpos.readthedocs.io, "Paper Movement Commands") and, with the
same numbers, in Custom Engineering's manual of the KPM 210. Everything here is pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.printer.api import Align, Code, Feed, Pair, Rule, Slip, Text
from drivers.printer.escpos import layout
from drivers.printer.escpos.options import Charset, Cut, Mode, Options, Presenter, Qr
from drivers.printer.escpos.qr import QUIET_ZONE, qr_module

RESET = b"\x1b@"
STATUS_QUESTIONS = tuple(b"\x10\x04" + bytes([n]) for n in (1, 2, 3, 4))
"""``DLE EOT`` 1 printer, 2 offline cause, 3 error cause, 4 paper: answered at once, one byte each."""
FULL_STATUS = b"\x10\x04\x14"
"""``DLE EOT`` 20: answered at once by printers with a presenter, six bytes."""
RETRACT = b"\x1de\x02"
"""``GS e`` 2: pull the presented slip back into the bin; needs the printer's own setting to allow it."""
EJECT = b"\x1de\x05"
"""``GS e`` 5: let the presented slip drop out."""
FENCE = b"\x1dr\x01"
"""``GS r`` 1: paper status, answered in print order."""
WHO = b"\x1dIB\x1dIC\x1dID"
"""``GS I`` 66, 67, 68: maker, model and serial number, answered in print order by printers that have them."""
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""``DLE DC4`` 8: forget everything received; confirmed by ``37 25 00``."""
RECOVER = b"\x10\x05\x02"
"""``DLE ENQ`` 2: leave a recoverable error and forget everything received; not confirmed."""
ASB_ON = b"\x1da\x0e"
"""``GS a``: tell changes of online, error and paper state."""
ASB_OFF = b"\x1da\x00"

_ALIGN = {Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2}
CUT = {Cut.PARTIAL: b"\x1dV\x42\x00", Cut.FULL: b"\x1dV\x41\x00", Cut.NONE: b""}
"""``GS V``: feed the last line past the cutter, then cut."""
_SUBSTITUTE = "〓"
"""Stands for a character the printer's font lacks; it is in GB 2312 and as wide as a hanzi."""
_RULE = "─"


def process_id(number: int) -> bytes:
    """Four characters 20–7E that name slip ``number``; they repeat after 95⁴ slips."""
    digits = []
    for _ in range(4):
        number, digit = divmod(number, 95)
        digits.append(0x20 + digit)
    return bytes(digits)


def ask_process_id(identity: bytes) -> bytes:
    """``GS ( H`` 48: answer with ``37 22 identity 00`` once all before this is on paper."""
    return b"\x1d(H\x06\x00\x30\x30" + identity


def encode(slip: Slip, options: Options, *, asb: bool = False) -> bytes:
    """All bytes of a slip, from the reset to the cut; ``asb`` switches automatic status on.

    Raises `drivers.printer.escpos.qr.SlipError` for what cannot be put on this paper and
    `ConfigurationError` (``printer.font``) when raster mode lacks its font.
    """
    if options.mode is Mode.RASTER:
        from drivers.printer.escpos import raster

        body = raster.slip(slip, options)
    else:
        body = b"".join(_Text(options).elements(slip))
    head = RESET + bytes.fromhex(options.before)
    if asb:
        # A reset may have switched it off.
        head += ASB_ON
    return head + body + CUT[options.cut] + present(options) + bytes.fromhex(options.after)


def present(options: Options) -> bytes:
    """``GS e`` 3: hold the slip out by so many steps; nothing without a presenter."""
    if options.presenter is Presenter.NONE:
        return b""
    steps = round(options.present_mm / options.present_step_mm)
    return b"\x1de\x03" + bytes([min(max(steps, 1), 255)])


class _Text:
    """Text mode: remembers what the printer was told, so that each line costs only its change."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._align = Align.LEFT
        self._size = 1
        self._bold = False

    def elements(self, slip: Slip) -> Iterator[bytes]:
        options = self._options
        if options.code_page is not None:
            yield b"\x1bt" + bytes([options.code_page])
        if options.double_byte:
            yield b"\x1c&"
        for element in slip.elements:
            match element:
                case Text():
                    yield from self._text(element)
                case Pair(left, right, bold):
                    lines = layout.pair(layout.clean(left), layout.clean(right), options.columns)
                    yield from (self._line(line, bold=bold) for line in lines)
                case Rule():
                    yield self._line(_RULE * (options.columns // 2))
                case Feed(lines):
                    yield b"\x1bd" + bytes([lines]) if 0 < lines < 256 else b""
                case Code():
                    module = qr_module(element, options)
                    quiet = b"\x1bJ" + bytes([QUIET_ZONE * module])
                    yield self._style(Align.CENTER, 1, False) + quiet + self._code(element, module) + quiet
        if options.double_byte:
            yield b"\x1c."

    def _text(self, text: Text) -> Iterator[bytes]:
        size = min(max(text.size, 1), 8)
        for paragraph in layout.paragraphs(text.text):
            for line in layout.wrap(paragraph, self._options.columns // size):
                yield self._line(line, text.align, size, text.bold)

    def _line(self, text: str, align: Align = Align.LEFT, size: int = 1, bold: bool = False) -> bytes:
        return self._style(align, size, bold) + characters(text, self._options.charset) + b"\n"

    def _style(self, align: Align, size: int, bold: bool) -> bytes:
        out = b""
        if align is not self._align:
            out += b"\x1ba" + bytes([_ALIGN[align]])
        if size != self._size:
            out += b"\x1d!" + bytes([(size - 1) * 0x11])
        if bold is not self._bold:
            out += b"\x1bE" + bytes([bold])
        self._align, self._size, self._bold = align, size, bold
        return out

    def _code(self, code: Code, module: int) -> bytes:
        if self._options.qr is Qr.RASTER:
            from drivers.printer.escpos import raster

            return raster.code(code.data, module)
        data = code.data.encode()
        stored = b"\x31\x50\x30" + data
        return (
            b"\x1d(k\x04\x00\x31\x41\x32\x00"
            + b"\x1d(k\x03\x00\x31\x43" + bytes([module])
            + b"\x1d(k\x03\x00\x31\x45\x31"
            + b"\x1d(k" + len(stored).to_bytes(2, "little") + stored
            + b"\x1d(k\x03\x00\x31\x51\x30"
        )  # fmt: skip


def characters(text: str, charset: Charset) -> bytes:
    """Cleaned text as the printer's bytes; what its font lacks becomes 〓."""
    if charset is Charset.GB18030:
        return text.encode("gb18030")
    return b"".join(
        character.encode("gbk") if _in_gbk(character) else _SUBSTITUTE.encode("gbk") for character in text
    )


def _in_gbk(character: str) -> bool:
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True
