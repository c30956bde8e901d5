"""What a citizen wrote by hand at a rating face, as it is kept: strokes as SVG, never what a browser drew.

Words that were typed as well stand in its ``title``, so that one sealed value holds all that was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

WIDTH, HEIGHT = 1000, 500
"""Units of the field that strokes are in."""

PEN = 8
_HEAD = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)

Stroke = Sequence[tuple[int, int]]


def svg(strokes: Sequence[Stroke], words: str = "") -> str:
    """Return strokes as SVG; a stroke of one point is a dot, an empty one nothing."""
    paths = []
    for stroke in strokes:
        if not stroke:
            continue
        (x, y), rest = stroke[0], stroke[1:] or stroke
        paths.append(f'<path d="M{x} {y}{"".join(f"L{px} {py}" for px, py in rest)}"/>')
    title = f"<title>{escape(words)}</title>" if words else ""
    pen = f'<g fill="none" stroke="#000" stroke-width="{PEN}" stroke-linecap="round" stroke-linejoin="round">'
    return f"{_HEAD}{title}{pen}{''.join(paths)}</g></svg>"


def parted(kept: str) -> tuple[str, str]:
    """Return the words and the picture of what was kept, either empty."""
    if not kept.startswith(_HEAD):
        return kept, ""
    title = _TITLE.search(kept)
    return unescape(title[1]) if title is not None else "", kept
