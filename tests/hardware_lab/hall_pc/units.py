"""Units of screens under systemd: asking about them, waiting for them, what they are handed."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hardware_lab.hall_pc.conftest import URL, systemctl

PATIENT_S = 600.0
"""An emulated PC on a busy machine takes minutes for what a hall's does in two seconds."""
KIOSK = f"""[Service]
Environment=KIOSKD_HUB={URL}
WatchdogSec=180
TimeoutStartSec=infinity
"""


def drop_in(unit: str, text: str) -> None:
    """Put right for a unit what this PC lacks."""
    own = Path(f"/run/systemd/system/{unit}.service.d")
    own.mkdir(parents=True, exist_ok=True)
    (own / "lab.conf").write_text(text)
    systemctl("daemon-reload")


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


def waiting() -> int:
    """Return how many wait, as everybody may know."""
    with urllib.request.urlopen(f"{URL}/api/v1/hall", timeout=60) as answer:
        return int(json.load(answer)["waiting"])


def ready(unit: str, said: str, times: int) -> Callable[[], bool]:
    return lambda: log(unit).count(said) >= times
