"""Later releases, made of one that was built: the same programs under another version, or broken ones."""

from __future__ import annotations

import subprocess
from pathlib import Path

from installer.pack import runnable, seal


def variant(run: Path, version: str, out: Path, ends: int | None = None) -> Path:
    """Make the installer of another release; with ``ends`` its daemon ends at once with that status."""
    arch = run.stem.rsplit("-", 1)[1]
    work = run.parent.parent / f"release-{version}"
    done = subprocess.run(
        ["sh", str(run), "--extract", str(work)], check=True, capture_output=True, text=True, timeout=300
    )
    folder = Path(done.stdout.strip()).rename(work / f"kioskd-{version}")
    (folder / "VERSION").write_text(version + "\n")
    if ends is not None:
        launcher = folder / "bin" / "kioskd"
        text = launcher.read_text("utf-8")
        launcher.write_text(text.replace("\nhere=", f'\n[ "${{1:-}}" != run ] || exit {ends}\nhere=', 1))
    seal(folder)
    return runnable(folder, arch, out, quick=True)
