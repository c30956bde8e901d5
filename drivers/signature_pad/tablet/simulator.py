"""A pen tablet as the kernel shows it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from drivers.hid.simulator import SimulatedKeys
from drivers.signature_pad.tablet.codec import Place, strokes_out
from drivers.signature_pad.tablet.driver import Options

_STEP_S = 0.008
"""A pen reports some 125 times a second."""


class SimulatedTablet(SimulatedKeys):
    """A person signs on it."""

    def __init__(self, options: Options | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._options = options or Options()
        self.signatures = 0

    def sign(self, strokes: list[list[tuple[float, float]]]) -> None:
        """Draw strokes; x and y are shares of the width and height."""
        at, drawn = self._clock(), []
        for stroke in strokes:
            places: list[Place] = []
            for x, y in stroke:
                places.append((round(x * self._options.max_x), round(y * self._options.max_y), at))
                at += _STEP_S
            drawn.append(places)
        self.signatures += 1
        if self.powered and self._send is not None:
            for report in strokes_out(drawn):
                self._send(report)
        self._notify()

    def view(self) -> dict[str, Any]:
        """How often somebody signed."""
        return {"kind": "signature_pad", "powered": self.powered, "signatures": self.signatures}
