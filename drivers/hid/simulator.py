"""A keyboard-like pad as the kernel shows it: key events out, a lamp in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from drivers.hid.codec import DOWN, EV_KEY, EV_LED, LED_NUML, REPORT, UP, Decoder, Event, encode

HOLD = 0.15
"""Seconds a finger stays on a key."""


class SimulatedKeys:
    """A `drivers.simulator.Simulator` of an input device; ``clock`` times its events.

    Each key press is later than the one before by at least a finger's time, also where many come at once.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.powered = True
        self.lamp = False
        self.blinks = 0
        self._clock = clock
        self._at = 0.0
        self._decoder = Decoder(EV_LED)
        self._send: Callable[[bytes], None] | None = None
        self._notify: Callable[[], None] = lambda: None

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the device."""
        self._send = send

    def disconnect(self) -> None:
        """The device is closed."""
        self._send = None
        self._decoder = Decoder(EV_LED)

    def on_change(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` whenever the view changes."""
        self._notify = notify

    def receive(self, data: bytes) -> None:
        """Lamps are switched."""
        for event in self._decoder.feed(data):
            if event.code == LED_NUML:
                self.lamp = bool(event.value)
                self.blinks += self.lamp
                self._notify()

    def view(self) -> dict[str, Any]:
        """``{"digits": "", "beeps": 0, "lamp": "dark", "powered": true}``; it can neither show nor beep."""
        return {
            "digits": "",
            "beeps": 0,
            "lamp": "taken" if self.lamp else "dark",
            "powered": self.powered,
        }

    def power_off(self) -> None:
        """Cut its power."""
        self.powered = self.lamp = False
        self._notify()

    def power_on(self) -> None:
        """Give it power again."""
        self.powered = True
        self._notify()

    def press_code(self, code: int) -> None:
        """Press and release a key."""
        if self._send is None or not self.powered:
            return
        down = max(self._clock(), self._at + HOLD)
        self._at = down + HOLD
        report = encode(REPORT)
        self._send(encode(Event(down, EV_KEY, code, DOWN)) + report)
        self._send(encode(Event(self._at, EV_KEY, code, UP)) + report)
