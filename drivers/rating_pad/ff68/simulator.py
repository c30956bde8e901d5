"""A rating pad of the FF68 family."""

from __future__ import annotations

from typing import Any

from drivers.ff68.codec import RATING, Frame
from drivers.ff68.simulator import Later, SimulatedPad, call_later
from drivers.rating_pad.ff68.driver import Options


class SimulatedRatingPad(SimulatedPad):
    """A pad with a key per level, built like the driver from its profile."""

    def __init__(self, unit: int, options: Options | None = None, later: Later = call_later) -> None:
        super().__init__(unit, later)
        self._levels = (options or Options()).levels

    def rate(self, level: int) -> None:
        """Press the key of a level. Raises ValueError when the pad has no such key."""
        self.press_value(self._levels.index(level) + 1)

    def press_value(self, value: int) -> None:
        """Send a value as it stands on the wire."""
        self.send_press(Frame(self.unit, RATING, bytes((value,))))

    def view(self) -> dict[str, Any]:
        """The pad's view, its kind and its levels, best first."""
        return {"kind": "rating_pad", **super().view(), "levels": sorted(self._levels, reverse=True)}
