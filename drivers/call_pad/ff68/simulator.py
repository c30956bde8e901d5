"""A call keypad of the FF68 family."""

from __future__ import annotations

from typing import Any

from drivers.call_pad.api import Key
from drivers.call_pad.ff68.driver import Options
from drivers.ff68.codec import KEY, Frame
from drivers.ff68.simulator import Later, SimulatedPad, call_later


class SimulatedKeypad(SimulatedPad):
    """A keypad, built like the driver from its profile."""

    def __init__(self, unit: int, options: Options | None = None, later: Later = call_later) -> None:
        super().__init__(unit, later)
        self._codes = {key: code for code, key in (options or Options()).codes().items()}

    def press(self, key: Key | str) -> None:
        """Press a key by its function. Raises KeyError or ValueError when the keypad has none such."""
        self.send_press(Frame(self.unit, KEY, self._codes[Key(key)]))

    def view(self) -> dict[str, Any]:
        """The pad's view, its kind and its keys."""
        return {"kind": "keypad", **super().view(), "keys": [key.value for key in self._codes]}
