"""Whether the clock is set by a time server, as the system says it."""

from __future__ import annotations

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
    asked = []

    async def ask() -> str:
        asked.append(1)
        return "NTP=yes\nNTPSynchronized=yes\n"

    sync = TimeSync(ask)
    assert [await sync.state() for _ in range(3)] == ["synced"] * 3
    assert len(asked) == 1


async def test_a_system_without_the_answer_is_no_fault() -> None:
    assert read(await ask_system()) in ("synced", "not_synced", "off", "unknown")
