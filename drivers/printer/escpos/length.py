"""How much paper a slip takes, by the same rules of breaking and spacing that print it."""

from __future__ import annotations

from drivers.printer.api import Code, Feed, Pair, Rule, Slip, Text
from drivers.printer.escpos import layout
from drivers.printer.escpos.options import Cut, Mode, Options, Presenter
from drivers.printer.escpos.qr import QR_CAPACITY_M, QUIET_ZONE, qr_module

_ROW = 24
"""Dots of a line of the printer's font at size 1."""
_SPACING = 30
"""Dots from line to line after a reset: one sixth of an inch at 180 dpi."""
_LEADING = 6
"""Dots below a line that we draw ourselves."""
_MM_PER_INCH = 25.4


def millimetres(slip: Slip, options: Options) -> float:
    """Paper between the cut before and the cut after this slip, in millimetres.

    Raises `drivers.printer.escpos.qr.SlipError` for what cannot be put on this paper.
    """
    dots = sum(_dots(element, options) for element in slip.elements)
    uncut = options.cut is Cut.NONE and options.presenter is Presenter.NONE
    to_cutter = 0.0 if uncut else options.cut_feed_mm
    return dots * _MM_PER_INCH / options.dpi + to_cutter


def _dots(element: Text | Pair | Rule | Feed | Code, options: Options) -> int:
    match element:
        case Text(text, size):
            size = min(max(size, 1), 8)
            return sum(
                # A line without characters has no height but the spacing.
                _line(size if line else 1, options) if options.mode is Mode.TEXT else _line(size, options)
                for paragraph in layout.paragraphs(text)
                for line in layout.wrap(paragraph, options.columns // size)
            )
        case Pair(left, right):
            lines = len(layout.pair(layout.clean(left), layout.clean(right), options.columns))
            return lines * _line(1, options)
        case Rule():
            return _line(1, options)
        case Feed(lines):
            return max(lines, 0) * _SPACING
        case Code(data):
            module = qr_module(element, options)
            size = len(data.encode())
            version = next(number for number, fits in enumerate(QR_CAPACITY_M, 1) if size <= fits)
            return (17 + 4 * version + 2 * QUIET_ZONE) * module


def _line(size: int, options: Options) -> int:
    if options.mode is Mode.RASTER:
        return _ROW * size + _LEADING
    return max(_ROW * size, _SPACING)
