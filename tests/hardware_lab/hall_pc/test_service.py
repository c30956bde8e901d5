"""The unit under systemd: ready when it is, shut in its sandbox, killed when it hangs, stopped cleanly."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from kioskd.demo.client import HubClient
from tests.hardware_lab.hall_pc.conftest import (
    URL,
    log_of_the_unit,
    measured,
    set_watchdog,
    shown,
    systemctl,
)
from tests.hardware_lab.hall_pc.hall import Hall
from tests.hardware_lab.install import DATA, OPT, ROOT
from tests.hardware_lab.machine import GUEST

ALLOWED = {"write its settings", "write its data", "serve its pages"}
MOST_EXPOSED = 1.5
"""As ``systemd-analyze security`` counts, of 10."""
WATCHDOG_S = 40
"""Shorter than the unit's: waiting for it is all that the test of a hung daemon does. Long enough that a
daemon on a busy, emulated PC is not taken for a hung one.
"""
STOP_S = 29.0
RESTART_S = 600.0


async def until(true: Callable[[], bool]) -> None:
    """Wait until systemd says so."""
    async with asyncio.timeout(WATCHDOG_S + RESTART_S):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.2)


def test_it_said_that_it_is_ready(tokens: dict[str, str]) -> None:
    state, user, text = shown("ActiveState", "User", "StatusText")
    assert (state, user) == ("active", "kioskd")
    assert text.startswith("ready at http://127.0.0.1:8080")


def test_its_sandbox_is_tight_by_systemds_own_count(tokens: dict[str, str]) -> None:
    told = subprocess.run(
        ["systemd-analyze", "security", "--no-pager", "kioskd.service"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    found = re.search(r"exposure level for kioskd\.service: ([0-9.]+)", told)
    assert found, told
    measured(f"systemd-analyze security kioskd.service: {found[1]}")
    assert float(found[1]) <= MOST_EXPOSED


def test_what_its_sandbox_forbids(tokens: dict[str, str]) -> None:
    # Everybody may open this one, so it is the sandbox that keeps it shut.
    Path("/dev/uinput").chmod(0o666)
    shutil.copy(GUEST / "probe.py", OPT / "probe.py")
    unit = (ROOT / "systemd" / "kioskd.service").read_text("utf-8")
    unit = re.sub(r"(?m)^(Restart|RestartSec|WatchdogSec|NotifyAccess)=.*\n", "", unit)
    unit = re.sub(r"(?m)^ExecStart=.*$", f"ExecStart={OPT}/bin/python {OPT}/probe.py {DATA}/probe.json", unit)
    unit = unit.replace("Type=notify", "Type=oneshot")
    Path("/run/systemd/system/kioskd-probe.service").write_text(unit)
    systemctl("daemon-reload")
    systemctl("start", "kioskd-probe")
    outcomes = json.loads((DATA / "probe.json").read_text())
    assert {name for name, outcome in outcomes.items() if outcome == "done"} == ALLOWED, outcomes


def test_it_stops_in_order_and_starts_again(tokens: dict[str, str]) -> None:
    began = time.monotonic()
    systemctl("stop", "kioskd")
    stopped = time.monotonic() - began
    assert shown("ActiveState", "Result", "ExecMainStatus") == ["inactive", "success", "0"]
    assert stopped < STOP_S
    set_watchdog(WATCHDOG_S)
    began = time.monotonic()
    systemctl("start", "kioskd")
    measured(f"stopped in {stopped:.1f} s, ready again in {time.monotonic() - began:.1f} s")
    assert shown("ActiveState") == ["active"]


async def test_one_that_hangs_is_killed_and_goes_on_where_it_was(tokens: dict[str, str]) -> None:
    async with HubClient(URL, tokens) as client:
        hall = Hall(client)
        before = await hall.issue("card")
        (hung,) = shown("MainPID")
        began = time.monotonic()
        os.kill(int(hung), signal.SIGSTOP)
        await until(lambda: shown("MainPID", "ActiveState", "NRestarts") != [hung, "active", "0"])
        killed = time.monotonic() - began
        assert killed > WATCHDOG_S / 2
        await until(lambda: shown("ActiveState", "SubState", "NRestarts") == ["active", "running", "1"])
        measured(
            f"hung: killed after {killed:.1f} s (WatchdogSec={WATCHDOG_S}),"
            f" ready {time.monotonic() - began - killed:.1f} s later"
        )
        after = await hall.issue("card")
        assert int(after["number"][1:]) == int(before["number"][1:]) + 1
        assert (await hall.get(f"tickets/{before['number']}"))["state"] == "waiting"
    assert "Watchdog timeout" in log_of_the_unit()
