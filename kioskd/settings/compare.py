"""How two texts of a file differ, line by line."""

from __future__ import annotations

import difflib

from kioskd.web.hall_file import DiffLine

CONTEXT = 3
"""Lines around a difference that are told with it."""
MOST_LINES = 20_000


def compared(old: str, new: str) -> tuple[DiffLine, ...]:
    """Return what leads from ``old`` to ``new``, in groups that each begin with a gap; nothing for texts that
    together have more than `MOST_LINES`.
    """
    before, after = old.splitlines(), new.splitlines()
    found: list[DiffLine] = []
    if len(before) + len(after) > MOST_LINES:
        return ()
    for group in difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT):
        found.append(DiffLine(kind="gap", text="", old=group[0][1] + 1, new=group[0][3] + 1))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += [
                    DiffLine(kind="same", text=before[i], old=i + 1, new=j1 + i - i1 + 1)
                    for i in range(i1, i2)
                ]
                continue
            found += [DiffLine(kind="out", text=before[i], old=i + 1) for i in range(i1, i2)]
            found += [DiffLine(kind="in", text=after[j], new=j + 1) for j in range(j1, j2)]
    return tuple(found)
