"""What all pads that look like USB keyboards share: a code means a reading, nothing is shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any

import msgspec

from drivers.device import DeviceSink, Reading, Wanted
from drivers.hid.keys import code_of
from drivers.hid.link import KeyLink
from drivers.transport.api import Line

DebounceMs = Annotated[float, msgspec.Meta(ge=0, le=5000)]
"""Within which a key that comes again bounced."""
DEBOUNCE_MS = 80.0


class HidPad:
    """A pad without a display, alone on its line.

    ``meanings`` gives the reading of a key's code. Keys named in ``ignored`` are pressed by the pad itself,
    unless they have a meaning.
    """

    def __init__(
        self,
        line: Line,
        sink: DeviceSink,
        meanings: Mapping[int, Reading],
        ignored: Collection[str],
        debounce_ms: float,
    ) -> None:
        codes = {code_of(name) for name in ignored} - meanings.keys()
        self._link = KeyLink(line, sink, meanings.get, ignored=codes, debounce=debounce_ms / 1000)

    async def run(self) -> None:
        """Report presses until the pad is pulled out."""
        await self._link.run()

    async def show(self, wanted: Wanted[Any]) -> None:
        """Nothing: such pads show nothing."""

    async def test(self) -> None:
        """Blink the Num Lock lamp, where there is one."""
        await self._link.blink()
