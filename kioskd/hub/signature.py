"""A signature as it is kept: its strokes as SVG, and a picture of them as PNG."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

from drivers.signature_pad.api import Signed
from kioskd.hall.moment import Moment
from kioskd.journal.records import PrivateValue

GROUP = "signature"
KEEP_MS = 3 * 366 * 24 * 3600 * 1000
"""How long a signature is kept with its ticket: as long as the hall's data, three years."""

PEN = 6
"""Width of the line in tenths of a millimetre."""

DOTS = 0.8
"""Of the picture for a tenth of a millimetre: some 200 dots an inch."""


def svg(signed: Signed) -> bytes:
    """Return the strokes as SVG, in the pad's own size; a stroke of one point is a dot."""
    paths = []
    for stroke in signed.strokes:
        (x, y, _), rest = stroke[0], stroke[1:] or stroke
        way = "".join(f"L{px} {py}" for px, py, _ in rest)
        paths.append(f'<path d="M{x} {y}{way}"/>')
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{signed.width / 10:g}mm" '
        f'height="{signed.height / 10:g}mm" viewBox="0 0 {signed.width} {signed.height}">'
        f'<g fill="none" stroke="#000" stroke-width="{PEN}" stroke-linecap="round" stroke-linejoin="round">'
    )
    return (head + "".join(paths) + "</g></svg>").encode()


def png(signed: Signed) -> bytes:
    """Return a picture of the strokes, black on white."""
    from PIL import Image, ImageDraw

    size = (max(round(signed.width * DOTS), 1), max(round(signed.height * DOTS), 1))
    picture = Image.new("L", size, 255)
    draw = ImageDraw.Draw(picture)
    pen = round(PEN * DOTS)
    for stroke in signed.strokes:
        points = [(x * DOTS, y * DOTS) for x, y, _ in stroke]
        if len(points) > 1:
            draw.line(points, fill=0, width=pen, joint="curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=0)
    out = BytesIO()
    picture.convert("1", dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def sealed(data: bytes, now: Moment) -> tuple[str, PrivateValue]:
    """Return the reference that an event may hold, and the value to be sealed."""
    value = PrivateValue(f"signature/{uuid4().hex}", GROUP, now.at + KEEP_MS, data)
    return f"{value.ref} {value.digest()}", value
