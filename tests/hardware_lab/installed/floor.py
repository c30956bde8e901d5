"""``python -m tests.hardware_lab.installed.floor FILE.run``: the built file on the oldest C library it is
for.

No mirror carries a system that old any more, so its C library is made from its maker's source (``glibc.sh``)
and is all there is in a root of its own, beside busybox: no Python, no other library, no network. There the
file installs itself; the interpreter, every compiled module, the checks, a hub that gives a number and the
whole demonstration run on that library. Prints a line for each; 0 when all came true, or where there is no
such library, which is said. Needs root, systemd-nspawn and busybox-static.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.hubs import bare_hall
from installer.target import FLOOR
from kioskd.install.machine import LIBRARIES
from tests.hardware_lab import needs
from tests.hardware_lab.installed.__main__ import CACHE, KIOSKD, SUITE
from tests.hardware_lab.installed.foreign import IMPORT, modules

LIBC = CACHE / f"glibc-{FLOOR}"
LOADER = "lib64/ld-linux-x86-64.so.2"
STEP_S = 600.0
FOLDERS = ("bin", "dev", "etc", "mnt", "opt", "proc", "root", "run", "sys", "tmp", "usr/bin", "var/lib")
PYTHON = "/opt/kioskd/current/python/bin/python3.11"
HUB = """
import json, signal, subprocess, sys, time, urllib.request as web
kioskd, settings, data = sys.argv[1:]
token = subprocess.run([kioskd, "token", "add", "kiosk", "floor", "--data", data], check=True, text=True,
                       stdout=subprocess.PIPE).stdout.split()[0]
