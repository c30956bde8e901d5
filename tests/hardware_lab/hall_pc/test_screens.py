"""The units of the screens under systemd: the kiosk within its sandbox on an X display, the board's browser.

No monitor hangs on the virtual PC, so a drop-in puts Xvfb in the place of X, and a program that only waits
in that of the browser; everything else is the units that are shipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hardware_lab.hall_pc.conftest import URL, measured, systemctl
from tests.hardware_lab.install import ETC, OPT, ROOT

DISPLAY = ":0"
PATIENT_S = 600.0
"""An emulated PC on a busy machine takes minutes for what a hall's does in two seconds."""
KEY_S = 6.0
SCREEN = f"""[Service]
PAMName=
TTYPath=
StandardInput=null
UtmpIdentifier=
ExecStart=
ExecStart=Xvfb {DISPLAY} -screen 0 1366x768x24 -noreset -nolisten tcp
"""
KIOSK = f"""[Service]
Environment=KIOSKD_HUB={URL}
WatchdogSec=180
TimeoutStartSec=infinity
"""
BOARD = f"""[Service]
ExecStart=
ExecStart={OPT}/bin/kioskd board --hub {URL} --browser /usr/local/bin/waits
"""
NEEDED = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]


def shown(unit: str, name: str) -> str:
    """Return what systemd knows of a unit; on an emulated PC that is busy it needs to be asked again."""
    ends = time.monotonic() + PATIENT_S
    while True:
        try:
            return systemctl("show", unit, f"--property={name}", "--value").strip()
        except subprocess.CalledProcessError:
            if time.monotonic() > ends:
                raise
            time.sleep(2)


def log(unit: str) -> str:
    """Return everything that was said of a unit since the PC was started."""
    command = ["journalctl", "-u", unit, "-o", "cat", "--no-pager"]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout


def until(true: Callable[[], bool], unit: str) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + PATIENT_S
    while not true():
        if time.monotonic() > ends:
            pytest.fail(log(unit))
        time.sleep(0.5)


def installed(unit: str, drop_in: str) -> None:
    """Put a unit where systemd finds it, with what this PC lacks put right."""
    shutil.copy(ROOT / "systemd" / f"{unit}.service", "/etc/systemd/system/")
    own = Path(f"/run/systemd/system/{unit}.service.d")
    own.mkdir(parents=True, exist_ok=True)
    (own / "lab.conf").write_text(drop_in)
    systemctl("daemon-reload")


@pytest.fixture(scope="module")
def somebody(tokens: dict[str, str]) -> dict[str, str]:
    """The user that the screens' units run as."""
    token = ETC / "kiosk.token"
    token.write_text(tokens["kiosk"])
    token.chmod(0o400)  # root's alone: the unit hands it in
    (ETC / "kiosk-people.toml").touch()
    return tokens


def waiting() -> int:
    """Return how many wait, as everybody may know."""
    with urllib.request.urlopen(f"{URL}/api/v1/hall", timeout=60) as answer:
        return int(json.load(answer)["waiting"])


def ready(unit: str, said: str, times: int) -> Callable[[], bool]:
    return lambda: log(unit).count(said) >= times


@pytest.mark.skipif(bool(NEEDED), reason=f"{' and '.join(NEEDED)} not installed")
def test_the_kiosk_serves_in_its_sandbox_and_returns_when_it_is_killed(somebody: dict[str, str]) -> None:
    installed("kioskd-screen", SCREEN)
    installed("kioskd-kiosk", KIOSK)
    began = time.monotonic()
    systemctl("start", "kioskd-kiosk")
    until(ready("kioskd-kiosk", "hub there", 1), "kioskd-kiosk")
    measured(f"the kiosk under its unit: {time.monotonic() - began:.0f} s until it was at the hub")
    before = waiting()
    for key in ("Escape", "Tab", "Return", "Tab", "Return"):
        # Nothing here shows which screen it is at, and an emulated PC takes its time.
        time.sleep(KEY_S)
        environment = {**os.environ, "DISPLAY": DISPLAY}
        # Only the user whose screen it is may touch it.
        touch = ["runuser", "-u", "kiosk", "--", "xdotool", "key", key]
        subprocess.run(touch, env=environment, check=True, timeout=PATIENT_S)
    until(lambda: waiting() > before, "kioskd-kiosk")
    first = int(shown("kioskd-kiosk", "MainPID"))
    owner = Path(f"/proc/{first}").stat().st_uid
    assert owner != 0, "a screen needs no root"
    systemctl("kill", "--signal=KILL", "kioskd-kiosk")
    until(ready("kioskd-kiosk", "hub there", 2), "kioskd-kiosk")
    assert int(shown("kioskd-kiosk", "MainPID")) != first
    used = shown("kioskd-kiosk", "MemoryCurrent")
    measured(f"the kiosk: {used} bytes of 512 MB")
    assert "Traceback" not in log("kioskd-kiosk")
    systemctl("stop", "kioskd-kiosk", "kioskd-screen")
    assert shown("kioskd-kiosk", "Result") == "success"


def test_the_board_returns_with_its_browser(somebody: dict[str, str]) -> None:
    program = Path("/usr/local/bin/waits")
    program.write_text("#!/bin/sh\nexec sleep 100000\n")
    program.chmod(0o755)
    installed("kioskd-board", BOARD)
    systemctl("start", "kioskd-board")
    until(ready("kioskd-board", "board ready", 1), "kioskd-board")
    systemctl("kill", "--signal=KILL", "kioskd-board")
    until(ready("kioskd-board", "board ready", 2), "kioskd-board")
    systemctl("stop", "kioskd-board")
    assert shown("kioskd-board", "Result") == "success"
    assert "Traceback" not in log("kioskd-board")
