"""The kiosk's session as it is shipped: X on a graphics card, a console of its own, and no way out of it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from kioskd.install.layout import Layout
from kioskd.install.services import Systemd
from tests.hardware_lab.hall_pc.conftest import URL, measured, systemctl
from tests.hardware_lab.hall_pc.units import KIOSK, PATIENT_S, drop_in, log, ready, shown, until, waiting
from tests.hardware_lab.monitor import monitor

WAYS_OUT = (
    *(("ctrl", "alt", f"f{number}") for number in (1, 2, 3, 6)),
    ("alt", "f2"),
    ("alt", "right"),
    ("ctrl", "alt", "backspace"),
    ("ctrl", "alt", "delete"),
    ("ctrl", "alt", "kp_multiply"),
    ("alt", "f4"),
    ("alt", "tab"),
    ("ctrl", "c"),
    ("ctrl", "q"),
)
"""What leads out of other sessions: consoles, the X server's end, a restart, the program's end."""
KEY_S = 6.0
PLAIN = "[Service]\nTimeoutStartSec=infinity\n"


def console() -> str:
    """Return the console that the screen shows."""
    return Path("/sys/class/tty/tty0/active").read_text().strip()


def pid(unit: str) -> int:
    return int(shown(unit, "MainPID"))


@pytest.fixture(scope="module")
def session(somebody: dict[str, str]) -> None:
    """The session, started as a PC does at its start: by what was enabled."""
    system = Systemd(Layout(), URL)
    Path("/opt/kioskd").mkdir(exist_ok=True)
    drop_in("kioskd-kiosk", KIOSK)
    drop_in("kioskd-screen", PLAIN)
    system.enable(["hub", "kiosk"])
    assert "kioskd-kiosk.service" in shown("multi-user.target", "Wants").split()
    assert systemctl("get-default").strip() == "multi-user.target"
    began = time.monotonic()
    systemctl("start", "kioskd-kiosk")
    until(ready("kioskd-kiosk", "hub there", 1), "kioskd-kiosk")
    measured(f"the kiosk on its own X server: {time.monotonic() - began:.0f} s until it was at the hub")


def test_it_has_the_screen_to_itself_and_is_nobodys_root(session: None) -> None:
    assert console() == "tty7"
    for unit in ("kioskd-screen", "kioskd-kiosk"):
        assert Path(f"/proc/{pid(unit)}").owner() == "kiosk"
    assert shown("ctrl-alt-del.target", "LoadState") == "masked"


async def test_no_key_leads_out_and_the_kiosk_goes_on(session: None) -> None:
    before, screen, kiosk = waiting(), pid("kioskd-screen"), pid("kioskd-kiosk")
    async with monitor() as hands:
        for keys in WAYS_OUT:
            await hands.press(*keys)
            await asyncio.sleep(KEY_S)
            assert console() == "tty7", keys
            assert (pid("kioskd-screen"), pid("kioskd-kiosk")) == (screen, kiosk), keys
        # The same keyboard, used as it is meant to be: it was heard all the time.
        for key in ("esc", "tab", "ret", "tab", "ret"):
            await hands.press(key)
            await asyncio.sleep(KEY_S)
    until(lambda: waiting() > before, "kioskd-kiosk")
    assert "Traceback" not in log("kioskd-kiosk")


def test_whatever_dies_comes_back(session: None) -> None:
    kiosk = pid("kioskd-kiosk")
    systemctl("kill", "--signal=KILL", "kioskd-kiosk")
    until(ready("kioskd-kiosk", "hub there", 2), "kioskd-kiosk")
    assert pid("kioskd-kiosk") != kiosk
    screen = pid("kioskd-screen")
    systemctl("kill", "--signal=KILL", "kioskd-screen")
    until(ready("kioskd-kiosk", "hub there", 3), "kioskd-kiosk")
    assert pid("kioskd-screen") != screen
    assert console() == "tty7"


async def test_without_the_shipped_settings_keys_do_lead_out(session: None) -> None:
    """So that the tests above show something."""
    Path("/etc/X11/xorg.conf.d/90-kioskd.conf").unlink()
    systemctl("restart", "kioskd-screen")
    until(ready("kioskd-kiosk", "hub there", 4), "kioskd-kiosk")
    async with monitor() as hands, asyncio.timeout(PATIENT_S):
        while console() == "tty7":
            await hands.press("ctrl", "alt", "f1")
            await asyncio.sleep(KEY_S)
