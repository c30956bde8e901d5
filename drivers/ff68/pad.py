"""What all pads of the FF68 family share: an address, a link, a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec

from drivers.device import DeviceSink, Reading
from drivers.errors import ConfigurationError
from drivers.facts import fact
from drivers.ff68.codec import Frame
from drivers.ff68.link import PadLink
from drivers.transport.api import Line

DebounceMs = Annotated[float, msgspec.Meta(ge=0, le=5000)]
"""Longer than a pad goes on repeating an unacknowledged press."""
DEBOUNCE_MS = 300.0
RefreshS = Annotated[float, msgspec.Meta(ge=1, le=3600)]
"""Between two sendings of the digits."""
REFRESH_S = 15.0


class Ff68Pad:
    """A pad with address ``unit`` (1-255), or alone on its line (0).

    ``understand`` makes a reading of a frame, None where it has no meaning for this kind of pad. Raises
    `ConfigurationError` (``driver.options``) for a unit that no pad can have.
    """

    def __init__(
        self,
        line: Line,
        unit: int,
        sink: DeviceSink,
        understand: Callable[[Frame], Reading | None],
        debounce_ms: float,
        refresh_s: float,
    ) -> None:
        if not 0 <= unit <= 255:
            wrong = fact("options.unit_range", unit=unit, least=0, most=255)
            raise ConfigurationError("driver.options", wrong)
        self._link = PadLink(line, unit, sink, understand, debounce=debounce_ms / 1000, refresh=refresh_s)

    async def run(self) -> None:
        """Report presses until the line is lost."""
        await self._link.run()

    async def test(self) -> None:
        """Show eights and beep."""
        self._link.forget_digits()
        await self._link.show(lambda: "888888")
        await self._link.beep()
