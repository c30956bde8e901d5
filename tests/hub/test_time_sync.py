"""Whether the clock is set by a time server, as the system says it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kioskd.hub.time_sync import TimeSync, ask_system, read


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("NTP=yes\nNTPSynchronized=yes\n", "synced"),
        ("NTP=no\nNTPSynchronized=yes\n", "synced"),  # a service that systemd does not know, such as chrony
        ("NTP=yes\nNTPSynchronized=no\n", "not_synced"),
        ("NTP=no\nNTPSynchronized=no\n", "off"),
        ("", "unknown"),
    ],
)
def test_what_the_system_says_is_understood(said: str, state: str) -> None:
    assert read(said) == state


async def test_it_is_asked_once_a_minute_at_most() -> None:
    said = ["NTP=yes\nNTPSynchronized=yes\n", "NTP=no\nNTPSynchronized=no\n"]
    now = 1_000.0

    async def ask() -> str:
        return said.pop(0)

    sync = TimeSync(ask, clock=lambda: now)
    assert [await sync.state() for _ in range(3)] == ["synced"] * 3
    now += 59
    assert await sync.state() == "synced"
    now += 2
    assert await sync.state() == "off", "a server that goes away is seen a minute later"
    assert said == []


def program(folder: Path, text: str) -> None:
    file = folder / "timedatectl"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


async def test_the_system_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await ask_system() == "", "a system without the program is no fault"
    program(tmp_path, "echo NTP=yes; echo NTPSynchronized=yes")
    assert read(await ask_system()) == "synced"


async def test_a_system_that_does_not_answer_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("kioskd.hub.time_sync.ANSWER_S", 1.0)
    assert await ask_system() == ""
    assert not running(tmp_path), "nothing is left running"


def running(folder: Path) -> bool:
    """Whether the program that was asked is still there."""
    noted = folder / "pid"
    return noted.exists() and Path(f"/proc/{noted.read_text().strip()}/cmdline").exists()
