"""What the hub knows of its devices and alerts, fetched again whenever it says that they changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp

from kioskd.demo.client import HubClient

ROLE = "lead"
RETRY_S = 1.0
SETTLE_S = 0.15
"""Changes come in bunches; one look serves a bunch."""

TOUCHING = ("device.", "roll.", "alert.", "window.signed", "hub.", "settings.", "reset")
COUNTING = "job."
"""A slip was printed: the paper left is told soon, but not for every slip of a rush."""
COUNT_S = 2.0

Known = dict[str, Any]


class HubWatch:
    """Follows the hub's event stream and keeps ``known``: its devices and open alerts."""

    def __init__(self, client: HubClient, tell: Callable[[Known], None]) -> None:
        self._client = client
        self._tell = tell
        self._stale = asyncio.Event()
        self._counting: asyncio.TimerHandle | None = None
        self.known: Known = {"devices": [], "alerts": [], "tellers": {}}

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._look())
        finally:
            if self._counting is not None:
                self._counting.cancel()

    def _count(self) -> None:
        self._counting = None
        self._stale.set()

    async def _follow(self) -> None:
        while True:
            try:
                async for kind, _ in self._client.events(ROLE):
                    if not kind or kind.startswith(TOUCHING):
                        self._stale.set()
                    elif kind.startswith(COUNTING) and self._counting is None:
                        self._counting = asyncio.get_running_loop().call_later(COUNT_S, self._count)
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(RETRY_S)

    async def _look(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            try:
                devices = await self._client.get(ROLE, "/api/v1/devices")
                alerts = await self._client.get(ROLE, "/api/v1/alerts")
                english = await self._client.get(ROLE, "/api/v1/alerts", "en")
                windows = await self._client.get(ROLE, "/api/v1/windows")
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(RETRY_S)
                self._stale.set()
                continue
            if devices.ok and alerts.ok and english.ok and windows.ok:
                known = {
                    "devices": devices.body,
                    "alerts": _bilingual(alerts.body, english.body),
                    "tellers": {window["id"]: window.get("teller") for window in windows.body},
                }
                if known != self.known:
                    self.known = known
                    self._tell(known)
            await asyncio.sleep(SETTLE_S)


def _bilingual(chinese: list[Known], english: list[Known]) -> list[Known]:
    """Alerts with their sentences in both languages; one raised or gone between the looks is left out."""
    sentences = {alert["id"]: alert.get("sentence", "") for alert in english}
    return [
        {**alert, "sentence": {"zh": alert.get("sentence", ""), "en": sentences[alert["id"]]}}
        for alert in chinese
        if alert["id"] in sentences
    ]
