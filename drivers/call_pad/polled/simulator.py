"""A keypad that speaks only when asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from drivers.call_pad.api import Key
from drivers.call_pad.polled.codec import Fields, Template, decoder
from drivers.call_pad.polled.driver import Options
from drivers.ff68.simulator import Lamp
from drivers.hunt import Hunter

_MOST_WAITING = 8
_PLACES = 6


class SimulatedPolledKeypad:
    """A `drivers.simulator.Simulator` of a keypad, built like the driver from its profile.

    A press waits until it is asked for: where the profile has a confirmation it is told again and
    again until that comes, else once. Of more than eight waiting presses the oldest are lost.
    """

    def __init__(self, unit: int, options: Options) -> None:
        self.unit = unit
        self.powered = True
        self.muted = False
        self.digits = " " * _PLACES
        self.beeps = 0
        self.lamp = Lamp.DARK
        self.asked = 0
        self._frames = options.frames()
        self._codes = {key: code for code, key in self._frames.keys.items()}
        self._waiting: deque[int] = deque(maxlen=_MOST_WAITING)
        self._held: int | None = None
        self._ears: list[tuple[Hunter[Fields], Callable[[Fields], None]]] = [
            (decoder(template), action)
            for template, action in (
                (self._frames.query, self._answer),
                (self._frames.confirm, self._confirmed),
                (self._frames.digits, self._show),
                (self._frames.beep, self._beep),
            )
            if template is not None
        ]
        self._send: Callable[[bytes], None] | None = None
        self._notify: Callable[[], None] = lambda: None

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the line."""
        self._send = send

    def disconnect(self) -> None:
        """The line is closed."""
        self._send = None
        for ear, _ in self._ears:
            ear.clear()

    def on_change(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` whenever the view changes."""
        self._notify = notify

    def receive(self, data: bytes) -> None:
        """Bytes arrived; only those for this address matter."""
        if not self.powered or self.muted:
            return
        for ear, action in self._ears:
            for fields in ear.feed(data):
                if fields.unit == self.unit:
                    action(fields)

    def view(self) -> dict[str, Any]:
        """Return what other keypads show: kind, digits, beeps, lamp, powered, keys."""
        return {
            "kind": "keypad",
            "digits": self.digits,
            "beeps": self.beeps,
            "lamp": self.lamp.value,
            "powered": self.powered,
            "keys": [key.value for key in self._codes],
        }

    def press(self, key: Key | str) -> None:
        """Press a key by its function. Raises KeyError or ValueError when the keypad has none such."""
        self.press_code(self._codes[Key(key)])

    def press_code(self, code: int) -> None:
        """Press a key by its code."""
        if self.powered:
            self._waiting.append(code)
            self.lamp = Lamp.SENDING
            self._notify()

    def hold(self, key: Key | str) -> None:
        """Press a key and don't let go."""
        self._held = self._codes[Key(key)]

    def release(self) -> None:
        """Let go."""
        self._held = None

    def power_off(self) -> None:
        """Pull its plug."""
        self.powered = False
        self.digits = " " * _PLACES
        self._waiting.clear()
        self.lamp = Lamp.DARK
        self._notify()

    def power_on(self) -> None:
        """Plug it in again."""
        self.powered = True
        self._notify()

    def mute(self, muted: bool) -> None:
        """Cut or mend its data wire, both ways."""
        self.muted = muted

    def _answer(self, query: Fields) -> None:
        self.asked += 1
        code = self._waiting[0] if self._waiting else self._frames.idle
        self._say(self._frames.answer, self._held if self._held is not None else code)
        if self._waiting and self._frames.confirm is None:
            self._told()

    def _confirmed(self, confirmation: Fields) -> None:
        if self._waiting:
            self._told()

    def _told(self) -> None:
        self._waiting.popleft()
        self.lamp = Lamp.SENDING if self._waiting else Lamp.TAKEN
        self._notify()

    def _show(self, fields: Fields) -> None:
        self.digits = str(fields.count)[-_PLACES:].rjust(_PLACES)
        self._notify()

    def _beep(self, fields: Fields) -> None:
        self.beeps += 1
        self._notify()

    def _say(self, template: Template, code: int) -> None:
        if self._send is not None:
            self._send(template.encode(Fields(self.unit, code)))
