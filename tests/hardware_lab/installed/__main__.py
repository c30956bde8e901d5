"""``python -m tests.hardware_lab.installed FILE.run``: the built file through a hall's years, under systemd.

Two PCs of an old Debian, each with its own systemd as PID 1 and no network but a wire between them, are
installed from the file and then taken through what befalls a hall: a hung daemon, an upgrade, one that fails,
the way back, a hub that dies and its standby, a bare PC and the backup. Prints a table; 0 when every line of
it came true. Needs root, debootstrap and systemd-nspawn; the kernel is this machine's.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.hardware_lab import needs
from tests.hardware_lab.install import ROOT
from tests.hardware_lab.installed.pc import Pc, network
from tests.hardware_lab.installed.releases import variant

CACHE = ROOT / ".hardware-lab"
SUITE = "bullseye"
"""Debian 11, glibc 2.31: the oldest that mirrors still carry."""
SOFTWARE = "systemd,systemd-sysv,udev,dbus,procps,iproute2"
PIN = "482915"
HUB, STANDBY = "10.99.0.1", "10.99.0.2"
KIOSKD = "/opt/kioskd/bin/kioskd"
DATA = "/var/lib/kioskd"
TAKE = """
import json, sys, urllib.request as web
_, token, key = sys.argv
asked = web.Request("http://127.0.0.1:8080/api/v1/tickets", b'{"queue":"general"}', {"Idempotency-Key": key,
    "Authorization": "Bearer " + token, "Content-Type": "application/json"})
print(json.load(web.urlopen(asked, timeout=30))["number"])
"""


class Drill:
    """What was tried, how long it took, and what came of it."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str]] = []
        self.failed = False

    def step(self, name: str, work: Callable[[], str]) -> None:
        """Do it and write it down; after one that fails nothing else makes sense."""
        if self.failed:
            self.lines.append((name, "not tried", ""))
            return
        began = time.monotonic()
        try:
            said = work()
            verdict = f"{time.monotonic() - began:.1f} s"
        except (AssertionError, subprocess.SubprocessError, TimeoutError) as error:
            said, verdict, self.failed = str(error)[-3000:], "FAILED", True
        self.lines.append((name, verdict, said))
        print(f"{name:<44} {verdict:>9}  {said}", flush=True)


class Hall:
    """The hall that moves from PC to PC."""

    def __init__(self) -> None:
        self.token = ""
        self.given: list[str] = []

    def take(self, pc: Pc) -> str:
        """Take a number; it must be above all before."""
        python = "/opt/kioskd/current/python/bin/python3.11"
        number = pc.run(python, "-c", TAKE, self.token, f"k{len(self.given)}").strip()
        assert not self.given or number > self.given[-1], (self.given, number)
        self.given.append(number)
        return number


def clean_root() -> Path:
    """Return a system as a vendor leaves it, made once."""
    root = CACHE / SUITE
    if not (root / "ready").exists():
        shutil.rmtree(root, ignore_errors=True)
        root.parent.mkdir(exist_ok=True)
        make = ["debootstrap", "--variant=minbase", f"--include={SOFTWARE}", SUITE, str(root)]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL, timeout=900)
        (root / "ready").touch()
    return root


def settings(pc: Pc) -> None:
    """Lay the hall's own settings in place, as a technician brings them: open at any hour, no devices."""
    text = (ROOT / "config" / "demo" / "hall.toml").read_text("utf-8").partition("\n[[device]]")[0]
    text = (
        text.replace('"../sample/', '"')
        .replace('"../', '"')
        .replace('host = "127.0.0.1"', 'host = "0.0.0.0"')
    )
    place = '\n[backup]\n[[backup.place]]\nkind = "folder"\nid = "other-pc"\npath = "/mnt/backup"\n'
    folder = pc.root / "etc" / "kioskd"
    folder.mkdir(parents=True)
    (folder / "hall.toml").write_text(text + place, "utf-8")


def as_service(pc: Pc, *words: str, told: str = "") -> str:
    """Run a kioskd command as the service's user."""
    return pc.run("runuser", "-u", "kioskd", "--", KIOSKD, *words, "--data", DATA, told=told)


