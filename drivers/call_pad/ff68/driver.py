"""Call keypads of the FF68 family: keys in; digits and a beep out."""

from __future__ import annotations

import msgspec

from drivers.call_pad.api import CallPad, Key, KeypadFace, KeyPressed
from drivers.device import DeviceSink, Reading, Wanted
from drivers.facts import fact
from drivers.ff68.codec import RATING, Frame
from drivers.ff68.pad import DEBOUNCE_MS, REFRESH_S, DebounceMs, Ff68Pad, RefreshS
from drivers.options import OptionError, hex_bytes
from drivers.transport.api import Line

KEYS = {
    "0C": Key.CALL,
    "0D": Key.RECALL,
    "0B": Key.EVALUATE,
    "0F": Key.CONFIRM,
    "06 0F": Key.NO_SHOW,
    "00 0F": Key.HOLD,
    "03 0F": Key.CALL_BACK,
    "12": Key.PAUSE,
    "13": Key.TRANSFER,
}
_MOST = 999_999


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the keys mean.

    ``keys`` maps the last data bytes of a press, in hex, to a function; the longest that fits
    counts, and a press that none fits isn't acknowledged, so that the keypad tells the teller.
    ``debounce_ms`` must be longer than the keypad goes on repeating an unacknowledged press. The
    digits are sent again every ``refresh_s``.
    """

    keys: dict[str, Key] = msgspec.field(default_factory=lambda: dict(KEYS))
    debounce_ms: DebounceMs = DEBOUNCE_MS
    refresh_s: RefreshS = REFRESH_S

    def __post_init__(self) -> None:
        """Raises `OptionError` for a key that is no hex, or empty."""
        self.codes()

    def codes(self) -> dict[bytes, Key]:
        """``keys`` as bytes, longest first."""
        codes = {hex_bytes("keys", text): key for text, key in self.keys.items()}
        if b"" in codes:
            raise OptionError(fact("options.empty_key", key=codes[b""]))
        return dict(sorted(codes.items(), key=lambda item: -len(item[0])))


class Ff68Keypad(Ff68Pad, CallPad):
    """A call keypad."""

    def __init__(self, line: Line, unit: int, options: Options, sink: DeviceSink) -> None:
        self._codes = options.codes()
        super().__init__(line, unit, sink, self._understand, options.debounce_ms, options.refresh_s)
        self._refused: int | None = None

    async def show(self, wanted: Wanted[KeypadFace]) -> None:
        """Show how many wait, and beep when refusals have grown since the last show."""
        await self._link.show(lambda: _waiting(wanted.newest()), wanted.changed)
        refused = wanted.newest().refused
        heard, self._refused = self._refused, refused
        if heard is not None and refused > heard:
            await self._link.beep(wanted.changed)

    def _understand(self, frame: Frame) -> Reading | None:
        if frame.function == RATING:
            return None
        for code, key in self._codes.items():
            if frame.data.endswith(code):
                return KeyPressed(key)
        self._link.puzzled(frame)
        return None


def _waiting(face: KeypadFace) -> str:
    return "" if face.waiting is None else str(min(max(face.waiting, 0), _MOST))


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> Ff68Keypad:
    """A keypad with address ``unit`` (1-255), or alone on its line (0).

    Raises `ConfigurationError` (``driver.options``) for a unit that no keypad can have.
    """
    return Ff68Keypad(line, unit, options, sink)
