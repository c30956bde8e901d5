"""Rule 2: numbers given once per hall and day, whatever crashes."""

from __future__ import annotations

from collections.abc import Mapping

from kioskd.hall.state import State


def last_count(state: State, prefix: str) -> int:
    """Return the last running number of a prefix that is, or must be taken as, given today."""
    last = state.numbers.get(prefix, 0)
    if not state.floors_day or state.day is None or state.floors_day >= state.day.date:
        last = max(last, state.floors.get(prefix, 0))
    return last


def number_text(prefix: str, count: int, digits: int) -> str:
    """Return a number as people see it, such as ``A012``; longer when the digits are used up."""
    return prefix + str(count).zfill(digits)


def raised(state: State, witness: Mapping[str, int], reservation: int) -> dict[str, int]:
    """Return the prefixes of which a witness knows more than the journal, and where they go on."""
    return {
        prefix: last + max(0, reservation)
        for prefix, last in witness.items()
        if last > last_count(state, prefix)
    }
