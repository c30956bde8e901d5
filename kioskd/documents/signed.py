"""The last page of a document that was signed: the signature with its ticket and time."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

WIDTH, HEIGHT = 1240, 1754
"""A4 at 150 dots an inch."""
MARGIN = 110
PICTURE_BOX = (WIDTH - 2 * MARGIN, 620)


def signature_page(signature: bytes, lines: Sequence[str], font: str) -> bytes:
    """Return an A4 page, grey JPEG, with lines of text above a signature (PNG)."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(page)
    y = MARGIN
    for number, line in enumerate(lines):
        size = 52 if number == 0 else 34
        draw.text((MARGIN, y), line, fill=0, font=ImageFont.truetype(font, size))
        y += size + (44 if number == 0 else 24)
    y += 30
    with Image.open(BytesIO(signature)) as opened:
        strokes = opened.convert("L")
    scale = min(PICTURE_BOX[0] / strokes.width, PICTURE_BOX[1] / strokes.height, 2.0)
    strokes = strokes.resize((round(strokes.width * scale), round(strokes.height * scale)))
    page.paste(strokes, (MARGIN, y))
    low = y + strokes.height + 16
    draw.line((MARGIN, low, WIDTH - MARGIN, low), fill=120, width=2)
    out = BytesIO()
    page.save(out, "JPEG", quality=88)
    return out.getvalue()
