"""How names are typed: the readings of hanzi, and whether letters can stand for a name.

The table (``pinyin.txt``, made by ``tools/make_pinyin.py``) has every reading of a hanzi, because people
type the one they know; tones are left out and ``ü`` is ``v``.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources

Syllables = tuple[tuple[str, ...], ...]
"""For each sign of a name that can be typed its readings, the usual one first."""


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    usual: dict[str, str] = {}
    others: dict[str, list[str]] = {}
    table = (resources.files("kioskd.hub") / "pinyin.txt").read_text("utf-8")
    for line in table.splitlines():
        syllable, first, rest = (*line.split(" "), "")[:3]
        usual |= dict.fromkeys(first, syllable)
        for sign in rest:
            others.setdefault(sign, []).append(syllable)
    return {sign: (usual[sign], *others.get(sign, ())) for sign in usual}


@lru_cache(maxsize=4096)
def syllables(name: str) -> Syllables:
    """Return how a name is typed; letters and digits stand for themselves, other signs for nothing."""
    table = _readings()
    found = []
    for sign in name.lower():
        if sign in table:
            found.append(table[sign])
        elif sign.isascii() and sign.isalnum():
            found.append((sign,))
    return tuple(found)


def initials(name: str) -> str:
    """Return the first letters of a name's usual reading."""
    return "".join(readings[0][0] for readings in syllables(name))


def typed(letters: str, name: str) -> int | None:
    """Return at which sign of a name the letters begin to stand for it, None where they don't.

    Each sign may be typed in full, by its first letter or by anything between: ``tuixiu``, ``tx``
    and ``tuix`` all mean 退休.
    """
    signs = syllables(name)
    return next((start for start in range(len(signs)) if _stands(letters, signs, start)), None)


def abbreviates(letters: str, name: str) -> bool:
    """Return whether letters or hanzi stand for a longer name with some of its signs left out, in order:
    ``sbk`` and 社保卡 for 社会保障卡.
    """
    if letters.isascii():
        signs = iter(syllables(name))
        return all(any(any(one[0] == letter for one in readings) for readings in signs) for letter in letters)
    rest = iter(name.lower())
    return all(sign in rest for sign in letters)


def _stands(letters: str, signs: Syllables, start: int) -> bool:
    ends = {0}
    for readings in signs[start:]:
        if len(letters) in ends:
            break
        ends = {
            end + length
            for end in ends
            for reading in readings
            for length in range(1, len(reading) + 1)
            if letters.startswith(reading[:length], end)
        }
        if not ends:
            return False
    return len(letters) in ends
