"""Builds what a technician carries in on a USB stick: one file for one kind of PC, with everything in it.

``python installer/build.py [--arch x86_64|aarch64] [--out dist]``

makes ``kioskd-VERSION-ARCH.run`` (a shell script with the payload behind it) and ``kioskd_VERSION_ARCH.deb``.
The payload is a release folder: a CPython that asks for nothing but the C library, every library from the
hashed constraints as wheels for that C library, kioskd itself, units, udev rules and manuals. The target PC
needs no network, no Python and no package manager.
"""

from __future__ import annotations

import argparse
import compileall
import gzip
import hashlib
import importlib.metadata
import io
import os
import py_compile
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).parent
GLIBC = (2, 28)
"""The oldest C library that is aimed at: UOS 20 and Kylin V10 have it."""
FLOOR = "{}.{}".format(*GLIBC)
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}
LIBRARY = "lib/python3.11/site-packages"


def version() -> str:
    """Return the version of this tree."""
    found: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return found


def committed() -> int:
    """Return the second of the last commit: no clock of a hall that is right can be before it."""
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return int(done.stdout or os.environ.get("SOURCE_DATE_EPOCH", "0"))


def say(text: str) -> None:
    """Print a step."""
    print(f"==> {text}", flush=True)


def platforms(arch: str) -> list[str]:
    """Return the wheel tags that such a C library can load, newest first."""
    tags = [f"manylinux_2_{minor}_{arch}" for minor in range(GLIBC[1], 16, -1)]
    return [
        *tags,
        f"manylinux2014_{arch}",
        f"manylinux_2_12_{arch}",
        f"manylinux2010_{arch}",
        f"manylinux_2_5_{arch}",
        f"manylinux1_{arch}",
        f"linux_{arch}",
    ]


def interpreter(arch: str, work: Path) -> Path:
    """Return a CPython for ``arch``, built unless that was done before."""
    out = work / f"python-{arch}"
    if not (out / "bin" / "python3.11").exists():
        zig = Path(str(importlib.metadata.distribution("ziglang").locate_file("ziglang/zig")))
        script = HERE / "python" / "build.sh"
        subprocess.run(
            [str(script), str(work / f"cpython-{arch}"), str(out), arch],
            check=True,
            env={**os.environ, "ZIG": str(zig), "FLOOR": FLOOR},
        )
    return out


def libraries(arch: str, into: Path) -> None:
    """Install every library of the constraints, as it would be there, without running any of it."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q"]
    tags = [option for tag in platforms(arch) for option in ("--platform", tag)]
    subprocess.run(
        [
            *pip,
            "install",
            "--target",
            str(into),
            "--only-binary=:all:",
            "--implementation",
            "cp",
            "--python-version",
            "3.11",
            *tags,
            "--no-compile",
            "--require-hashes",
            "--no-deps",
            "-r",
            str(ROOT / "constraints.txt"),
        ],
        check=True,
    )
    subprocess.run(
        [
            *pip,
            "install",
            "--target",
            str(into),
            "--upgrade",
            "--no-deps",
            "--no-build-isolation",
            "--no-compile",
            str(ROOT),
        ],
        check=True,
    )
    for needless in (
        *into.glob("setuptools*"),
        *into.glob("wheel*"),
        *into.glob("pkg_resources"),
        *into.glob("_distutils_hack"),
        *into.glob("distutils-precedence.pth"),
        into / "bin",
    ):
        shutil.rmtree(needless) if needless.is_dir() else needless.unlink(missing_ok=True)


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
    libraries(arch, folder / "python" / LIBRARY)
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
        shutil.copy(ROOT / name, folder / "docs" / name)
    (folder / "VERSION").write_text(version() + "\n")
    (folder / "ARCH").write_text(arch + "\n")
    (folder / "BUILT").write_text(f"{committed()}\n")
    (folder / "FLOOR").write_text(FLOOR + "\n")
    seal(folder)
    return folder


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
    head = (HERE / "head.sh").read_text("utf-8")
    number = (folder / "VERSION").read_text("utf-8").strip()
    head = head.replace("@VERSION@", number).replace("@ARCH@", arch)
    head = head.replace("@FLOOR@", FLOOR).replace("@SHA256@", hashlib.sha256(payload).hexdigest())
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
    place = stage / "opt" / "kioskd" / "releases" / version()
    place.parent.mkdir(parents=True)
    shutil.copytree(folder, place, symlinks=True)
    control = stage / "DEBIAN"
    shutil.copytree(HERE / "debian", control)
    for script in ("postinst", "prerm", "postrm"):
        (control / script).chmod(0o755)
    size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) // 1024
    text = (control / "control").read_text("utf-8")
    text = text.replace("@VERSION@", version()).replace("@ARCH@", DEBIAN[arch]).replace("@SIZE@", str(size))
    text = text.replace("@GLIBC@", FLOOR)
    (control / "control").write_text(text, "utf-8")
    for script in ("postinst", "prerm", "postrm"):
        file = control / script
        file.write_text(file.read_text("utf-8").replace("@VERSION@", version()), "utf-8")
    package = out / f"kioskd_{version()}_{DEBIAN[arch]}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", str(stage), str(package)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return package


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
