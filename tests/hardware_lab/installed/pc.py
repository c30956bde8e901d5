"""A PC in a container: a root of its own, systemd as PID 1, and no network but one wire."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

START_S = 120.0
LOOK_S = 0.25
READY = "import urllib.request as web; web.urlopen('http://127.0.0.1:8080/readyz', timeout=5)"


SWITCH = "kioskd-drill"
"""The hall's network: a bridge of this machine that nothing else is plugged into."""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, stderr=subprocess.PIPE, timeout=30)


@contextmanager
def network() -> Iterator[None]:
    """Have the hall's network for the block."""
    _ip("link", "add", SWITCH, "type", "bridge")
    try:
        _ip("link", "set", SWITCH, "up")
        yield
    finally:
        _ip("link", "del", SWITCH)


class Pc:
    """Switched on and off; its disk stays."""

    def __init__(self, root: Path, model: Path, usb: Path, address: str = "") -> None:
        subprocess.run(["cp", "-a", "--reflink=auto", str(model), str(root)], check=True, timeout=120)
        (root / "etc" / "hostname").write_text(root.name + "\n")
        self.root, self._usb, self._address = root, usb, address
        self._process: subprocess.Popen[bytes] | None = None
        self._first = 0

    def switch_on(self) -> None:
        """Start it and wait until it has come up."""
        words = ["systemd-nspawn", "--quiet", f"--directory={self.root}", "--boot", "--private-network"]
        words += ["--register=no", "--keep-unit", f"--machine=kioskd-{self.root.name}", "--console=pipe"]
        words += [f"--bind-ro={self._usb}:/usb", "--link-journal=no"]
        with (self.root.parent / f"{self.root.name}.console").open("ab") as console:
            # Whatever ends this process, the kernel ends its children: nothing is ever left running.
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *words],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
            )
        self.until(self._found_first, START_S)
        if self._address:
            self._plug_in()
        self.until(self._up, START_S)

    def _up(self) -> bool:
        """Whether its systemd has done all that it does at a start; a unit may well have failed."""
        return self._tried("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def _plug_in(self) -> None:
        """Long before it has come up, as with a cable that was never pulled."""
        outer, inner = f"kd-{self.root.name}"[:15], f"kdi-{self.root.name}"[:15]
        _ip("link", "add", outer, "type", "veth", "peer", "name", inner)
        _ip("link", "set", outer, "master", SWITCH, "up")
        _ip("link", "set", inner, "netns", str(self._first))
        self.run("ip", "addr", "add", f"{self._address}/24", "dev", inner)
        self.run("ip", "link", "set", inner, "up")

    def _found_first(self) -> bool:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        try:
            self._first = int(children.read_text().split()[0])
            # Before it has become systemd, nobody can look in.
            return Path(f"/proc/{self._first}/comm").read_text().strip() == "systemd"
        except (OSError, IndexError):
            return False

    def cut_power(self) -> None:
        """End everything in it at once."""
        if self._process is None:
            return
        try:
            subprocess.run(["kill", "-KILL", str(self._first)], check=False, timeout=10)
            self._process.wait(30)
        finally:
            self._process.kill()
            self._process.wait(30)
            self._process = None

    def _tried(self, *words: str, told: str = "", within: float = 60.0) -> subprocess.CompletedProcess[str]:
        into = ["nsenter", "-t", str(self._first), "-m", "-u", "-i", "-n", "-p", "--"]
        path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
        return subprocess.run(
            [*into, "env", "-i", path, "LANG=C.UTF-8", *words],
            input=told,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )

    def run(self, *words: str, told: str = "", within: float = 60.0, status: int = 0) -> str:
        """Run a command in it as root; return what it said. Raises AssertionError for another status."""
        done = self._tried(*words, told=told, within=within)
        said = done.stdout + done.stderr
        assert done.returncode == status, f"{' '.join(words)[:120]}: {done.returncode}\n{said}"
        return said

    def show(self, unit: str, name: str) -> str:
        """Return what its systemd knows of a unit."""
        return self.run("systemctl", "show", unit, f"--property={name}", "--value").strip()

    def version(self) -> str:
        """Return the release that is installed."""
        return (self.root / "opt" / "kioskd" / "current" / "VERSION").read_text().strip()

    def until(self, true: Callable[[], bool], seconds: float) -> None:
        """Wait until something is so. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise TimeoutError(f"{self.root.name}: not within {seconds:g} s")
            time.sleep(LOOK_S)

    def until_ready(self) -> None:
        """Wait until its hub takes commands."""
        python = "/opt/kioskd/current/python/bin/python3.11"
        self.until(lambda: self._tried(python, "-c", READY).returncode == 0, START_S)
