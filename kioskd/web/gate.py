"""How many connections the hub has at once, and who goes when there are too many.

A flood, or a thousand requests that never end, must not keep out the hall's own PCs: some room is kept for
them, and a connection that only waits makes room for one that has just come. Nobody is asked who they are
before: an address counts as the hall's own once a device has shown its token from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address
from typing import Protocol

import structlog

KNOWN_MOST = 2000

log = structlog.get_logger(__name__)


class Guest(Protocol):
    """A connection. ``address`` is the far end's, ``idle_since`` None while a request is being answered."""

    address: str

    @property
    def idle_since(self) -> float | None:
        """Since when it has only waited (loop time)."""


def loopback(address: str) -> bool:
    """Whether an address is this PC's own."""
    try:
        return ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return not address  # a socket of this PC that has no address


class Gate:
    """Counts connections. ``own`` says which addresses are this PC's."""

    def __init__(
        self, most: int, per_address: int, reserved: int, own: Callable[[str], bool] = loopback
    ) -> None:
        self._most = most
        self._per_address = per_address
        self._reserved = min(reserved, most - 1)
        self._own = own
        self._guests: dict[Guest, None] = {}
        self._by_address: Counter[str] = Counter()
        self._known: dict[str, None] = {}
        self._full = False

    def __len__(self) -> int:
        return len(self._guests)

    def limit(self, most: int) -> None:
        """Let no more in than this, whatever was said before: there are no more files to be had."""
        self._most = max(2, min(self._most, most))
        self._reserved = min(self._reserved, self._most - 1)

    def device_at(self, address: str) -> None:
        """A device of the hall has shown its token from this address."""
        if address not in self._known:
            if len(self._known) >= KNOWN_MOST:
                del self._known[next(iter(self._known))]
            self._known[address] = None

    def enter(self, guest: Guest) -> tuple[bool, Guest | None]:
        """Somebody has come: may they stay, and who must go for them."""
        address = guest.address
        at_home = self._own(address)
        trusted = at_home or address in self._known
        leaver: Guest | None = None
        if not at_home and self._by_address[address] >= self._per_address:
            leaver = self._idlest(address)
            if leaver is None:
                return self._refused()
        elif len(self._guests) >= (self._most if trusted else self._most - self._reserved):
            leaver = self._idlest(self._crowd(trusted))
            if leaver is None:
                return self._refused()
        if leaver is not None:
            self._told()
            self.leave(leaver)
        self._guests[guest] = None
        self._by_address[address] += 1
        return True, leaver

    def leave(self, guest: Guest) -> None:
        """A connection has ended, or was given up."""
        if guest in self._guests:
            del self._guests[guest]
            self._by_address[guest.address] -= 1
            if not self._by_address[guest.address]:
                del self._by_address[guest.address]
        if self._full and len(self._guests) < (self._most - self._reserved) * 3 // 4:
            self._full = False
            log.info("web.room_again", connections=len(self._guests))

    def _crowd(self, trusted: bool) -> str | None:
        """The address with most connections; strangers never push out the hall's own."""
        for address, _ in self._by_address.most_common():
            if trusted or not (self._own(address) or address in self._known):
                return address
        return None

    def _idlest(self, address: str | None) -> Guest | None:
        """Who of an address has waited longest, None when all are at work."""
        waits = [
            (since, guest)
            for guest in self._guests
            if guest.address == address and (since := guest.idle_since) is not None
        ]
        return min(waits, key=lambda wait: wait[0])[1] if waits else None

    def _refused(self) -> tuple[bool, None]:
        self._told()
        return False, None

    def _told(self) -> None:
        if not self._full:
            self._full = True
            log.warning("web.full", connections=len(self._guests), addresses=len(self._by_address))
