"""Text as LED signs can show it: GB 2312 on a grid of cells.

A cell is half a hanzi: 8 dots at the usual 16-dot font.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

SUBSTITUTE = "□"
"""Stands for a character that the sign's font does not hold."""


class Line(msgspec.Struct, frozen=True):
    """One row of text made ready for a sign.

    ``text`` holds only what the sign can show, ``fits`` says whether it is short enough to stand
    still, ``missing`` holds the characters that became `SUBSTITUTE`.
    """

    text: str
    fits: bool
    missing: str = ""


def encode(text: str) -> bytes:
    """GB 2312 bytes; every character of ``text`` must have passed `showable`."""
    # GBK puts the dash and the middle dot of Chinese text (U+2014, U+00B7) at their GB 2312 places;
    # Python's gb2312 codec knows only U+2015 and U+30FB there.
    return text.encode("gbk")


def decode(data: bytes) -> str:
    """Text of GB 2312 or GBK bytes; what is neither becomes U+FFFD."""
    return data.decode("gbk", "replace")


def showable(character: str) -> bool:
    """Whether GB 2312 holds a character and it has a shape."""
    if not character.isprintable():
        return False
    try:
        code = character.encode("gbk")
        code.decode("gb2312")
    except UnicodeError:
        return False
    return True


def cells(text: str) -> int:
    """Width in cells."""
    return sum(1 if character.isascii() else 2 for character in text)


def cut(text: str, columns: int) -> str:
    """The longest beginning that fits ``columns`` cells, never inside a character."""
    used = 0
    for index, character in enumerate(text):
        used += cells(character)
        if used > columns:
            return text[:index]
    return text


def fit(texts: Sequence[str], columns: int, *, shorten: bool) -> Line:
    """Choose the first of ``texts`` that fits, else the last: whole, or with ``shorten`` cut."""
    lines = [_clean(text) for text in texts]
    for text, missing in lines:
        if cells(text) <= columns:
            return Line(text, True, missing)
    if not lines:
        return Line("", True)
    text, missing = lines[-1]
    if shorten:
        return Line(cut(text, columns), True, missing)
    return Line(text, False, missing)


def pad(text: str, columns: int, *, center: bool) -> str:
    """Fill with blanks up to ``columns`` cells, on both sides or behind."""
    room = max(0, columns - cells(text))
    left = room // 2 if center else 0
    return " " * left + text + " " * (room - left)


def _clean(text: str) -> tuple[str, str]:
    out: list[str] = []
    missing: dict[str, None] = {}
    for character in text:
        if showable(character):
            # A backslash begins control codes on some cards; its full-width twin never does.
            out.append("＼" if character == "\\" else character)
        else:
            out.append(SUBSTITUTE)
            missing[character if character.isprintable() else f"U+{ord(character):04X}"] = None
    return "".join(out), " ".join(missing)
