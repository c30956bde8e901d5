"""Bar codes and QR codes on a page."""

from __future__ import annotations

from kioskd.documents.quads import Picture
from kioskd.documents.tone import reduced

MOST = 8
LONGEST = 300


LOOK_SIZE = 2400
"""Longer side of the page that is read: 200 dots an inch of an A4."""


def read_codes(light: Picture) -> tuple[str, ...]:
    """Return what the codes on a page without colour say, each once, from the top down."""
    import zxingcpp

    found = sorted(
        zxingcpp.read_barcodes(reduced(light, LOOK_SIZE), try_invert=False),
        key=lambda code: code.position.top_left.y,
    )
    texts = dict.fromkeys(code.text for code in found if code.valid and code.text)
    return tuple(text[:LONGEST] for text in list(texts)[:MOST])
