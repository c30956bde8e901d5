"""The hub in the same process: function calls, each from the event loop so that none re-enters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from kioskd.station.link.api import StationEnd
from kioskd.station.ports import HubPort

M = TypeVar("M")


class LocalLink:
    """A link that cannot break; it lasts as long as its task."""

    def __init__(self, hub: HubPort) -> None:
        self._hub = hub

    async def run(self, station: StationEnd) -> None:
        """Attach to the hub until cancelled."""
        loop = asyncio.get_running_loop()
        attached = True

        def later(receive: Callable[[M], None]) -> Callable[[M], None]:
            def arrive(message: M) -> None:
                if attached:
                    receive(message)

            def carry(message: M) -> None:
                loop.call_soon(arrive, message)

            return carry

        session = self._hub.attach(station.hello(), later(station.receive))
        try:
            station.joined(later(session.receive))
            await loop.create_future()
        finally:
            attached = False
            session.detach()
            station.parted("link.closed")
