"""A pad as the far end of a line: sends presses until they are acknowledged, shows, beeps."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol

from drivers.ff68.codec import BEEP, DIGITS, PLACES, Decoder, Frame, acknowledgement, digits_text, encode

TRIES = 3
RETRY = 0.12
"""Seconds a pad waits for its acknowledgement. All its tries fall into the default debounce time."""
_MOST_WAITING = 8


class Timer(Protocol):
    """Something that was set to happen later."""

    def cancel(self) -> None:
        """Let it not happen."""


Later = Callable[[float, Callable[[], None]], Timer]


class Lamp(StrEnum):
    """The pad's lamp, lit by its last press."""

    DARK = "dark"
    SENDING = "sending"
    TAKEN = "taken"
    FAILED = "failed"


def call_later(delay: float, action: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(delay, action)


class SimulatedPad:
    """A `drivers.simulator.Simulator` of a pad with address ``unit``.

    ``later`` runs its retry timer. A press made while another is on its way waits; of more than
    eight waiting ones the oldest are lost.
    """

    def __init__(self, unit: int, later: Later = call_later) -> None:
        self.unit = unit or 1
        self.powered = True
        self.muted = False
        self.digits = " " * PLACES
        self.beeps = 0
        self.lamp = Lamp.DARK
        self._later = later
        self._decoder = Decoder()
        self._waiting: deque[Frame] = deque(maxlen=_MOST_WAITING)
        self._sent: Frame | None = None
        self._tries = 0
        self._timer: Timer | None = None
        self._send: Callable[[bytes], None] | None = None
        self._notify: Callable[[], None] = lambda: None

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the line."""
        self._send = send

    def disconnect(self) -> None:
        """The line is closed; a press on its way is lost when its tries are used up."""
        self._send = None
        self._decoder = Decoder()

    def on_change(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` whenever the view changes."""
        self._notify = notify

    def receive(self, data: bytes) -> None:
        """Bytes arrived; only those for this address matter."""
        if not self.powered or self.muted:
            return
        for frame in self._decoder.feed(data):
            if frame.address != self.unit:
                continue
            if self._sent is not None and frame == acknowledgement(self._sent):
                self._settle(Lamp.TAKEN)
            elif frame.function == DIGITS and len(frame.data) == PLACES:
                self.digits = digits_text(frame)
                self._notify()
            elif frame.function == BEEP:
                self.beeps += 1
                self._notify()

    def view(self) -> dict[str, Any]:
        """``{"digits": "   012", "beeps": 2, "lamp": "taken", "powered": true}``."""
        return {
            "digits": self.digits,
            "beeps": self.beeps,
            "lamp": self.lamp.value,
            "powered": self.powered,
        }

    def power_off(self) -> None:
        """Pull its plug."""
        self.powered = False
        self.digits = " " * PLACES
        self._waiting.clear()
        self._settle(Lamp.DARK)

    def power_on(self) -> None:
        """Plug it in again."""
        self.powered = True
        self._notify()

    def mute(self, muted: bool) -> None:
        """Cut or mend its data wire, both ways."""
        self.muted = muted

    def send_press(self, frame: Frame) -> None:
        """Send a frame as a pressed key does."""
        if not self.powered:
            return
        self._waiting.append(frame)
        if self._sent is None:
            self._next()

    def _next(self) -> None:
        if not self._waiting:
            return
        self._sent = self._waiting.popleft()
        self._tries = 0
        self.lamp = Lamp.SENDING
        self._try()
        self._notify()

    def _try(self) -> None:
        assert self._sent is not None
        if self._tries == TRIES:
            self._settle(Lamp.FAILED)
            return
        self._tries += 1
        self._timer = self._later(RETRY, self._try)
        if self._send is not None and not self.muted:
            self._send(encode(self._sent))

    def _settle(self, lamp: Lamp) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._sent = None
        self.lamp = lamp
        self._next()
        self._notify()
