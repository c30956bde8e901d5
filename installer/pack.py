"""A release folder as files to carry: one that installs itself, and a Debian package."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from installer.target import DEBIAN, FLOOR, HERE


def seal(folder: Path) -> None:
    """Write down what every file of a release is, so that a bad stick is found out."""
    sums = []
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink() and file.name != "SHA256SUMS":
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            sums.append(f"{digest}  {file.relative_to(folder)}\n")
    (folder / "SHA256SUMS").write_text("".join(sums), "utf-8")


def packed(folder: Path, quick: bool = False) -> bytes:
    """Return a release as tar.gz, the same bytes for the same content; ``quick``: larger, for trials."""
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))

    def plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = "root"
        info.mtime = epoch
        info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
        return info

    raw = io.BytesIO()
    with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1 if quick else 9, mtime=epoch) as zipped:
        with tarfile.open(fileobj=zipped, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for file in [folder, *sorted(folder.rglob("*"))]:
                tar.add(file, str(file.relative_to(folder.parent)), recursive=False, filter=plain)
    return raw.getvalue()


def runnable(folder: Path, arch: str, out: Path, quick: bool = False) -> Path:
    """Make the file that installs itself."""
    payload = packed(folder, quick)
    number = (folder / "VERSION").read_text("utf-8").strip()
    digest = hashlib.sha256(payload).hexdigest()
    said = {"VERSION": number, "ARCH": arch, "FLOOR": FLOOR, "SHA256": digest}
    head = _filled((HERE / "head.sh").read_text("utf-8"), said)
    # The script says its own length, in a place of fixed width so that saying it does not change it.
    script = head.replace("@BYTES@", "00000000").encode()
    script = head.replace("@BYTES@", f"{len(script):08d}").encode()
    file = out / f"kioskd-{number}-{arch}.run"
    file.write_bytes(script + payload)
    file.chmod(0o755)
    return file


def debian(folder: Path, arch: str, out: Path, work: Path) -> Path:
    """Make the package for PCs that are looked after by apt."""
    stage = work / f"deb-{arch}"
    shutil.rmtree(stage, ignore_errors=True)
    number = (folder / "VERSION").read_text("utf-8").strip()
    place = stage / "opt" / "kioskd" / "package"
    place.parent.mkdir(parents=True)
    shutil.copytree(folder, place, symlinks=True)
    control = stage / "DEBIAN"
    size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) // 1024
    said = {"VERSION": number, "ARCH": DEBIAN[arch], "SIZE": str(size), "GLIBC": FLOOR}
    control.mkdir()
    for part in sorted((HERE / "debian").iterdir()):
        (control / part.name).write_text(_filled(part.read_text("utf-8"), said), "utf-8")
        (control / part.name).chmod(0o644 if part.name == "control" else 0o755)
    package = out / f"kioskd_{number}_{DEBIAN[arch]}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", str(stage), str(package)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return package


def _filled(text: str, said: dict[str, str]) -> str:
    for name, value in said.items():
        text = text.replace(f"@{name}@", value)
    return text
