"""``python -m tests.hardware_lab.installed FILE.run``: the built file through a hall's years, under systemd.

PCs of an old Debian, each with its own systemd as PID 1 and no network but a wire between them, are
installed from the file and then taken through what befalls a hall: an upgrade, which a window's PC follows by
itself, a hung daemon, an upgrade that fails, the way back, a hub that dies and its standby, a bare PC and the
backup; where the package lies beside the file, that too. Prints a table; 0 when every line of it came true.
Needs root, debootstrap and systemd-nspawn; the kernel is this machine's.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from installer.target import DEBIAN
from tests.hardware_lab import needs
from tests.hardware_lab.install import ROOT
from tests.hardware_lab.installed.pc import Pc, network
from tests.hardware_lab.installed.releases import variant

CACHE = ROOT / ".hardware-lab"
SUITE = "bullseye"
"""Debian 11, glibc 2.31: the oldest that mirrors still carry."""
SOFTWARE = "systemd,systemd-sysv,udev,dbus,procps,iproute2"
PIN = "482915"
HUB, STANDBY, WINDOW = "10.99.0.1", "10.99.0.2", "10.99.0.3"
AT_THE_HUB = ("--hub", f"http://{HUB}:8080")
OFTEN = "[Timer]\nOnActiveSec=5s\nOnUnitInactiveSec=5s\nRandomizedDelaySec=0\nAccuracySec=1s\n"
"""For the timer that asks every twenty minutes."""
EVERY_DAY = "weekdays = [1, 2, 3, 4, 5, 6, 7]"
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
    """Lay the hall's own settings in place, as a technician brings them: no devices, and closed today."""
    text = (ROOT / "config" / "demo" / "hall.toml").read_text("utf-8").partition("\n[[device]]")[0]
    text = (
        text.replace('"../sample/', '"')
        .replace('"../', '"')
        .replace('host = "127.0.0.1"', 'host = "0.0.0.0"')
    )
    later = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3)).isoweekday()
    assert EVERY_DAY in text
    text = text.replace(EVERY_DAY, f"weekdays = [{later}]")
    place = '\n[backup]\n[[backup.place]]\nkind = "folder"\nid = "other-pc"\npath = "/mnt/backup"\n'
    folder = pc.root / "etc" / "kioskd"
    folder.mkdir(parents=True)
    (folder / "hall.toml").write_text(text + place, "utf-8")


def open_hall(pc: Pc) -> None:
    """Have the hall open at any hour from now on."""
    file = pc.root / "etc" / "kioskd" / "hall.toml"
    file.write_text(re.sub(r"(?m)^weekdays = .*$", EVERY_DAY, file.read_text("utf-8")), "utf-8")
    pc.run("systemctl", "restart", "kioskd")
    pc.until_ready()


def as_service(pc: Pc, *words: str, told: str = "") -> str:
    """Run a kioskd command as the service's user."""
    return pc.run("runuser", "-u", "kioskd", "--", KIOSKD, *words, "--data", DATA, told=told)


