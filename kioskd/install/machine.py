"""Is this PC fit to be part of a hall: what is wrong with it, before anything is changed."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import socket
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from kioskd.install.layout import Layout

FREE_MIB = 2048
"""Room for a release beside the present one, and for years of a hall's journal."""
FREE_LEAST_MIB = 600
MEMORY_MIB = 900
LIBRARIES = ("libgcc_s.so.1", "libstdc++.so.6", "libz.so.1")
"""What compiled libraries of a release ask of the system beside its C library. All else they bring along."""
VOICE_LIBRARIES = ("libglib-2.0.so.0", "libgthread-2.0.so.0")
"""What the voice of a kiosk asks for beside those; every desktop has it."""

Level = Literal["good", "warning", "stop"]


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at. ``stop``: installing would end badly; ``warning``: a person should see to it."""

    code: str
    level: Level
    params: dict[str, str | int] = {}


def look(
    layout: Layout, roles: Iterable[str], floor: str, built: int, port: int, browsers: Sequence[str]
) -> list[Finding]:
    """Look at everything that concerns a PC of these roles.

    ``floor`` is the oldest C library of the release, ``built`` the second it was put together, ``port`` the
    one the hub will listen on, ``browsers`` the programs that can show a board.
    """
    roles = set(roles)
    found = [_library(floor), _libraries("libraries", LIBRARIES, "stop")]
    found += [_disk(layout), _memory(), _clock(built), _persists(layout)]
    if roles & {"hub", "central"}:
        found.append(_port(port))
    if roles & {"kiosk", "board"}:
        found.append(_screen())
    if "kiosk" in roles:
        found.append(_libraries("voice", VOICE_LIBRARIES, "warning"))
    if "board" in roles:
        found.append(_browser(browsers))
    if roles & {"board", "hub"}:
        found.append(_fonts())
    if roles & {"hub", "station"}:
        found.append(_sound())
    found.append(_service_manager(layout))
    return found


def _library(floor: str) -> Finding:
    name, version = platform.libc_ver()
    params: dict[str, str | int] = {"found": f"{name} {version}".strip(), "least": floor}
    if name != "glibc" or _numbers(version) < _numbers(floor):
        return Finding("libc", "stop", params)
    return Finding("libc", "good", params)


def _libraries(code: str, names: Sequence[str], lacking: Level) -> Finding:
    """The release's own libraries are loaded the same way: what is found here is found by them."""
    missing = [name for name in names if not _loads(name)]
    params: dict[str, str | int] = {"names": " ".join(names), "missing": " ".join(missing)}
    return Finding(code, lacking if missing else "good", params)


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _disk(layout: Layout) -> Finding:
    place = layout.base
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free // (1 << 20)
    level: Level = "stop" if free < FREE_LEAST_MIB else "warning" if free < FREE_MIB else "good"
    return Finding("disk", level, {"free": free, "wanted": FREE_MIB, "place": str(place)})


def _memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1 << 20)
    return Finding(
        "memory", "warning" if total < MEMORY_MIB else "good", {"total": total, "wanted": MEMORY_MIB}
    )


def _clock(built: int) -> Finding:
    """A clock before the day the release was put together is wrong for certain."""
    now = time.time()
    shown = time.strftime("%Y-%m-%d %H:%M", time.localtime(now))
    return Finding("clock", "warning" if now < built else "good", {"shown": shown})


def _persists(layout: Layout) -> Finding:
    """A data folder in memory forgets everything at the next start, as a disk under 还原卡 does."""
    place = layout.data
    while not place.exists():
        place = place.parent
    kind = _file_system(place)
    return Finding(
        "persists",
        "stop" if kind in ("tmpfs", "ramfs", "overlay") and layout.root == Path("/") else "good",
        {"kind": kind, "place": str(place)},
    )


def _file_system(place: Path) -> str:
    best, kind = "", ""
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for line in mounts:
        _, where, what = line.split(" ")[:3]
        if (str(place) + "/").startswith(where.rstrip("/") + "/") and len(where) >= len(best):
            best, kind = where, what
    return kind


def _port(port: int) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return Finding("port", "warning", {"port": port, "why": error.strerror or str(error)})
    return Finding("port", "good", {"port": port})


def _screen() -> Finding:
    there = bool(shutil.which("xinit") or shutil.which("startx") or os.environ.get("DISPLAY"))
    return Finding("screen", "good" if there else "warning", {})


def _browser(names: Sequence[str]) -> Finding:
    found = next((path for name in names if (path := shutil.which(name))), None)
    return Finding("browser", "good" if found else "warning", {"found": found or ""})


def _fonts() -> Finding:
    """Pages use the system's Chinese font; the kiosk and the slips have their own."""
    listing = shutil.which("fc-list")
    if listing is None:
        return Finding("fonts", "warning", {})
    import subprocess

    done = subprocess.run([listing, ":lang=zh", "family"], capture_output=True, timeout=20, check=False)
    return Finding("fonts", "good" if done.stdout.strip() else "warning", {})


def _sound() -> Finding:
    cards = Path("/proc/asound/cards")
    there = cards.exists() and "no soundcards" not in cards.read_text("utf-8", "replace")
    return Finding("sound", "good" if there else "warning", {})


def _service_manager(layout: Layout) -> Finding:
    there = shutil.which("systemctl") is not None and Path("/run/systemd/system").is_dir()
    return Finding(
        "systemd",
        "good" if there or layout.root != Path("/") else "warning",
        {"python": sys.version.split()[0]},
    )
