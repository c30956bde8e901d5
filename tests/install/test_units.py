"""What the units promise, by systemd's own count: exposure, users that exist, words that it knows."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.hubs import ROOT
from kioskd.commands.kiosk import PEOPLE, TOKEN, handed
from kioskd.install.layout import ROLES

UNITS = ROOT / "systemd"
MOST_EXPOSED = {
    "kioskd.service": 2.0,
    "kioskd-station.service": 2.0,
    "kioskd-standby.service": 2.0,
    "kioskd-central.service": 2.0,
    "kioskd-kiosk.service": 2.0,
    # An X server drives hardware, and a browser's own sandbox needs what ours would forbid.
    "kioskd-screen.service": 5.6,
    "kioskd-board.service": 9.0,
    # Root's, for seconds at night: it changes programs and units.
    "kioskd-follow.service": 5.6,
}
needs_analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")


def words(unit: Path) -> dict[str, list[str]]:
    """Return the settings of a unit: every value of every name."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text("utf-8").replace("\\\n", "").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_every_unit_is_counted_and_every_role_has_one() -> None:
    assert {unit.name for unit in UNITS.glob("*.service")} == set(MOST_EXPOSED)
    helpers = {"kioskd-screen.service", "kioskd-follow.service"}
    assert set(ROLES.values()) | helpers == set(MOST_EXPOSED)


@needs_analyze
@pytest.mark.parametrize("unit", MOST_EXPOSED)
def test_no_unit_is_more_exposed_than_was_meant(unit: str) -> None:
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNITS / unit)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    ).stdout
    found = re.search(r"exposure level for \S+: ([0-9.]+)", told)
    assert found, told
    assert float(found[1]) <= MOST_EXPOSED[unit]


@needs_analyze
def test_systemd_knows_every_word_of_them() -> None:
    told = subprocess.run(
        ["systemd-analyze", "verify", *map(str, UNITS.glob("*.service"))],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    ).stdout
    # The programs are on no PC but an installed one.
    ours = [line for line in told.splitlines() if "kioskd" in line and "is not executable" not in line]
    assert not ours


@pytest.mark.parametrize("unit", MOST_EXPOSED)
def test_whom_a_unit_runs_as_there_is(unit: str) -> None:
    users = re.findall(r"^u (\S+)", (UNITS / "kioskd.sysusers").read_text("utf-8"), re.MULTILINE)
    user = words(UNITS / unit).get("User", ["root"])[0]
    assert user in users or unit == "kioskd-follow.service"


@pytest.mark.parametrize("unit", [unit for unit, most in MOST_EXPOSED.items() if most == 2.0])
def test_a_daemon_returns_whatever_ends_it_and_takes_no_more_than_its_share(unit: str) -> None:
    said = words(UNITS / unit)
    assert said["Type"] == ["notify"]
    assert said["Restart"] == ["always"]
    assert said["StartLimitIntervalSec"] == ["0"]
    for quota in ("WatchdogSec", "MemoryMax", "TasksMax", "LimitFSIZE", "LogRateLimitBurst"):
        assert said[quota], quota
    assert said["LimitCORE"] == ["0"]


@pytest.mark.parametrize("unit", MOST_EXPOSED)
def test_the_manual_that_a_unit_names_is_installed(unit: str) -> None:
    (named,) = words(UNITS / unit)["Documentation"]
    assert (ROOT / "docs" / named.removeprefix("file:/opt/kioskd/current/docs/")).is_file()


@pytest.mark.parametrize("role", ["kiosk", "board"])
def test_a_screen_is_told_where_its_hub_is_and_whom_to_trust(role: str) -> None:
    said = words(UNITS / ROLES[role])
    assert {"KIOSKD_HUB=http://127.0.0.1:8080", "KIOSKD_CA="} <= set(said["Environment"])
    (command,) = said["ExecStart"]
    # Without braces: no word where it is empty, two where it is not.
    assert "--hub ${KIOSKD_HUB} $KIOSKD_CA " in command + " "


def test_the_kiosk_takes_what_its_unit_hands_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (TOKEN, PEOPLE):
        assert f"{name}:/etc/kioskd/{name}" in words(UNITS / "kioskd-kiosk.service")["LoadCredential"]
    assert handed(TOKEN) == Path("/etc/kioskd") / TOKEN
    (tmp_path / TOKEN).write_text("secret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert handed(TOKEN) == tmp_path / TOKEN
