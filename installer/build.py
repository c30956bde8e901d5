"""Builds what a technician carries in on a USB stick: one file for one kind of PC, with everything in it.

``python -m installer.build [--arch x86_64|aarch64] [--out dist]``

makes ``kioskd-VERSION-ARCH.run`` (a shell script with the payload behind it) and ``kioskd_VERSION_ARCH.deb``.
The payload is a release folder: a CPython that asks for nothing but the C library, every library from the
hashed constraints as wheels for that C library (some ask for libstdc++, libgcc_s and zlib of its time, too),
kioskd itself, units, udev rules and manuals. The target PC needs no network, Python or package manager.
"""

from __future__ import annotations

import argparse
import compileall
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

from installer.libraries import install, interpreter
from installer.pack import debian, runnable, seal
from installer.target import DEBIAN, FLOOR, HERE, ROOT, version

LIBRARY = "lib/python3.11/site-packages"


def committed() -> int:
    """Return the second of the last commit: no clock of a hall that is right can be before it."""
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return int(done.stdout or os.environ.get("SOURCE_DATE_EPOCH", "0"))


def say(text: str) -> None:
    """Print a step."""
    print(f"==> {text}", flush=True)


def compiled(folder: Path) -> None:
    """Compile everything once, here: nothing may be written there, and a start would take seconds more."""
    if sys.version_info[:2] != (3, 11):
        say("this Python is not 3.11: the release starts slower, it is not compiled")
        return
    compileall.compile_dir(
        folder,
        quiet=2,
        workers=0,
        stripdir=folder,
        prependdir="/opt/kioskd",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def release(arch: str, work: Path) -> Path:
    """Put a release folder together and return it."""
    folder = work / f"release-{arch}" / f"kioskd-{version()}"
    shutil.rmtree(folder.parent, ignore_errors=True)
    say(f"interpreter for {arch}")
    shutil.copytree(interpreter(arch, work), folder / "python", symlinks=True)
    say("libraries")
    install(arch, work, folder / "python" / LIBRARY)
    say("compiling")
    compiled(folder / "python" / "lib")
    (folder / "bin").mkdir()
    launcher = folder / "bin" / "kioskd"
    shutil.copy(HERE / "kioskd.sh", launcher)
    launcher.chmod(0o755)
    shutil.copytree(ROOT / "systemd", folder / "systemd")
    # Samples, profiles and device rules are part of the package; here is only the way to them.
    (folder / "config").symlink_to(Path("python") / LIBRARY / "kioskd" / "config")
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("screens", "decisions"))
    for name in ("README.md", "LICENSE"):
        # Beside docs, config and systemd as in the source tree: its links lead there.
        shutil.copy(ROOT / name, folder / name)
    (folder / "VERSION").write_text(version() + "\n")
    (folder / "ARCH").write_text(arch + "\n")
    (folder / "BUILT").write_text(f"{committed()}\n")
    (folder / "FLOOR").write_text(FLOOR + "\n")
    seal(folder)
    return folder


def main() -> int:
    """Build for one kind of PC."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--arch", choices=sorted(DEBIAN), default="x86_64")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "installer")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    args.work.mkdir(parents=True, exist_ok=True)
    folder = release(args.arch, args.work.resolve())
    say("packing")
    made = [runnable(folder, args.arch, args.out)]
    if shutil.which("dpkg-deb"):
        made.append(debian(folder, args.arch, args.out, args.work.resolve()))
    for file in made:
        print(f"{file}  {file.stat().st_size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
