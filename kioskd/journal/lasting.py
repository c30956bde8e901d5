"""Whether what is written into a folder outlasts the power: memory file systems, and what lies over one."""

from __future__ import annotations

import os
from pathlib import Path

from kioskd.journal.errors import JournalError

_MOUNTS = Path("/proc/self/mountinfo")
_MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs"})


class NotLastingError(JournalError):
    """The data folder is in memory; ``kind`` says what on."""

    def __init__(self, folder: Path, kind: str) -> None:
        super().__init__("not_lasting", f"{folder} is on {kind}")
        self.kind = kind


def check_lasting(folder: Path, mounts: Path = _MOUNTS) -> None:
    """Raise `NotLastingError` for a folder (made or not) whose content is gone with the power.

    A live system writes into an overlay whose upper layer is in memory. A recovery card below the operating
    system cannot be seen from here; witnesses find that out.
    """
    kind = _memory(Path(os.path.realpath(folder)), mounts.read_text("utf-8", "replace").splitlines(), 0)
    if kind:
        raise NotLastingError(folder, kind)


def _memory(folder: Path, lines: list[str], depth: int) -> str:
    """Return what kind of memory a folder is on, empty when it is on none that can be seen."""
    best, kind, options = -1, "", ""
    for line in lines:
        fields = line.split(" ")
        point = Path(fields[4].encode("latin-1", "replace").decode("unicode_escape"))
        if folder.is_relative_to(point) and len(point.parts) >= best:
            end = fields.index("-")
            best, kind, options = len(point.parts), fields[end + 1], fields[end + 3]
    if kind in _MEMORY:
        return kind
    if kind == "overlay" and depth < 3:
        for option in options.split(","):
            name, _, value = option.partition("=")
            if name == "upperdir":
                below = _memory(Path(value), lines, depth + 1)
                return f"overlay/{below}" if below else ""
    return ""
