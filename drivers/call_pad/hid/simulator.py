"""A call keypad that looks like a USB keyboard."""

from __future__ import annotations

from typing import Any

from drivers.call_pad.api import Key
from drivers.call_pad.hid.driver import Options
from drivers.hid.simulator import SimulatedKeys


class SimulatedHidKeypad(SimulatedKeys):
    """A keypad, built like the driver from its profile."""

    def __init__(self, options: Options | None = None) -> None:
        super().__init__()
        self._codes = {key: code for code, key in (options or Options()).codes().items()}

    def press(self, key: Key | str) -> None:
        """Press a key by its function. Raises KeyError or ValueError when the keypad has none such."""
        self.press_code(self._codes[Key(key)])

    def view(self) -> dict[str, Any]:
        """The pad's view, its kind and its keys."""
        return {"kind": "keypad", **super().view(), "keys": [key.value for key in self._codes]}
