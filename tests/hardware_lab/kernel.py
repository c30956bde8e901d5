"""A Debian kernel for the virtual PC: fetched, unpacked and made ready to start."""

from __future__ import annotations

import lzma
import shutil
import struct
import subprocess
from pathlib import Path

import msgspec

from tests.hardware_lab.initramfs import initramfs
from tests.hardware_lab.needs import CannotRun, apt

_METAS = ("linux-image-6.12-amd64", "linux-image-amd64")
"""The first that apt knows: systemd as PID 1 was tried with 6.12."""

_UNMET = (
    *(f"drivers/gpu/drm/{driver}" for driver in ("amd", "i915", "nouveau", "radeon", "vmwgfx", "xe")),
    *("drivers/hwmon", "drivers/iio", "drivers/infiniband", "drivers/md"),
    *("drivers/mtd", "drivers/net/ethernet", "drivers/net/wireless", "drivers/scsi", "fs/btrfs", "fs/ocfs2"),
    *("fs/xfs", "net/netfilter", "net/sched", "sound"),
)
"""Modules that no hall PC of the lab meets: without them depmod is done in a second."""

_AT_START = ("virtio_pci", "virtio_console", "virtiofs", "overlay")
"""What it takes to see this machine's files; everything else is loaded from there."""


class Kernel(msgspec.Struct, frozen=True):
    """A kernel ready to start."""

    release: str
    image: Path
    initramfs: Path
    modules: Path
    """What ``/lib/modules`` holds."""


def prepare(cache: Path) -> Kernel:
    """Make the kernel ready, from ``cache`` where it was made ready before. Raises `CannotRun`."""
    tree = cache / "kernel"
    ready = tree / "ready"
    if not ready.exists() or ready.read_text("utf-8") != repr(_UNMET):
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir(parents=True)
        _unpack(_package(), tree)
        ready.write_text(repr(_UNMET), "utf-8")
    modules = tree / "lib" / "modules"
    release = next(modules.iterdir()).name
    (tree / "initramfs").write_bytes(initramfs(modules / release, _AT_START))
    return Kernel(release, tree / "vmlinux", tree / "initramfs", modules)


def _package() -> str:
    for again in (False, True):
        if again:
            apt("update")
        for meta in _METAS:
            told = subprocess.run(
                ["apt-cache", "depends", meta],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                check=False,
            ).stdout
            for line in told.splitlines():
                if line.strip().startswith("Depends: linux-image-"):
                    return line.split()[-1]
    raise CannotRun(f"apt knows none of the kernels {', '.join(_METAS)}")


def _unpack(package: str, tree: Path) -> None:
    apt("download", package, folder=tree)
    fetched = next(tree.glob("*.deb"))
    unpacked = tree / "package"
    subprocess.run(["dpkg", "-x", fetched, unpacked], check=True)
    fetched.unlink()
    found = next(path for path in (unpacked / "lib", unpacked / "usr" / "lib") if path.is_dir())
    shutil.move(found, tree / "lib")
    (release,) = (tree / "lib" / "modules").iterdir()
    for folder in _UNMET:
        shutil.rmtree(release / "kernel" / folder, ignore_errors=True)
    subprocess.run(["depmod", "-b", tree, release.name], check=True)
    compressed = next((unpacked / "boot").glob("vmlinuz-*")).read_bytes()
    (tree / "vmlinux").write_bytes(_uncompressed(compressed))
    shutil.rmtree(unpacked)


def _uncompressed(image: bytes) -> bytes:
    """The kernel inside a bzImage: unpacking it here saves the emulated PC two seconds a start.

    Fields of the setup header: Documentation/arch/x86/boot.rst of the kernel.
    """
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    begin = (setup_sectors + 1) * 512 + offset
    payload = image[begin : begin + length]
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        # zstd complains of the four bytes of length behind the stream.
        kernel = subprocess.run(
            ["zstd", "-dc"], input=payload, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
        ).stdout
    else:
        kernel = lzma.LZMADecompressor().decompress(payload)
    if not kernel.startswith(b"\x7fELF"):
        raise CannotRun("the kernel package has a form that the lab does not know")
    return kernel
