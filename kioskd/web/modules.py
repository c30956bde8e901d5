"""Which scripts a page begins with: a browser that is told of all of them asks for all at once.

Without that it reads one script to learn of the next, a round trip for each step down, before the page says
anything.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r"""^import\s[^"';]*["']([^"']+)["']""", re.MULTILINE)
"""A script that is there from the start; one that is fetched when it is needed is written ``import(…)``."""


@cache
def modules(root: Path, folder: str) -> tuple[str, ...]:
    """Return the addresses of what ``main.js`` of a page's folder in ``root`` imports, directly or not, the
    nearest first.
    """
    found: list[str] = []
    left = [f"/pages/{folder}/main.js"]
    while left:
        address = left.pop(0)
        home, _, name = address.removeprefix("/pages/").rpartition("/")
        for wanted in _IMPORT.findall((root / home / name).read_text("utf-8")):
            url = f"/pages/{home}/{wanted[2:]}" if wanted.startswith("./") else wanted
            if url not in found:
                found.append(url)
                left.append(url)
    return tuple(found)
