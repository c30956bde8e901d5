"""Whether this PC's clock is set by a time server, as the system itself says it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal

Synced = Literal["synced", "not_synced", "off", "unknown"]
"""``not_synced``: a time service runs and has reached no server; ``off``: none runs."""
KEPT_S = 60.0
ANSWER_S = 5.0
_ASK = ("timedatectl", "show", "--property=NTP", "--property=NTPSynchronized")


async def ask_system() -> str:
    """Return what systemd-timedated says, whichever time service runs; empty where there is none to ask."""
    try:
        process = await asyncio.create_subprocess_exec(
            *_ASK,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(ANSWER_S):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return said.decode("utf-8", "replace")


def read(said: str) -> Synced:
    """Understand lines such as ``NTPSynchronized=yes``."""
    values = dict(line.partition("=")[::2] for line in said.split())
    if values.get("NTPSynchronized") == "yes":
        return "synced"
    if "NTPSynchronized" not in values:
        return "unknown"
    return "off" if values.get("NTP") == "no" else "not_synced"


class TimeSync:
    """Asks at most once a minute, and only when somebody looks."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[str]] = ask_system,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask, self._clock = ask, clock
        self._known: Synced = "unknown"
        self._asked: float | None = None

    async def state(self) -> Synced:
        """Return how it stands."""
        now = self._clock()
        if self._asked is None or now - self._asked > KEPT_S:
            self._asked = now
            self._known = read(await self._ask())
        return self._known
