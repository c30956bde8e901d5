"""What the system does for an installed kioskd: users, units, and whether the hub answers."""

from __future__ import annotations

import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from kioskd.install.layout import ROLES, Layout

FOLLOW = "kioskd-follow.timer"
"""Has a station ask now and then which release its hub runs."""
_HELPERS = {"station": FOLLOW, "kiosk": "kioskd-screen.service"}
"""What runs beside a role's own unit."""
TARGET = "default-target"
"""What the PC started into before it was a kiosk, in the base folder."""
COMMAND_S = 90.0
SETTLE_S = 5.0
"""What ends later than this after it said that it is ready was well for a while."""
ASK_S = 0.5


def managed(layout: Layout) -> bool:
    """Whether systemd looks after what is installed there: not in another root, nor on a PC without it."""
    return layout.root == Path("/") and shutil.which("systemctl") is not None


class Services(Protocol):
    """Starting and stopping what a PC's roles need."""

    def stop(self, roles: Sequence[str]) -> None:
        """Stop the roles' units, those that run; return when they have."""

    def start(self, roles: Sequence[str]) -> None:
        """Start the roles' units; returns at once where a unit takes its time."""

    def well(self, roles: Sequence[str], patience_s: float) -> str:
        """Wait until everything runs and the hub is ready; return why not, empty when it does."""


class SystemdError(Exception):
    """The service manager refused; the message is its own."""


class Systemd:
    """The real one."""

    def __init__(self, layout: Layout, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        """``url``: where the hub of this PC answers, for role hub."""
        self._layout = layout
        self._url = url
        self._clock = clock

    def prepare(self) -> None:
        """Make users and rules known to the system after their files were put in place."""
        if shutil.which("systemd-sysusers"):
            _run("systemd-sysusers")
        _run("systemctl", "daemon-reload")
        if shutil.which("udevadm"):
            subprocess.run(["udevadm", "control", "--reload"], check=False, timeout=COMMAND_S)
            subprocess.run(["udevadm", "trigger"], check=False, timeout=COMMAND_S)

    def enable(self, roles: Sequence[str]) -> None:
        """Have these units start with the PC, and no other of ours."""
        wanted = _units(roles)
        needed = {*wanted, *(unit for role, unit in _HELPERS.items() if role in roles)}
        others = [unit for unit in (*ROLES.values(), *_HELPERS.values()) if unit not in needed]
        if others := [unit for unit in others if (self._layout.units / unit).exists()]:
            _run("systemctl", "disable", "--now", "--quiet", *others)
        _run("systemctl", "enable", "--quiet", *wanted)
        if "station" in roles and (self._layout.units / FOLLOW).exists():
            _run("systemctl", "enable", "--quiet", "--now", FOLLOW)
        if "kiosk" in roles:
            # The kiosk's own X server is the only screen: no sign-in beside it, no restart by three keys.
            before = self._layout.base / TARGET
            if not before.exists():
                before.write_text(_run("systemctl", "get-default"), "utf-8")
            _run("systemctl", "set-default", "--quiet", "multi-user.target")
            _run("systemctl", "mask", "--quiet", "ctrl-alt-del.target")

    def retire(self) -> None:
        """End everything of ours, have none of it start again, and give back what a kiosk took."""
        ours = [*self._layout.units.glob("kioskd*.timer"), *self._layout.units.glob("kioskd*.service")]
        if ours:
            _run("systemctl", "disable", "--now", "--quiet", *sorted(unit.name for unit in ours))
        before = self._layout.base / TARGET
        if before.exists():
            _run("systemctl", "unmask", "--quiet", "ctrl-alt-del.target")
            _run("systemctl", "set-default", "--quiet", before.read_text("utf-8").strip())

    def stop(self, roles: Sequence[str]) -> None:
        """Stop the roles' units."""
        _run("systemctl", "stop", *_units(roles))

    def start(self, roles: Sequence[str]) -> None:
        """Start the roles' units."""
        _run("systemctl", "daemon-reload")
        _run("systemctl", "reset-failed", *_units(roles), quiet=True)
        _run("systemctl", "start", "--no-block", *_units(roles))

    def well(self, roles: Sequence[str], patience_s: float) -> str:
        """Wait for all units to be active for some seconds, and for the hub's word that it takes commands."""
        end = self._clock() + patience_s
        since: float | None = None
        while True:
            why, now = self._wrong(roles), self._clock()
            since = None if why else now if since is None else since
            if since is not None and now - since >= SETTLE_S:
                return ""
            if since is None and now >= end:
                return why
            time.sleep(ASK_S)

    def _wrong(self, roles: Sequence[str]) -> str:
        for unit in _units(roles):
            done = subprocess.run(
                ["systemctl", "is-active", unit],
                capture_output=True,
                text=True,
                timeout=COMMAND_S,
                check=False,
            )
            if done.stdout.strip() != "active":
                return f"{unit}: {done.stdout.strip()}"
        return not_ready(self._url) if "hub" in roles else ""


def not_ready(url: str) -> str:
    """Return why the hub at ``url`` takes no commands; empty when it does."""
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/readyz", timeout=5) as answer:
            return "" if answer.status == 200 else f"readyz {answer.status}"
    except urllib.error.HTTPError as error:
        return f"readyz {error.code}"
    except OSError as error:
        return str(getattr(error, "reason", error))


def _units(roles: Sequence[str]) -> list[str]:
    return [ROLES[role] for role in roles]


def _run(*command: str, quiet: bool = False) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_S, check=False)
    if done.returncode and not quiet:
        raise SystemdError(f"{Path(command[0]).name} {command[1]}: {done.stderr.strip() or done.returncode}")
    return done.stdout
