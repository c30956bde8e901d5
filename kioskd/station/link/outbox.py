"""Messages on their way out of one end of a connection."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable

from kioskd.station.messages import DeviceReport, Show, Shown, ToHub, ToStation

MOST = 10_000
"""Messages held for a peer that doesn't read; far more than a hall's devices and open jobs."""


class Outbox:
    """A bounded queue in which a newer level takes the place of an older one of the same device."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hashable, ToHub | ToStation] = OrderedDict()
        self._ready = asyncio.Event()
        self._count = 0
        self.overflowed = False
        """Whether something had to be dropped; the connection is then worth nothing."""

    def put(self, message: ToHub | ToStation) -> None:
        """Add a message; never blocks."""
        self._count += 1
        key: Hashable = self._count
        if isinstance(message, Show | Shown | DeviceReport):
            key = (type(message), message.device)
            self._waiting.pop(key, None)
        if len(self._waiting) >= MOST:
            self.overflowed = True
        else:
            self._waiting[key] = message
        self._ready.set()

    async def get(self) -> ToHub | ToStation:
        """Take the oldest message, waiting for one. Raises `OverflowError` after an overflow."""
        while not self._waiting:
            self._ready.clear()
            await self._ready.wait()
        if self.overflowed:
            raise OverflowError("the other end takes no messages")
        return self._waiting.popitem(last=False)[1]
