"""``python -m tests.hardware_lab.installed.foreign FILE.run``: a file for another kind of PC, tried on this.

Runs what was built for aarch64 in an emulated processor, on the libraries of an old Debian: which C library
it asks for, every compiled module imported, the sample settings checked, a hub that answers. The kernel is
this machine's, and nothing is installed. Prints a line for each; 0 when all came true. Needs root,
debootstrap, readelf and qemu-user-static.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.hubs import bare_hall
from installer.target import DEBIAN
from tests.hardware_lab.installed.__main__ import CACHE, SUITE

STEP_S = 600.0
"""An emulated processor on a busy machine is slow."""
ELF = b"\x7fELF"
NEEDS = re.compile(r"GLIBC_(\d+)\.(\d+)")
IMPORT = """
import importlib, sys
failed = []
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception as error:
        failed.append(f"{name}: {error!r}")
print(len(sys.argv) - 1 - len(failed), "imported")
sys.exit("; ".join(failed) or 0)
"""
# Of tests, of Tk, of a desktop's clipboard and sound (GLib) in pygame; SQLite's own extensions, no modules.
NOT_OURS = re.compile(r"_tests?\b|tests|_imagingtk|^pygame\.((_sdl2\.)?mixer|scrap)|sqlite_extra_binaries")


def unpacked(run: Path, into: Path) -> Path:
    """Return the release in an installer that would refuse this PC."""
    data = run.read_bytes()
    said = re.search(rb"(?m)^bytes=(\d+)$", data)
    assert said, "no installer"
    with tarfile.open(fileobj=io.BytesIO(data[int(said[1]) :])) as tar:
        tar.extractall(into, filter="tar")
    return next(into.glob("kioskd-*"))


def system(arch: str) -> Path:
    """Return the files of a Debian of that kind, unpacked and never run."""
    root = CACHE / f"{SUITE}-{arch}"
    if not (root / "ready").exists():
        shutil.rmtree(root, ignore_errors=True)
        root.parent.mkdir(exist_ok=True)
        make = ["debootstrap", "--foreign", "--variant=minbase", f"--arch={DEBIAN[arch]}", SUITE, str(root)]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL, timeout=900)
        (root / "ready").touch()
    return root


def newest_needed(release: Path) -> tuple[int, int]:
    """Return the newest C library that any program or library of a release asks for."""
    needed = (0, 0)
    for file in release.rglob("*"):
        if file.is_file() and not file.is_symlink() and file.open("rb").read(4) == ELF:
            told = subprocess.run(["readelf", "-V", str(file)], capture_output=True, text=True, check=True)
            needed = max([needed, *((int(a), int(b)) for a, b in NEEDS.findall(told.stdout))])
    return needed


def modules(release: Path) -> list[str]:
    """Return the names of all compiled modules."""
    library = release / "python" / "lib" / "python3.11"
    names = []
    for folder in (library / "lib-dynload", library / "site-packages"):
        for file in sorted(folder.rglob("*.so")):
            parts = file.relative_to(folder).parts
            if not any("." in part or part.endswith("libs") for part in parts[:-1]):
                names.append(".".join((*parts[:-1], file.name.partition(".")[0])))
    # A package that is a library itself, and one that only its package may load.
    names = [name.removesuffix(".__init__").replace("cv2.cv2", "cv2") for name in names]
    return [name for name in names if not NOT_OURS.search(name)]


def tried(run: Path, folder: Path) -> None:
    """Try everything. Raises what failed."""
    arch = run.stem.rsplit("-", 1)[1]
    release, root = unpacked(run, folder), system(arch)
    python = [
        f"qemu-{arch}-static",
        "-L",
        str(root),
        str(release / "python" / "bin" / "python3.11"),
        "-I",
        "-B",
    ]

    def told(*words: str) -> str:
        done = subprocess.run([*python, *words], capture_output=True, text=True, timeout=STEP_S, check=False)
        assert done.returncode == 0, f"{words[:3]}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    floor = (release / "FLOOR").read_text("utf-8").strip()
    needed = newest_needed(release)
    assert needed <= tuple(map(int, floor.split("."))), needed
    print(f"asks for glibc {'.'.join(map(str, needed))} at most; said is {floor}")
    print(told("-c", "import platform as p, sys; print(sys.version, p.machine(), *p.libc_ver())"))
    print(told("-c", IMPORT, *modules(release)))
    sample = release / "config" / "sample" / "hall.toml"
    print(told("-m", "kioskd", "check", str(sample)).splitlines()[-1])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["run", str(bare_hall(folder)), "--data", str(folder / "data"), "--port", str(port)]
    began = time.monotonic()
    hub = subprocess.Popen([*python, "-m", "kioskd", *words], stdin=subprocess.DEVNULL)
    try:
        while time.monotonic() - began < STEP_S:
            assert hub.poll() is None, hub.returncode
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
                    print(f"a hub: ready {answer.status} after {time.monotonic() - began:.0f} s")
                    break
            except OSError:
                time.sleep(0.5)
        else:
            raise TimeoutError("the hub never became ready")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as answer:
            print(f"a hub: healthz {answer.status}")
    finally:
        hub.terminate()
        hub.wait(60)


def main() -> int:
    """Run it; 0 also where it cannot run, which is said."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path, help="kioskd-VERSION-ARCH.run")
    args = parser.parse_args()
    arch = args.file.stem.rsplit("-", 1)[1]
    for program in (f"qemu-{arch}-static", "debootstrap", "readelf"):
        if shutil.which(program) is None:
            print(f"it did not run: there is no {program}")
            return 0
    with tempfile.TemporaryDirectory(prefix="kioskd-foreign-") as name:
        tried(args.file, Path(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
