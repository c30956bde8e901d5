"""docs/devices.md names every driver and every profile, in both languages, with addresses that are right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drivers.registry import DRIVERS
from drivers.transport.address import parse_address

ROOT = Path(__file__).parents[2]
CHINESE, _, ENGLISH = (ROOT / "docs" / "devices.md").read_text("utf-8").partition("# Devices in English")
HALVES = {"zh-CN": CHINESE, "en": ENGLISH}


@pytest.mark.parametrize("language", HALVES)
def test_every_driver_has_its_two_rows(language: str) -> None:
    rows = re.findall(r"^\| `([a-z_]+\.[a-z_0-9]+)` \|", HALVES[language], re.MULTILINE)
    codes = {f"speaker.{code}" for code in ("piece_missing", "recording_bad", "silent")}
    codes |= {f"printer.{code}" for code in ("mouth_blocked", "retracted")}
    drivers = [row for row in rows if not row.startswith(("sign.", "device.", "line.")) and row not in codes]
    assert sorted(drivers) == sorted([*DRIVERS, *DRIVERS])


@pytest.mark.parametrize("language", HALVES)
def test_every_profile_is_named_and_none_is_invented(language: str) -> None:
    there = {path.stem for path in (ROOT / "config" / "profiles").glob("*.toml")}
    table = [line for line in HALVES[language].splitlines() if line.startswith("| `") and "://" in line]
    named = {name for line in table for name in re.findall(r"`([a-z0-9-]+)`", line.split("|")[5])}
    assert named == there


@pytest.mark.parametrize("language", HALVES)
def test_every_address_is_one_its_driver_is_reached_by(language: str) -> None:
    lines = [line for line in HALVES[language].splitlines() if line.startswith("| `") and "://" in line]
    assert len(lines) == len(DRIVERS)
    for line in lines:
        cells = line.split("|")
        driver, address = cells[1].strip(" `"), cells[4].strip(" `").replace("…", "x")
        assert parse_address(address).scheme in DRIVERS[driver].schemes, line