def drill(run: Path, newer: Path, broken: Path, deb: Path | None, pcs: Sequence[Pc]) -> Drill:
    """Everything, in the order of a hall's life."""
    old, new, bare, window = pcs
    done, hall = Drill(), Hall()

    def install() -> str:
        settings(old)
        said = old.run("sh", f"/usb/{run.name}", "--roles", "hub", within=300)
        assert "服务已启动" in said, said
        hall.token = as_service(old, "token", "add", "kiosk", "drill").split()[0]
        libc = old.run("getconf", "GNU_LIBC_VERSION").strip()
        return f"{libc}, {old.run('systemctl', '--version').splitlines()[0]}"

    def exposure() -> str:
        units = ("kioskd", "kioskd-station", "kioskd-standby", "kioskd-central", "kioskd-kiosk")
        told = {unit: old.run("systemd-analyze", "security", "--no-pager", unit) for unit in units}
        counts = {unit: text.rsplit(": ", 1)[1].split()[0] for unit, text in told.items()}
        assert all(float(count) <= 2.0 for count in counts.values()), counts
        return ", ".join(f"{unit} {count}" for unit, count in counts.items())

    def station() -> str:
        fast = window.root / "etc" / "systemd" / "system" / "kioskd-follow.timer.d"
        fast.mkdir(parents=True)
        (fast / "drill.conf").write_text(OFTEN)
        code = as_service(old, "pair", "window-1").split()[0]
        window.run("sh", f"/usb/{run.name}", "--roles", "station", *AT_THE_HUB, "--code", code, within=300)
        window.until(lambda: "hub.found" in told("kioskd-station"), 60)
        assert window.version() == "0.1.0"
        return window.show("kioskd-follow.timer", "ActiveState")

    def told(unit: str) -> str:
        return window.run("journalctl", "-u", unit, "--no-pager")

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
        return f"0.1.0 → {old.version()}"

    def followed() -> str:
        began = time.monotonic()
        window.until(lambda: window.version() == "0.1.1", 300)
        window.until(lambda: window.show("kioskd-follow", "ActiveState") == "inactive", 180)
        assert "换到 0.1.1" in told("kioskd-follow"), told("kioskd-follow")
        assert window.show("kioskd-station", "ActiveState") == "active"
        return f"{window.version()}, by its timer, {time.monotonic() - began:.0f} s after the hub"

    def opened() -> str:
        open_hall(old)
        return hall.take(old)

    def failed_upgrade() -> str:
        said = old.run("sh", f"/usb/{broken.name}", within=600, status=3)
        assert old.version() == "0.1.1", old.version()
        return f"{said.strip().splitlines()[-2][:60]}; {hall.take(old)}"

    def roll_back() -> str:
        old.run(KIOSKD, "rollback", within=300)
        assert old.version() == "0.1.0", old.version()
        # People wait now: a window's PC stays as it is, and works with a hub of the release before its own.
        window.until(lambda: "主机是 0.1.0，等大厅休息时再换" in told("kioskd-follow"), 60)
        assert window.version() == "0.1.1"
        window.until(lambda: told("kioskd-station").count("hub.found") > 1, 60)
        window.cut_power()
        return f"0.1.1 → {old.version()}, the window's PC waits for the evening; {hall.take(old)}"

    def standby() -> str:
        as_service(old, "pin", told=f"{PIN}\n{PIN}\n")
        code = as_service(old, "pair-standby", "standby-1").split()[0]
        new.run("sh", f"/usb/{run.name}", "--roles", "standby", *AT_THE_HUB, "--code", code, within=300)
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
        (bare.root / "mnt" / "code").write_text(recovery(code))
        # The samples make way for the hall's own settings; what this PC is stays.
        bare.run("mv", "/etc/kioskd", "/etc/kioskd.sample")
        restoring = ("restore", "/mnt/backup", "--data", DATA, "--settings", "/etc/kioskd")
        began = time.monotonic()
        bare.run(KIOSKD, *restoring, "--code-file", "/mnt/code", within=120)
        bare.run("cp", "/etc/kioskd.sample/roles", "/etc/kioskd/")
        bare.run("chown", "-R", "kioskd:kioskd", DATA, "/etc/kioskd")
        bare.run("systemctl", "start", "kioskd")
        bare.until_ready()
        return f"{time.monotonic() - began:.1f} s from the code to a number; {hall.take(bare)}"

    def uninstall() -> str:
        bare.run(KIOSKD, "uninstall", "--yes")
        assert not (bare.root / "opt" / "kioskd").exists()
        assert (bare.root / DATA.lstrip("/") / "journal.db").stat().st_size
        assert not bare.run("sh", "-c", "find /etc -name '*kioskd*' ! -path '/etc/kioskd*'").strip()
        return "settings and data stay"

    def package() -> str:
        assert deb is not None
        # What that PC was is known: it goes on where it was.
        bare.run("dpkg", "-i", f"/usb/{deb.name}", within=300)
        bare.until_ready()
        number = hall.take(bare)
        bare.run("dpkg", "-r", "kioskd", within=120)
        assert not (bare.root / "opt" / "kioskd").exists()
        assert not bare.run("sh", "-c", "find /etc -name '*kioskd*' ! -path '/etc/kioskd*'").strip()
        return f"{number}; removed, settings and data stay"

    for name, work in (
        ("installed by the file, no network", install),
        ("exposure by systemd of that PC", exposure),
        ("a window's PC installed and paired", station),
        ("upgrade", upgrade),
        ("the window's PC follows while it is closed", followed),
        ("the hall opens", opened),
        ("hung: killed by the watchdog, back again", watchdog),
        ("failed upgrade returns by itself", failed_upgrade),
        ("roll-back", roll_back),
        ("standby installed, paired, following", standby),
        ("hub's power cut, standby promoted", promote),
        ("its PC starts again: still the hub", after_restart),
        ("the old hub comes back and is fenced", fenced),
        ("restored onto a bare PC by recovery code", restore),
        ("uninstalled", uninstall),
        *([("by the package, and away again", package)] if deb else []),
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
        deb = next(iter(args.file.parent.glob(f"kioskd_*_{DEBIAN[platform.machine()]}.deb")), None)
        if deb is not None:
            deb = Path(shutil.copy(deb, usb))
        newer = variant(run, "0.1.1", usb)
        broken = variant(run, "0.1.2", usb, ends=7)
        old = Pc(folder / "hub", root, usb, HUB)
        new = Pc(folder / "standby", root, usb, STANDBY)
        bare = Pc(folder / "bare", root, usb)
        window = Pc(folder / "window", root, usb, WINDOW)
        every = (old, new, bare, window)
        with network():
            try:
                for pc in every:
                    pc.switch_on()
                done = drill(run, newer, broken, deb, every)
            finally:
                for pc in every:
                    pc.cut_power()
    print()
    for name_, verdict, said in done.lines:
        print(f"| {name_} | {verdict} | {said.splitlines()[0] if said else ''} |")
    return int(done.failed)


if __name__ == "__main__":
    sys.exit(main())
