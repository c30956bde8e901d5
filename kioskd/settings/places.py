"""On which line of a settings file a problem's path lies, so that an editor can go there."""

from __future__ import annotations

import re

_STEP = re.compile(r"([^.\[\]]+)(?:\[(\d+)\])?")
_HEADER = re.compile(r"\s*\[")


def line_of(text: str, path: str) -> int | None:
    """Return the line (from 1) of the deepest step of a path that has one of its own; None for none.

    ``queue[2].prefix`` is the line ``prefix = …`` below the third ``[[queue]]``.
    """
    lines = text.splitlines()
    steps = _STEP.findall(path)
    at: int | None = None
    begin, deepest = 0, 0
    for depth in range(1, len(steps) + 1):
        name = ".".join(step for step, _ in steps[:depth])
        header = _header(lines, name, int(steps[depth - 1][1] or 0), begin)
        if header is not None:
            at, begin, deepest = header, header + 1, depth
    if deepest < len(steps):
        key = re.compile(rf"\s*[\"']?{re.escape(steps[deepest][0])}[\"']?\s*[.=]")
        rows = range(begin, _next_header(lines, begin))
        # What is inside a value stands on the line of its key, or after it.
        at = next((number for number in rows if key.match(lines[number])), at)
    return None if at is None else at + 1


def _header(lines: list[str], name: str, index: int, begin: int) -> int | None:
    """The line of the table's, or of the array's ``index``-th, header from line ``begin`` on."""
    wanted = re.compile(rf"\s*\[\[?\s*{re.escape(name)}\s*\]\]?\s*(#.*)?$")
    found = [number for number in range(begin, len(lines)) if wanted.match(lines[number])]
    return found[index] if index < len(found) else None


def _next_header(lines: list[str], after: int) -> int:
    return next((number for number in range(after, len(lines)) if _HEADER.match(lines[number])), len(lines))
