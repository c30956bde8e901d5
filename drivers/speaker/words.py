"""From a sentence to the recordings that say it."""

from __future__ import annotations

import re
from collections.abc import Collection

Units = tuple[str, ...]
"""A text in its smallest parts: single hanzi, and words of letters or figures, in small letters."""

_UNIT = re.compile(r"[㐀-䶿一-鿿]|[^\W㐀-䶿一-鿿_]+")


def units(text: str) -> Units:
    """Take a text apart; blanks, hyphens and punctuation only part words."""
    return tuple(_UNIT.findall(text.casefold()))


def pieces(text: str, recorded: Collection[Units]) -> tuple[Units, ...] | None:
    """Split a text into as few recordings as possible, of as few the one with the longest beginning (二十 三,
    not 二 十三); None when what is recorded doesn't cover it.
    """
    wanted = units(text)
    longest = max(map(len, recorded), default=0)
    best: dict[int, tuple[Units, ...]] = {len(wanted): ()}
    for start in range(len(wanted) - 1, -1, -1):
        for end in range(min(start + longest, len(wanted)), start, -1):
            after = best.get(end)
            if after is None or wanted[start:end] not in recorded:
                continue
            if start not in best or len(after) + 1 < len(best[start]):
                best[start] = (wanted[start:end], *after)
    return best.get(0)


def unsaid(text: str, recorded: Collection[Units]) -> tuple[str, ...]:
    """Return the parts of a text that no recording covers, each once."""
    longest = max(map(len, recorded), default=0)
    wanted = units(text)
    covered = [False] * len(wanted)
    for start in range(len(wanted)):
        for end in range(start + 1, min(start + longest, len(wanted)) + 1):
            if wanted[start:end] in recorded:
                covered[start:end] = [True] * (end - start)
    return tuple(dict.fromkeys(unit for unit, good in zip(wanted, covered, strict=True) if not good))
