"""The installed daemon, started once for all tests, and what was measured on the way."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.hubs import DEMO_HALL, bare_hall
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.demo.keys import demo_tokens
from tests.hardware_lab.hall_pc.devices import tables
from tests.hardware_lab.install import DATA, ETC

URL = "http://127.0.0.1:8080"
PATIENT_S = 180
"""The unit's watchdog while devices are tried: an emulated PC on a busy machine is slower than any hall's."""
_UNIT_S = 1500.0
"""For systemd to do something. The unit's own limit for its start is lifted, for the same reason."""


def systemctl(*words: str) -> str:
    """Ask systemd for something. Raises CalledProcessError."""
    return subprocess.run(
        ["systemctl", *words], stdout=subprocess.PIPE, text=True, check=True, timeout=_UNIT_S
    ).stdout


def shown(*names: str) -> list[str]:
    """Values that systemd knows of the unit, in the order of their names."""
    lines = systemctl("show", "kioskd", *(f"--property={name}" for name in names)).splitlines()
    values = dict(line.split("=", 1) for line in lines)
    return [values[name] for name in names]


def set_watchdog(seconds: int) -> None:
    """Give the unit another watchdog, from its next start on."""
    own = Path("/run/systemd/system/kioskd.service.d")
    own.mkdir(parents=True, exist_ok=True)
    (own / "lab.conf").write_text(f"[Service]\nWatchdogSec={seconds}\nTimeoutStartSec=infinity\n")
    systemctl("daemon-reload")


def log_of_the_unit() -> str:
    """Everything that the daemon and systemd said of it."""
    command = ["journalctl", "-u", "kioskd", "-o", "cat", "--no-pager"]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout


def measured(what: str) -> None:
    """Tell a number where the lab's session is heard, past pytest."""
    with Path("/dev/hvc0").open("w", encoding="utf-8") as out:
        out.write(f"\nmeasured: {what}\n")


@pytest.fixture(scope="session")
def tokens() -> Iterator[dict[str, str]]:
    """Start the daemon; gives a token per role."""
    hall = bare_hall(ETC)
    text = hall.read_text("utf-8").replace(str(DEMO_HALL.parents[1]), str(ETC))
    hall.write_text(text + tables(), "utf-8")
    DATA.mkdir()
    store = TokenStore.open(DATA / FILE_NAME)
    tokens = demo_tokens(store, DATA)
    store.close()
    set_watchdog(PATIENT_S)
    try:
        systemctl("start", "kioskd")
    except subprocess.SubprocessError:
        pytest.fail(f"it did not start:\n{log_of_the_unit()}")
    yield tokens
    said = subprocess.run(
        ["journalctl", "-u", "kioskd", "-o", "cat", "--no-pager"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    assert "Traceback" not in said, said
    systemctl("stop", "kioskd")


@pytest.fixture(scope="module")
def somebody(tokens: dict[str, str]) -> dict[str, str]:
    """What the screens' units are handed."""
    token = ETC / "kiosk.token"
    token.write_text(tokens["kiosk"])
    token.chmod(0o400)  # root's alone: the unit hands it in
    (ETC / "kiosk-people.toml").touch()
    return tokens
