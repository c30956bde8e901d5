"""The small file system that the kernel starts from: busybox, some modules and ``guest/init.sh``."""

from __future__ import annotations

import lzma
import os
import stat
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

_INIT = Path(__file__).parent / "guest" / "init.sh"
_FOLDERS = ("bin", "dev", "host", "mods", "newroot", "proc", "rw", "sys")


def initramfs(modules: Path, wanted: Sequence[str]) -> bytes:
    """An uncompressed cpio archive with these modules of ``/lib/modules/RELEASE`` and what they need."""
    entries = [(folder, stat.S_IFDIR | 0o755, b"") for folder in _FOLDERS]
    entries.append(("bin/busybox", stat.S_IFREG | 0o755, Path("/bin/busybox").read_bytes()))
    entries.append(("init", stat.S_IFREG | 0o755, _INIT.read_bytes()))
    names = []
    for path in _in_order(modules, wanted):
        names.append(path.name.partition(".ko")[0] + ".ko")
        entries.append((f"mods/{names[-1]}", stat.S_IFREG | 0o644, _plain(path)))
    entries.append(("mods/order", stat.S_IFREG | 0o644, "".join(f"{name}\n" for name in names).encode()))
    return _cpio(entries)


def _in_order(modules: Path, wanted: Sequence[str]) -> list[Path]:
    needs = {}
    for line in (modules / "modules.dep").read_text("ascii").splitlines():
        path, _, others = line.partition(":")
        name = os.path.basename(path).partition(".ko")[0].replace("-", "_")  # noqa: PTH119 - a text
        needs[name] = [*reversed(others.split()), path]
    order: dict[str, None] = {}
    for name in wanted:
        # A module that is not there is built in.
        order.update(dict.fromkeys(needs.get(name, ())))
    return [modules / path for path in order]


def _plain(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dc", path], stdout=subprocess.PIPE, check=True).stdout
    return data


def _cpio(entries: Iterable[tuple[str, int, bytes]]) -> bytes:
    """The "newc" form (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel)."""
    archive = bytearray()
    for number, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        path = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
        archive += b"070701" + b"".join(b"%08x" % field for field in fields) + path
        archive += bytes(-len(archive) % 4) + data
        archive += bytes(-len(archive) % 4)
    return bytes(archive)