hub = subprocess.Popen([kioskd, "run", settings, "--data", data, "--port", "8080"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
end = time.monotonic() + 300
while True:
    try:
        web.urlopen("http://127.0.0.1:8080/readyz", timeout=5)
        break
    except OSError:
        assert hub.poll() is None and time.monotonic() < end, hub.returncode
        time.sleep(0.2)
asked = web.Request("http://127.0.0.1:8080/api/v1/tickets", b'{"queue":"general"}', {"Idempotency-Key": "k",
    "Authorization": "Bearer " + token, "Content-Type": "application/json"})
number = json.load(web.urlopen(asked, timeout=30))["number"]
mapped = {line.split()[-1] for line in open(f"/proc/{hub.pid}/maps") if "/lib64/lib" in line}
hub.send_signal(signal.SIGTERM)
assert hub.wait(60) == 0
print(number, "on", *sorted(name.rpartition("/")[2] for name in mapped))
"""
DEMO = """
import signal, subprocess, sys
words = [sys.argv[1], "demo", "--headless", "--no-city", "--port", "0", "--data", "/var/demo"]
demo = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
for line in demo.stdout:
    if "hall ready" in line:
        break
else:
    sys.exit(f"ended with {demo.wait()}")
demo.send_signal(signal.SIGINT)
rest = demo.communicate(timeout=120)[0]
sys.exit(f"{demo.returncode}: {rest}" if demo.returncode else 0)
"""


def libc() -> Path | None:
    """Return where the floor's C library is, None where nobody has made it."""
    return LIBC if (LIBC / LOADER).exists() else None


def root_of(library: Path, root: Path) -> None:
    """Lay out a system that has this C library, busybox and nothing else."""
    for name in FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)
    shutil.copytree(library / "lib64", root / "lib64", symlinks=True)
    shutil.copytree(library / "usr" / "lib64", root / "usr" / "lib64", symlinks=True)
    shutil.copy(library / "usr" / "bin" / "getconf", root / "usr" / "bin")
    busybox = root / "bin" / "busybox"
    shutil.copy("/bin/busybox", busybox)
    listed = subprocess.run([str(busybox), "--list"], capture_output=True, text=True, check=True)
    for name in listed.stdout.split():
        if name not in ("busybox", "getconf"):
            (root / "bin" / name).symlink_to("busybox")
    (root / "etc" / "os-release").write_text(f"ID=floor\nNAME=floor\nVERSION_ID={FLOOR}\n")
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc" / "group").write_text("root:x:0:\n")


def put_libraries(root: Path) -> None:
    """Put what every system has beside its C library, and wheels take for granted, into a root."""
    for name in LIBRARIES:
        shutil.copy(CACHE / SUITE / "usr" / "lib" / "x86_64-linux-gnu" / name, root / "usr" / "lib64" / name)


def tried(run: Path, library: Path, folder: Path) -> None:
    """Try everything. Raises what failed."""
    root, usb = folder / "root", folder / "usb"
    root_of(library, root)
    usb.mkdir()
    shutil.copy(run, usb)

    def told(*words: str, told_in: str = "", ends: int = 0) -> str:
        inside = ["systemd-nspawn", "--quiet", "--as-pid2", "--private-network", f"--directory={root}"]
        inside += ["--register=no", "--keep-unit", "--console=pipe", "--link-journal=no"]
        inside += [f"--bind-ro={usb}:/usb", "--setenv=PATH=/bin:/usr/bin", "--setenv=LANG=C.UTF-8"]
        done = subprocess.run(
            [*inside, *words], input=told_in, capture_output=True, text=True, timeout=STEP_S, check=False
        )
        assert done.returncode == ends, f"{words[:3]}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    file = f"/usb/{run.name}"
    assert told("getconf", "GNU_LIBC_VERSION") == f"glibc {FLOOR}"
    lacking = told("sh", file, "--check", "--roles", "hub", ends=1)
    assert f"缺 {' '.join(LIBRARIES)}" in lacking, lacking
    assert not (root / "opt" / "kioskd").exists()
    print(f"refused without them, in words: {' '.join(LIBRARIES)}")
    put_libraries(root)
    checked = told("sh", file, "--check", "--roles", "hub")
    assert f"glibc {FLOOR}" in checked, checked
    print(f"looked at that PC: {next(line for line in checked.splitlines() if FLOOR in line).strip()}")
    print(f"installed: {told('sh', file, '--roles', 'hub', '--yes').splitlines()[1]}")
    print(told(PYTHON, "-I", "-c", "import os, sys; print(sys.version, os.confstr('CS_GNU_LIBC_VERSION'))"))
    release = root / "opt" / "kioskd" / "current"
    print(told(PYTHON, "-I", "-B", "-c", IMPORT, *modules(root / "opt" / "kioskd" / release.readlink())))
    print(told(KIOSKD, "check", "/opt/kioskd/current/config/sample/hall.toml").splitlines()[-1])
    text = bare_hall(folder).read_text("utf-8").replace(str(bare_config()), "/opt/kioskd/current/config")
    (root / "etc" / "kioskd" / "floor.toml").write_text(text, "utf-8")
    (root / "var" / "lib" / "kioskd").mkdir(mode=0o700)
    print(f"a hub: {told(PYTHON, '-I', '-c', HUB, KIOSKD, '/etc/kioskd/floor.toml', '/var/lib/kioskd')}")
    told(PYTHON, "-I", "-c", DEMO, KIOSKD)
    print("the demonstration: hall ready, and ended well")
    told(KIOSKD, "uninstall", "--yes")
    assert not (root / "opt" / "kioskd").exists()
    assert (root / "var" / "lib" / "kioskd" / "journal.db").stat().st_size
    print("uninstalled: settings and data stay")


def bare_config() -> Path:
    """Where `bare_hall` has its samples from."""
    from benchmarks.hubs import DEMO_HALL

    return DEMO_HALL.parent.parent


def main() -> int:
    """Run it; 0 also where it cannot run, which is said."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path, help="kioskd-VERSION-x86_64.run")
    args = parser.parse_args()
    library = libc()
    if library is None:
        print(f"the floor was not tried: there is no glibc {FLOOR} in {LIBC}; see docs/hardware-lab.md")
        return 0
    try:
        needs.check_container()
    except needs.CannotRun as why:
        print(f"the floor was not tried: {why}")
        return 0
    with tempfile.TemporaryDirectory(prefix="kioskd-floor-") as name:
        tried(args.file, library, Path(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
