"""The units of the screens under systemd: the kiosk within its sandbox on an X display, the board's browser.

No monitor hangs on the virtual PC, so a drop-in puts Xvfb in the place of X, and a program that only waits
in that of the browser; everything else is the units that are shipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.hardware_lab.hall_pc.conftest import URL, measured, systemctl
from tests.hardware_lab.hall_pc.units import (
    KIOSK,
    PATIENT_S,
    drop_in,
    log,
    ready,
    shown,
    until,
    waiting,
)
from tests.hardware_lab.install import OPT, ROOT

DISPLAY = ":0"
KEY_S = 6.0
SCREEN = f"""[Service]
PAMName=
TTYPath=
StandardInput=null
UtmpIdentifier=
ExecStart=
ExecStart=Xvfb {DISPLAY} -screen 0 1366x768x24 -noreset -nolisten tcp
"""
BOARD = f"""[Service]
ExecStart=
ExecStart={OPT}/bin/kioskd board --hub {URL} --browser /usr/local/bin/waits
"""
NEEDED = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]


def installed(unit: str, text: str) -> None:
    """Put a unit where systemd finds it, with what this PC lacks put right."""
    shutil.copy(ROOT / "systemd" / f"{unit}.service", "/etc/systemd/system/")
    drop_in(unit, text)


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
