"""Sizes of what people put under a camera."""

from __future__ import annotations

A4_MM = (210.0, 297.0)
CARD_MM = (54.0, 85.6)
"""ISO/IEC 7810 ID-1, the size of identity and social security cards; the short side first, as of A4."""

NEAR = 0.01
_DOT_MM = 25.4 / 200


def millimetres(width: int, height: int) -> tuple[float, float]:
    """Return how large a page of these pixels is on paper: A4 or a card where its proportion says so, else
    at 200 dots an inch and no larger than A4.
    """
    for short, long in (A4_MM, CARD_MM):
        for wide, high in ((short, long), (long, short)):
            if abs(width / height / (wide / high) - 1) < NEAR:
                return wide, high
    scale = min(_DOT_MM, A4_MM[1] / max(width, height))
    return width * scale, height * scale
