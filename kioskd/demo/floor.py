"""What simulated people can see of the hall: the windows' present tickets, from the hub's event stream."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from kioskd.demo.client import HubClient

ROLE = "kiosk"
RETRY_S = 0.5

ARRIVED = frozenset({"ticket.called", "ticket.recalled", "ticket.started"})
LEFT = frozenset(
    {
        "ticket.finished",
        "ticket.no_show",
        "ticket.held",
        "ticket.transferred",
        "ticket.passed_on",
        "ticket.requeued",
        "ticket.cancelled",
        "ticket.voided",
        "ticket.ended",
    }
)


class Floor:
    """Follows the hall. ``at`` is the number at each window, ``paused`` the windows that pause."""

    def __init__(self, client: HubClient) -> None:
        self._client = client
        self._stirred = asyncio.Event()
        self.at: dict[str, str] = {}
        self.paused: set[str] = set()
        self.passed: asyncio.Queue[str] = asyncio.Queue()
        """Numbers that were marked as no-show."""

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                async for kind, event in self._client.events(ROLE):
                    if not kind or kind in ("reset", "hub.started"):
                        await self._look()
                    else:
                        self._heard(kind, event)
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(RETRY_S)

    async def until_stirred(self, seconds: float) -> None:
        """Wait until something happens in the hall, but not longer than this."""
        try:
            async with asyncio.timeout(seconds):
                await self._stirred.wait()
        except TimeoutError:
            return

    async def _look(self) -> None:
        answer = await self._client.get(ROLE, "/api/v1/hall")
        if answer.ok:
            windows = answer.body.get("windows", [])
            self.at = {window["id"]: window["number"] for window in windows if window.get("number")}
            self.paused = {window["id"] for window in windows if window["state"] == "paused"}
            self.stir()

    def _heard(self, kind: str, event: dict[str, Any]) -> None:
        window, number = event.get("window", ""), event.get("number", "")
        if kind in ARRIVED:
            self.at[window] = number
        elif kind in LEFT:
            self.at = {place: there for place, there in self.at.items() if there != number}
            if kind == "ticket.no_show":
                self.passed.put_nowait(number)
        elif kind == "window.paused":
            self.paused.add(window)
        elif kind == "window.resumed":
            self.paused.discard(window)
        self.stir()

    def stir(self) -> None:
        """Wake whoever waits for something to happen."""
        stirred, self._stirred = self._stirred, asyncio.Event()
        stirred.set()
