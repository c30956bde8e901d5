"""What runs kioskd on its PC, an interpreter and every library, put together without running any of it."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from installer.target import FLOOR, HERE, ROOT, platforms

NO_WHEEL = {"aarch64": {"evdev-binary": HERE / "evdev.txt"}}
"""Libraries that have no wheel for a kind of PC, and the pins of what is compiled in their place."""
_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q")


def interpreter(arch: str, work: Path) -> Path:
    """Return a CPython for ``arch``, built unless that was done before."""
    out = work / f"python-{arch}"
    if not (out / "bin" / "python3.11").exists():
        zig = Path(str(importlib.metadata.distribution("ziglang").locate_file("ziglang/zig")))
        script = HERE / "python" / "build.sh"
        subprocess.run(
            [str(script), str(work / f"cpython-{arch}"), str(out), arch],
            check=True,
            # A virtual environment's own link would have it look for its library there.
            env={**os.environ, "ZIG": str(zig), "FLOOR": FLOOR, "PYTHON": os.path.realpath(sys.executable)},
        )
    return out


def install(arch: str, work: Path, into: Path) -> None:
    """Install every library of the constraints, and kioskd itself, for ``arch``."""
    compiled = NO_WHEEL.get(arch, {})
    pins = work / f"constraints-{arch}.txt"
    pins.write_text(without((ROOT / "constraints.txt").read_text("utf-8"), compiled), "utf-8")
    _install(into, *_wheels(arch), "--require-hashes", "-r", str(pins))
    for source in compiled.values():
        _install(into, *_wheels(arch), "--no-index", str(_compile(source, arch, work)))
    # What was built here before may hold modules that are no more.
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)
    _install(into, "--upgrade", "--no-build-isolation", str(ROOT))
    for needless in (
        *into.glob("setuptools*"),
        *into.glob("wheel*"),
        *into.glob("pkg_resources"),
        *into.glob("_distutils_hack"),
        *into.glob("distutils-precedence.pth"),
        into / "bin",
    ):
        shutil.rmtree(needless) if needless.is_dir() else needless.unlink(missing_ok=True)


def without(pins: str, names: dict[str, Path]) -> str:
    """Return a file of pins without those libraries."""
    blocks = re.split(r"(?m)^(?=\S)", pins)
    return "".join(block for block in blocks if re.split(r"[=\[ ]", block)[0] not in names)


def _wheels(arch: str) -> list[str]:
    """Options of pip: wheels of that kind of PC only."""
    tags = [option for tag in platforms(arch) for option in ("--platform", tag)]
    return ["--only-binary=:all:", "--implementation", "cp", "--python-version", "3.11", *tags]


def _install(into: Path, *words: str) -> None:
    command = [*_PIP, "install", "--target", str(into), "--no-deps", "--no-compile", *words]
    subprocess.run(command, check=True)


def _compile(pins: Path, arch: str, work: Path) -> Path:
    """Return a wheel made from a pinned source, by the interpreter's compiler and with its headers."""
    out = work / f"wheels-{arch}" / pins.stem
    if not (made := sorted(out.glob("*.whl"))):
        headers = work / f"python-{arch}" / "include" / "python3.11"
        environment = {
            **os.environ,
            "CC": str(work / f"cpython-{arch}" / "tools" / "cc"),
            "LDSHARED": f"{work / f'cpython-{arch}' / 'tools' / 'cc'} -shared",
            # Before this interpreter's own, which are for another kind of PC.
            "CFLAGS": f"-O2 -fPIC -fno-sanitize=undefined -I{headers}",
            "_PYTHON_HOST_PLATFORM": f"linux-{arch}",
            "SETUPTOOLS_EXT_SUFFIX": f".cpython-311-{arch}-linux-gnu.so",
        }
        words = ["wheel", "--no-deps", "--no-build-isolation", "--no-binary=:all:", "--require-hashes"]
        subprocess.run(
            [*_PIP, *words, "--no-cache-dir", "-w", str(out), "-r", str(pins)], check=True, env=environment
        )
        made = sorted(out.glob("*.whl"))
    return made[0]
