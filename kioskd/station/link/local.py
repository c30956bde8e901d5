"""The hub in the same process: function calls.

What the hub says arrives at once, so that a slip or a face is on its way before the hub turns to anything
else; what the station says comes from the event loop, so that neither finds the other half-way.
"""

from __future__ import annotations

import asyncio

from kioskd.station.link.api import StationEnd
from kioskd.station.messages import ToHub, ToStation
from kioskd.station.ports import HubPort, StationSession


class LocalLink:
    """A link that cannot break; it lasts as long as its task."""

    def __init__(self, hub: HubPort) -> None:
        self._hub = hub

    async def run(self, station: StationEnd) -> None:
        """Attach to the hub until cancelled."""
        loop = asyncio.get_running_loop()
        session: StationSession | None = None

        def arrive(message: ToHub) -> None:
            if session is not None:
                session.receive(message)

        def send(message: ToHub) -> None:
            loop.call_soon(arrive, message)

        def deliver(message: ToStation) -> None:
            if attached:
                station.receive(message)

        attached = True
        station.joined(send)
        try:
            session = self._hub.attach(station.hello(), deliver, near=True)
            await loop.create_future()
        finally:
            attached = False
            if session is not None:
                session.detach()
                session = None
            station.parted("link.closed")