def drill(run: Path, newer: Path, broken: Path, old: Pc, new: Pc, bare: Pc) -> Drill:
    """Everything, in the order of a hall's life."""
    done, hall = Drill(), Hall()

    def install() -> str:
        settings(old)
        said = old.run("sh", f"/usb/{run.name}", "--roles", "hub", within=300)
        assert "服务已启动" in said, said
        hall.token = as_service(old, "token", "add", "kiosk", "drill").split()[0]
        libc = old.run("getconf", "GNU_LIBC_VERSION").strip()
        return f"{libc}, {old.run('systemctl', '--version').splitlines()[0]}; {hall.take(old)}"

    def exposure() -> str:
        units = ("kioskd", "kioskd-station", "kioskd-standby", "kioskd-central", "kioskd-kiosk")
        told = {unit: old.run("systemd-analyze", "security", "--no-pager", unit) for unit in units}
        counts = {unit: text.rsplit(": ", 1)[1].split()[0] for unit, text in told.items()}
        assert all(float(count) <= 2.0 for count in counts.values()), counts
        return ", ".join(f"{unit} {count}" for unit, count in counts.items())

    def watchdog() -> str:
        hung = old.show("kioskd", "MainPID")
        old.run("kill", "-STOP", hung)
        old.until(lambda: old.show("kioskd", "NRestarts") == "1", 90)
        old.until_ready()
        assert old.show("kioskd", "MainPID") != hung
        assert "Watchdog timeout" in old.run("journalctl", "-u", "kioskd", "--no-pager")
        return hall.take(old)

    def upgrade() -> str:
        old.run("sh", f"/usb/{newer.name}", within=600)
        assert old.version() == "0.1.1", old.version()
        return f"0.1.0 → {old.version()}; {hall.take(old)}"

    def failed_upgrade() -> str:
        said = old.run("sh", f"/usb/{broken.name}", within=600, status=3)
        assert old.version() == "0.1.1", old.version()
        return f"{said.strip().splitlines()[-2][:60]}; {hall.take(old)}"

    def roll_back() -> str:
        old.run(KIOSKD, "rollback", within=300)
        assert old.version() == "0.1.0", old.version()
        return f"0.1.1 → {old.version()}; {hall.take(old)}"

    def standby() -> str:
        as_service(old, "pin", told=f"{PIN}\n{PIN}\n")
        code = as_service(old, "pair-standby", "standby-1").split()[0]
        hub = f"http://{HUB}:8080"
        new.run("sh", f"/usb/{run.name}", "--roles", "standby", "--hub", hub, "--code", code, within=300)
        log = ("journalctl", "-u", "kioskd-standby", "--no-pager")
        new.until(lambda: "standby.following" in new.run(*log), 60)
        return new.show("kioskd-standby", "StatusText")

    def promote() -> str:
        old.cut_power()
        first = as_service(new, "promote")
        word = first.rsplit("--word ", 1)[1].split()[0]
        began = time.monotonic()
        as_service(new, "promote", "--word", word, told=f"{PIN}\n")
        new.until_ready()
        seconds = time.monotonic() - began
        assert seconds < 10, seconds
        return f"takes numbers {seconds:.1f} s after the PIN; {hall.take(new)}"

    def after_restart() -> str:
        new.cut_power()
        new.switch_on()
        new.until_ready()
        return hall.take(new)

    def fenced() -> str:
        old.switch_on()
        old.until(lambda: old.show("kioskd", "ExecMainStatus") == "78", 120)
        told = old.run("journalctl", "-u", "kioskd", "-b", "--no-pager")
        assert "接任" in told, told
        return "the former hub ends with 78"

    def restore() -> str:
        new.run("install", "-d", "-o", "kioskd", "/mnt/backup")
        new.run("runuser", "-u", "kioskd", "--", KIOSKD, "backup", "prepare", "/mnt/backup")
        code = as_service(new, "backup", "code")
        as_service(new, "backup", "now", f"{DATA}/settings/hall.toml")
        new.cut_power()
        shutil.copytree(new.root / "mnt" / "backup", bare.root / "mnt" / "backup")
        bare.run("sh", f"/usb/{run.name}", "--roles", "hub", "--no-start", within=300)
        (bare.root / "root" / "code").write_text(recovery(code))
        # The samples make way for the hall's own settings; what this PC is stays.
        bare.run("mv", "/etc/kioskd", "/etc/kioskd.sample")
        restoring = ("restore", "/mnt/backup", "--data", DATA, "--settings", "/etc/kioskd")
        began = time.monotonic()
        bare.run(KIOSKD, *restoring, "--code-file", "/root/code", within=120)
        bare.run("cp", "/etc/kioskd.sample/roles", "/etc/kioskd/")
        bare.run("chown", "-R", "kioskd:kioskd", DATA, "/etc/kioskd")
        bare.run("systemctl", "start", "kioskd")
        bare.until_ready()
        return f"{time.monotonic() - began:.1f} s from the code to a number; {hall.take(bare)}"

    def uninstall() -> str:
        bare.run(KIOSKD, "uninstall", "--yes")
        assert not (bare.root / "opt" / "kioskd").exists()
        assert (bare.root / DATA.lstrip("/") / "journal.db").stat().st_size
        return "settings and data stay"

    for name, work in (
        ("installed by the file, no network", install),
        ("exposure by systemd of that PC", exposure),
        ("hung: killed by the watchdog, back again", watchdog),
        ("upgrade", upgrade),
        ("failed upgrade returns by itself", failed_upgrade),
        ("roll-back", roll_back),
        ("standby installed, paired, following", standby),
        ("hub's power cut, standby promoted", promote),
        ("its PC starts again: still the hub", after_restart),
        ("the old hub comes back and is fenced", fenced),
        ("restored onto a bare PC by recovery code", restore),
        ("uninstalled", uninstall),
    ):
        done.step(name, work)
    return done


def recovery(said: str) -> str:
    """Return the recovery code among what was printed: six groups."""
    for line in said.splitlines():
        if line.count("-") == 5:
            return line.strip()
    raise AssertionError(said)


def main() -> int:
    """Run the drill; 0 also where it cannot run, which is said."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path, help="kioskd-VERSION-ARCH.run")
    args = parser.parse_args()
    try:
        needs.check_container()
    except needs.CannotRun as why:
        print(f"the drill did not run: {why}")
        return 0
    root = clean_root()
    with tempfile.TemporaryDirectory(prefix="kioskd-drill-") as name:
        folder = Path(name)
        usb = folder / "usb"
        usb.mkdir()
        run = Path(shutil.copy(args.file, usb))
        newer = variant(run, "0.1.1", usb)
        broken = variant(run, "0.1.2", usb, ends=7)
        old = Pc(folder / "hub", root, usb, HUB)
        new = Pc(folder / "standby", root, usb, STANDBY)
        bare = Pc(folder / "bare", root, usb)
        with network():
            try:
                for pc in (old, new, bare):
                    pc.switch_on()
                done = drill(run, newer, broken, old, new, bare)
            finally:
                for pc in (old, new, bare):
                    pc.cut_power()
    print()
    for name_, verdict, said in done.lines:
        print(f"| {name_} | {verdict} | {said.splitlines()[0] if said else ''} |")
    return int(done.failed)


if __name__ == "__main__":
    sys.exit(main())
