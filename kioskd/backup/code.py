"""The recovery code: what a person keeps on paper, so that a burnt hub is no lost hall.

Six groups of five characters, such as ``7Q2MK-…``. Four of a group are the secret (120 bits in all), the
fifth checks them and the place of the group, so a slip of the pen is found where it is. The alphabet is
Crockford's: no I, L, O, U; what is typed for them is read as what was meant.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

GROUPS = 6
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_DATA = 4
_LENGTH = GROUPS * _DATA * 5 // 8


class CodeError(ValueError):
    """Not a recovery code. ``groups`` are those with a slip in them, counted from 1; none when the code has
    not as many characters as one has.
    """

    def __init__(self, groups: tuple[int, ...] = ()) -> None:
        super().__init__(f"groups {groups}" if groups else "length")
        self.groups = groups


def new_secret() -> bytes:
    """Return a fresh secret for a code."""
    return os.urandom(_LENGTH)


def show(secret: bytes) -> str:
    """Return the code of a secret, as it is printed."""
    number = int.from_bytes(secret, "big")
    values = [number >> 5 * at & 31 for at in reversed(range(GROUPS * _DATA))]
    groups = [values[at : at + _DATA] for at in range(0, len(values), _DATA)]
    return "-".join(
        "".join(_DIGITS[value] for value in (*group, _check(place, group)))
        for place, group in enumerate(groups, 1)
    )


def read(text: str) -> bytes:
    """Return the secret of a code as somebody typed it: any case, with or without dashes and spaces.

    Raises `CodeError`.
    """
    plain = [c for c in text.upper().translate(_MEANT) if not c.isspace() and c not in "-–—－"]
    if len(plain) != GROUPS * (_DATA + 1):
        raise CodeError
    wrong = []
    number = 0
    for place in range(1, GROUPS + 1):
        values = [_DIGITS.find(c) for c in plain[(place - 1) * 5 : place * 5]]
        if min(values) < 0 or _check(place, values[:_DATA]) != values[_DATA]:
            wrong.append(place)
        for value in values[:_DATA]:
            number = number << 5 | value & 31
    if wrong:
        raise CodeError(tuple(wrong))
    return number.to_bytes(_LENGTH, "big")


def _check(place: int, values: Sequence[int]) -> int:
    """Weigh values by powers of a generator of GF(32): every wrong character and every two that have changed
    places are found.
    """
    total = place
    for value in values:
        total = _times_two(total) ^ value
    return _times_two(total)


def _times_two(value: int) -> int:
    return (value << 1 ^ (0b100101 if value & 16 else 0)) & 31
