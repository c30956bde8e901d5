"""Text in half-width cells: what a line holds and where it may break.

A printer's own Chinese font is a grid: ASCII takes one cell, everything else two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_NOT_FIRST = frozenset("，。、；：？！）】》〉」』〕〗’”…—～·％℃,.;:?!)]}%>")
"""Never begins a line (GB/T 15834: closing and separating marks stay with what they follow)."""
_NOT_LAST = frozenset("（【《〈「『〔〖‘“￥＄([{<$")
"""Never ends a line (GB/T 15834: opening marks stay with what follows)."""
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})


def cells(text: str) -> int:
    """Width of cleaned text in half-width cells."""
    return sum(1 if character.isascii() else 2 for character in text)


def clean(text: str) -> str:
    """Only what a printer can put on paper: no control or invisible characters.

    Printing a control byte would be a command to the printer. Blanks of any kind become a plain
    one, the ideographic space stays.
    """
    return "".join(
        " " if character.isspace() and character != "\u3000" else character
        for character in text
        if character == "\t" or unicodedata.category(character) not in _INVISIBLE
    )


def paragraphs(text: str) -> list[str]:
    """The lines somebody wrote, cleaned; at least one, which may be empty."""
    return [clean(line) for line in text.splitlines()] or [""]


def wrap(text: str, width: int) -> list[str]:
    """Break cleaned text into lines of at most ``width`` cells (≥ 2); at least one line.

    Breaks between hanzi and at blanks, keeps words and numbers whole and marks in their place as
    long as that leaves a break at all, and never loses anything but the blank at a break.
    """
    lines = []
    while cells(text) > width:
        end = _break(text, width)
        lines.append(text[:end].rstrip(" "))
        text = text[end:].lstrip(" ")
    lines.append(text)
    return lines


def pair(left: str, right: str, width: int) -> list[str]:
    """One line with text at both edges; more lines when they don't fit beside each other."""
    lines = wrap(left, width)
    if not right:
        return lines
    last = lines.pop()
    *above, below = wrap(right, width)
    if above or cells(last) + cells(below) >= width:
        lines += [last, *above] if last else above
        last = ""
    return [*lines, last + " " * (width - cells(last) - cells(below)) + below]


def _break(text: str, width: int) -> int:
    """Index at which the first line of ``text``, too long for it, ends."""
    used = 0
    fits = 0
    for character in text:
        used += cells(character)
        if used > width:
            break
        fits += 1
    fits = max(fits, 1)
    for end in _ends(text, fits):
        if end:
            return end
    return fits


def _ends(text: str, fits: int) -> Iterator[int]:
    for end in range(fits, 0, -1):
        before, after = text[end - 1], text[end]
        if after == " " or before == " ":
            # A run of blanks at the very beginning would leave an empty line.
            if text[:end].strip(" "):
                yield end
        elif not (after in _NOT_FIRST or before in _NOT_LAST or (before.isascii() and after.isascii())):
            yield end
