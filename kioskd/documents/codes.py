"""Bar codes and QR codes on a page."""

from __future__ import annotations

from kioskd.documents.find import Picture

MOST = 8
LONGEST = 300


def read_codes(page: Picture) -> tuple[str, ...]:
    """Return what the codes on a page say, each once, from the top down."""
    import zxingcpp

    found = sorted(zxingcpp.read_barcodes(page), key=lambda code: code.position.top_left.y)
    texts = dict.fromkeys(code.text for code in found if code.valid and code.text)
    return tuple(text[:LONGEST] for text in list(texts)[:MOST])
