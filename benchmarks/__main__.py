"""``python -m benchmarks [NAME …]``: each figure beside its limit, both taken in this run."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    "issue", "calls", "devices", "restart", "idle", "kiosk", "board", "board_day", "page_keypad",
    "first_paint", "figures", "story", "estimate", "replay", "central", "line", "catching_up",
    "province", "crowd", "documents", "wizard",
)  # fmt: skip


def main() -> int:
    """Run the named benchmarks, all by default; exit status 1 when a target is missed."""
    missed = 0
    for name in sys.argv[1:] or NAMES:
        for figure in importlib.import_module(f"benchmarks.{name}").run():
            print(figure.line(), flush=True)
            missed += not figure.reached
    print(f"{missed} target(s) missed" if missed else "all targets reached")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
