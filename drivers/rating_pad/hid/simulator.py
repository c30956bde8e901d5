"""A rating pad that looks like a USB keyboard."""

from __future__ import annotations

from typing import Any

from drivers.hid.simulator import SimulatedKeys
from drivers.rating_pad.hid.driver import Options


class SimulatedHidRatingPad(SimulatedKeys):
    """A pad with keys for levels, built like the driver from its profile."""

    def __init__(self, options: Options | None = None) -> None:
        super().__init__()
        self._codes = {level: code for code, level in (options or Options()).codes().items()}

    def rate(self, level: int) -> None:
        """Press a key of a level. Raises ValueError when the pad has no such key."""
        if level not in self._codes:
            raise ValueError(f"no key for level {level}")
        self.press_code(self._codes[level])

    def view(self) -> dict[str, Any]:
        """The pad's view, its kind and its levels, best first."""
        return {"kind": "rating_pad", **super().view(), "levels": sorted(self._codes, reverse=True)}
