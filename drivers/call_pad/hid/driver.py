"""Call keypads that look like USB keyboards, such as numeric keypads."""

from __future__ import annotations

from typing import Annotated

import msgspec

from drivers.call_pad.api import CallPad, Key, KeypadFace, KeyPressed
from drivers.device import DeviceSink, Reading, Wanted
from drivers.hid.keys import code_of, codes_of
from drivers.hid.link import KeyLink
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
    debounce_ms: Annotated[float, msgspec.Meta(ge=0, le=5000)] = 80.0

    def __post_init__(self) -> None:
        """Raises ValueError for a name that no key has."""
        self.codes()
        codes_of(self.ignored)

    def codes(self) -> dict[int, Key]:
        """``keys`` by code."""
        return {code: self.keys[name] for code, name in codes_of(self.keys).items()}


class HidKeypad(CallPad):
    """A call keypad without a display."""

    def __init__(self, line: Line, options: Options, sink: DeviceSink) -> None:
        self._codes = options.codes()
        ignored = {code_of(name) for name in options.ignored} - self._codes.keys()
        self._link = KeyLink(
            line, sink, self._understand, ignored=ignored, debounce=options.debounce_ms / 1000
        )

    async def run(self) -> None:
        """Report presses until the keypad is pulled out."""
        await self._link.run()

    async def show(self, wanted: Wanted[KeypadFace]) -> None:
        """Nothing: such keypads show nothing."""

    async def test(self) -> None:
        """Blink the Num Lock lamp, where there is one."""
        await self._link.blink()

    def _understand(self, code: int) -> Reading | None:
        key = self._codes.get(code)
        return None if key is None else KeyPressed(key)


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> HidKeypad:
    """A keypad, alone on its line."""
    return HidKeypad(line, options, sink)
