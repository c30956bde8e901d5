"""What the lab needs of this machine, and how it comes by it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

PACKAGES = (
    "qemu-system-x86",
    "busybox-static",
    "e2fsprogs",
    "kmod",
    "libusb-1.0-0",
    "systemd",
    "udev",
    "util-linux",
    "zstd",
)
SCREEN = ("xserver-xorg-core", "xserver-xorg-input-libinput", "dbus", "libpam-systemd", "dbus-user-session")
CONTAINER = ("debootstrap", "iproute2", "systemd-container", "util-linux")
_VIRTIOFSD = (Path("/usr/lib/qemu/virtiofsd"), Path("/usr/libexec/virtiofsd"))
_APT_S = 300.0


class CannotRun(Exception):  # noqa: N818 - nothing failed: this machine has no lab
    """The lab cannot run on this machine; the text says why."""


def check() -> None:
    """Install what is missing. Raises `CannotRun`."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise CannotRun(f"it needs Linux on x86-64; this is {platform.system()} on {platform.machine()}")
    if os.geteuid() != 0:
        raise CannotRun("it needs root, to lend this machine's files to the virtual PC")
    if not shutil.which("apt-get"):
        raise CannotRun("it needs apt, for QEMU and a Debian kernel")
    _install(PACKAGES)
    if not any(path.exists() for path in _VIRTIOFSD):
        apt("install", "-y", "--no-install-recommends", "virtiofsd")
    virtiofsd()


def check_container() -> None:
    """Install what PCs in containers need. Raises `CannotRun`."""
    if platform.system() != "Linux" or os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CannotRun("it needs root on a Linux with apt")
    _install(CONTAINER)


def check_screen() -> None:
    """Install an X server, for a session that has a screen. Raises `CannotRun`."""
    _install(SCREEN)


def virtiofsd() -> Path:
    """Where the file server is. Raises `CannotRun`."""
    for path in _VIRTIOFSD:
        if path.exists():
            return path
    raise CannotRun("virtiofsd is not installed")


def apt(*words: str, folder: Path | None = None) -> None:
    """Run apt-get, which takes some time. Raises `CannotRun`."""
    command = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=60", *words]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=_APT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotRun(f"apt-get {words[0]} did not end in {_APT_S:g} s") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise CannotRun(f"apt-get {words[0]} failed: {said}")


def _install(packages: tuple[str, ...]) -> None:
    missing = [package for package in packages if not _installed(package)]
    if missing:
        apt("update")
        apt("install", "-y", "--no-install-recommends", *missing)


def _installed(package: str) -> bool:
    found = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", package],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return found.stdout == "installed"
