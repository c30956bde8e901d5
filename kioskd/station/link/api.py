"""What a link is to its station, and a station to its link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kioskd.station.messages import Hello, ToHub, ToStation


class StationEnd(Protocol):
    """The station's side of every link. All calls come on the event loop."""

    def hello(self) -> Hello:
        """Return the first message of a connection."""

    def joined(self, send: Callable[[ToHub], None]) -> None:
        """`hello` is on its way; ``send`` carries what follows, in order, and never blocks."""

    def receive(self, message: ToStation) -> None:
        """Take one message of the hub."""

    def parted(self, code: str, detail: str = "") -> None:
        """There is no hub; ``code`` says why (``link.lost``, ``link.absent``, ``link.denied``, …).

        Said again when the reason changes.
        """


class Link(Protocol):
    """A way to the hub."""

    async def run(self, station: StationEnd) -> None:
        """Keep the station connected until cancelled, then part."""
