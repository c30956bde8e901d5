"""For which PCs is built: kinds of processor and the oldest C library, said once."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).parent
GLIBC = (2, 28)
"""The oldest C library that is aimed at: UOS 20 and Kylin V10 have it."""
FLOOR = "{}.{}".format(*GLIBC)
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}
"""Kinds of PC, by Debian's names for them."""


def version() -> str:
    """Return the version of this tree."""
    found: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return found


def platforms(arch: str) -> list[str]:
    """Return the wheel tags that such a C library can load, newest first."""
    tags = [f"manylinux_2_{minor}_{arch}" for minor in range(GLIBC[1], 16, -1)]
    tags += [f"manylinux2014_{arch}"]
    if arch == "x86_64":
        old = ("manylinux_2_12", "manylinux2010", "manylinux_2_5", "manylinux1")
        tags += [f"{tag}_{arch}" for tag in old]
    return [*tags, f"linux_{arch}"]
