"""A pad's end of an input device: presses in, a lamp out.

There is nothing to ask such a pad: it is online while its file is open, and the kernel tells at once
when it is pulled out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Set

from drivers.device import DeviceSink, Reading
from drivers.facts import Fact, fact
from drivers.hid.codec import LED_NUML, Debounce, Decoder, Event, encode, lamp
from drivers.hid.keys import name_of
from drivers.status import DeviceState, DeviceStatus
from drivers.transport.api import Line

BLINKS = 3
BLINK = 0.2
"""Seconds on and off, slow enough to be seen."""

_UNHEARD = fact("keys.none_yet")
_HEARD = fact("keys.heard")


class KeyLink:
    """One pad on its own line.

    ``understand`` makes a reading of a key's code; one that it returns None for is told to technicians
    unless it is ``ignored``. ``debounce`` is in seconds.
    """

    def __init__(
        self,
        line: Line,
        sink: DeviceSink,
        understand: Callable[[int], Reading | None],
        *,
        ignored: Set[int],
        debounce: float,
    ) -> None:
        self._line = line
        self._sink = sink
        self._understand = understand
        self._ignored = ignored
        self._decoder = Decoder()
        self._debounce = Debounce(debounce)
        self._status: DeviceStatus | None = None

    async def run(self) -> None:
        """Report presses until the pad is pulled out."""
        stop = self._line.listen(self._heard)
        try:
            self._report(_UNHEARD)
            await self._line.wait_lost()
        finally:
            stop()

    async def blink(self) -> None:
        """Blink the Num Lock lamp; on a pad without one nothing is seen."""
        for on in (True, False) * BLINKS:
            data = lamp(LED_NUML, on)
            self._sink.traffic(">", data)
            async with self._line.turn():
                await self._line.write(data)
            await asyncio.sleep(BLINK)

    def _heard(self, data: bytes) -> None:
        for event in self._decoder.feed(data):
            if self._debounce.is_press(event) and event.code not in self._ignored:
                self._pressed(event)

    def _pressed(self, event: Event) -> None:
        self._sink.traffic("<", encode(event))
        reading = self._understand(event.code)
        if reading is None:
            self._report(fact("keys.unknown", key=name_of(event.code)))
            return
        self._report(_HEARD)
        self._sink.reading(reading)

    def _report(self, known: Fact) -> None:
        status = DeviceStatus(state=DeviceState.ONLINE, facts=(known,))
        if status != self._status:
            self._status = status
            self._sink.status(status)
