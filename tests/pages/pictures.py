"""The pictures of pages in docs/screens: ``python -m tests.pages.pictures`` walks through all days and takes
them anew.

What tests show is far more than is kept; kept is what has a file already. For a new one put an empty file of
its name there, ``FOLDER/NAME.png`` for what a test calls ``FOLDER-NAME``, ``day-FOLDER-NAME`` or ``NAME``.
Given a folder that some tests have left pictures in (``KIOSKD_SCREENS``), it takes those and runs none.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "docs" / "screens"
FOLDERS = ("desk", "diagnostics", "guide", "pages", "query", "rate", "settings", "story")
"""Those of pages; the kiosk and the board take their own."""

TESTS = ("tests/pages", "tests/citizen", "tests/overview", "tests/standby/test_page.py")
COLOURS = 256
"""With fewer a small red button turns brown beside a photo of many greens."""


def taken(folder: Path, kept: Path) -> Path | None:
    """Return the fresh picture that a kept one shows, None where no test shows it any more."""
    theirs = f"{kept.parent.name}-{kept.stem}"
    names = (theirs, kept.stem, f"day-{theirs}", f"every-{kept.stem}-middle")
    return next((file for name in names if (file := folder / f"{name}.png").is_file()), None)


def walk(folder: Path) -> int:
    """Have every test of pages leave its pictures; return pytest's status."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", *TESTS],
        cwd=ROOT,
        env=os.environ | {"KIOSKD_SCREENS": str(folder), "KIOSKD_NEED_BROWSER": "1"},
        check=False,
    ).returncode


def keep(folder: Path) -> list[Path]:
    """Put pictures in the place of those that are kept; return which of these nothing shows any more."""
    left = []
    for kept in sorted(file for each in FOLDERS for file in (SCREENS / each).glob("*.png")):
        fresh = taken(folder, kept)
        if fresh is None:
            left.append(kept)
            continue
        picture = Image.open(fresh).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        picture.save(kept, optimize=True)
        print(kept.relative_to(ROOT))  # noqa: T201 - a command
    return left


def main() -> int:
    if len(sys.argv) > 1:
        return bool(keep(Path(sys.argv[1])))
    with tempfile.TemporaryDirectory(prefix="kioskd-pictures-") as name:
        status = walk(Path(name))
        left = keep(Path(name))
    for kept in left:
        print(f"nothing shows {kept.relative_to(ROOT)} any more", file=sys.stderr)  # noqa: T201
    return status or bool(left)


if __name__ == "__main__":
    sys.exit(main())
