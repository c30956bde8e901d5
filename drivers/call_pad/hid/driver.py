"""Call keypads that look like USB keyboards, such as numeric keypads."""

from __future__ import annotations

import msgspec

from drivers.call_pad.api import CallPad, Key, KeyPressed
from drivers.device import DeviceSink
from drivers.hid.keys import codes_of
from drivers.hid.pad import DEBOUNCE_MS, DebounceMs, HidPad
from drivers.transport.api import Line

KEYS = {
    "KEY_KPENTER": Key.CALL,
    "KEY_KPPLUS": Key.RECALL,
    "KEY_KPMINUS": Key.NO_SHOW,
    "KEY_KPASTERISK": Key.EVALUATE,
    "KEY_KPSLASH": Key.TRANSFER,
    "KEY_KP0": Key.PAUSE,
    "KEY_KPDOT": Key.CONFIRM,
    "KEY_KP1": Key.HOLD,
    "KEY_KP2": Key.CALL_BACK,
}


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the keys mean.

    ``keys`` maps names of keys, as ``evtest`` shows them, to functions. Keys in ``ignored`` are pressed
    by the keypad itself, as some send Num Lock around every key. A key that comes again within
    ``debounce_ms`` bounced.
    """

    keys: dict[str, Key] = msgspec.field(default_factory=lambda: dict(KEYS))
    ignored: tuple[str, ...] = ("KEY_NUMLOCK",)
    debounce_ms: DebounceMs = DEBOUNCE_MS

    def __post_init__(self) -> None:
        """Raises `OptionError` for a name that no key has."""
        self.codes()
        codes_of(self.ignored)

    def codes(self) -> dict[int, Key]:
        """``keys`` by code."""
        return {code: self.keys[name] for code, name in codes_of(self.keys).items()}


class HidKeypad(HidPad, CallPad):
    """A call keypad without a display."""

    def __init__(self, line: Line, options: Options, sink: DeviceSink) -> None:
        meanings = {code: KeyPressed(key) for code, key in options.codes().items()}
        super().__init__(line, sink, meanings, options.ignored, options.debounce_ms)


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> HidKeypad:
    """A keypad, alone on its line."""
    return HidKeypad(line, options, sink)
