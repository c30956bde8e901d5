"""Bar codes and QR codes on a page."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kioskd.documents.quads import Picture
from kioskd.documents.tone import reduced

MOST = 8
LONGEST = 300


LOOK_SIZE = 2400
"""Longer side of the page that is read: 200 dots an inch of an A4."""


class Code(msgspec.Struct, frozen=True):
    """What a code says, and where its top left corner is, in parts of the page from its middle."""

    text: str
    x: float
    y: float


PRINTED = (
    *("QRCode", "MicroQRCode", "DataMatrix", "Aztec", "PDF417"),
    *("Code128", "Code39", "Code93", "Codabar", "ITF", "EANUPC"),
)
"""What is printed on papers. The other kinds, of shops, parcels and films, would cost a quarter more time."""


def find_codes(light: Picture) -> list[Code]:
    """Return the codes on a page without colour, whichever way it lies."""
    import zxingcpp

    page = reduced(light, LOOK_SIZE)
    high, wide = page.shape[:2]
    kinds = zxingcpp.BarcodeFormats([getattr(zxingcpp.BarcodeFormat, name) for name in PRINTED])
    return [
        Code(code.text, code.position.top_left.x / wide - 0.5, code.position.top_left.y / high - 0.5)
        for code in zxingcpp.read_barcodes(page, formats=kinds, try_invert=False)
        if code.valid and code.text
    ]


def in_order(codes: Iterable[Code], quarters: int) -> tuple[str, ...]:
    """Return what codes say, each once, from the top down once their page is turned clockwise by quarters."""

    def height(code: Code) -> float:
        return (code.y, code.x, -code.y, -code.x)[quarters % 4]

    texts = dict.fromkeys(code.text for code in sorted(codes, key=height))
    return tuple(text[:LONGEST] for text in list(texts)[:MOST])
