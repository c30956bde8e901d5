"""Where station and hub meet. The hub implements `HubPort`; links bring it to a station."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kioskd.station.messages import Hello, ToHub, ToStation


class StationSession(Protocol):
    """One station's connection, as the hub holds it."""

    def receive(self, message: ToHub) -> None:
        """Take one message from the station. Never blocks; order is kept."""

    def detach(self) -> None:
        """The connection is gone; its devices are out of reach until the next `attach`."""


class HubPort(Protocol):
    """The hub's side of every link."""

    def attach(
        self, hello: Hello, deliver: Callable[[ToStation], None], *, near: bool = False
    ) -> StationSession:
        """A station is there, ``near`` if in the hub's own process. ``deliver`` carries messages to it, in
        order, and never blocks.

        A station that lost its connection may be back before the hub has noticed: the new session
        takes the place of an older one of the same station.

        The hub first delivers `Welcome` (or `Rejected`), then every show of the station's devices,
        `AskJobs` for jobs without an outcome, then changes as they are committed.
        """
        ...
