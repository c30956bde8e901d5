"""Text as signs can show it: the characters their font holds, on a grid of cells.

A cell is half a hanzi: 8 dots at the usual 16-dot font.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

SUBSTITUTE = "□"
"""Stands for a character that the sign's font does not hold."""
_KNOWN = 4096
"""Characters of which it is remembered whether a font holds them: more than a hall's signs ever show."""


class Charset(msgspec.Struct, frozen=True):
    """The characters of a sign's font.

    ``twin`` gives the character to show for one that the text holds, None where the font has neither
    it nor a twin; ``substitute`` then stands for it. A ``sparing`` font holds so little that
    of the texts a row offers those it can show whole come first, and a text of which it could show
    nothing at all is left blank.
    """

    twin: Callable[[str], str | None]
    substitute: str = SUBSTITUTE
    sparing: bool = False


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
    if not _has_shape(character):
        return False
    try:
        code = character.encode("gbk")
        code.decode("gb2312")
    except UnicodeError:
        return False
    return True


def _has_shape(character: str) -> bool:
    # The blank of a hanzi's width is no printable character to Python, yet texts are set with it.
    return character.isprintable() or character == "\u3000"


@lru_cache(_KNOWN)
def _gb2312(character: str) -> str | None:
    # A backslash begins control codes on some cards; its full-width twin never does.
    return ("＼" if character == "\\" else character) if showable(character) else None


@lru_cache(_KNOWN)
def _gbk(character: str) -> str | None:
    if not _has_shape(character):
        return None
    try:
        character.encode("gbk")
    except UnicodeError:
        return None
    return character


@lru_cache(_KNOWN)
def _ascii(character: str) -> str | None:
    # Full-width letters, digits and punctuation have half-width twins that say the same.
    twin = unicodedata.normalize("NFKC", character)
    return twin if len(twin) == 1 and " " <= twin <= "~" else None


GB2312 = Charset(_gb2312)
"""LED cards with a Chinese font."""
GBK = Charset(_gbk)
"""Boards that draw text with an outline font."""
ASCII = Charset(_ascii, "?", sparing=True)
"""Displays without Chinese."""


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


def fit(texts: Sequence[str], columns: int, *, shorten: bool, charset: Charset = GB2312) -> Line:
    """Choose the first of ``texts`` that fits, else the last: whole, or with ``shorten`` cut."""
    lines = [_clean(text, charset) for text in texts]
    if charset.sparing:
        lines = [line for line in lines if not line[1]] or lines
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


def _clean(text: str, charset: Charset) -> tuple[str, str]:
    out: list[str] = []
    missing: dict[str, None] = {}
    shown = False
    for character in text:
        twin = charset.twin(character)
        out.append(charset.substitute if twin is None else twin)
        if twin is None:
            missing[character if character.isprintable() else f"U+{ord(character):04X}"] = None
        shown = shown or (twin is not None and not twin.isspace())
    blank = charset.sparing and not shown
    return "" if blank else "".join(out), " ".join(missing)
