"""Rating pads of the FF68 family: a key per level in; digits and a beep out."""

from __future__ import annotations

from typing import Annotated

import msgspec

from drivers.device import DeviceSink, Reading, Wanted
from drivers.facts import fact
from drivers.ff68.codec import RATING, Frame
from drivers.ff68.pad import DEBOUNCE_MS, REFRESH_S, DebounceMs, Ff68Pad, RefreshS
from drivers.options import OptionError
from drivers.rating_pad.api import PadFace, PadMode, Rated, RatingPad
from drivers.transport.api import Line

_Level = Annotated[int, msgspec.Meta(ge=1, le=5)]


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the keys mean.

    ``levels`` holds the level (5 非常满意 … 1 非常不满意) of the value 1, 2, … that the pad sends; a
    value beyond it isn't acknowledged. ``debounce_ms`` must be longer than the pad goes on
    repeating an unacknowledged press. The digits are sent again every ``refresh_s``.
    """

    levels: Annotated[tuple[_Level, ...], msgspec.Meta(min_length=2, max_length=9)] = (1, 2, 3, 4, 5)
    debounce_ms: DebounceMs = DEBOUNCE_MS
    refresh_s: RefreshS = REFRESH_S

    def __post_init__(self) -> None:
        """Raises `OptionError` for a level that two keys give."""
        for level in self.levels:
            if self.levels.count(level) > 1:
                raise OptionError(fact("options.same_level", level=level))


class Ff68RatingPad(Ff68Pad, RatingPad):
    """A rating pad."""

    def __init__(self, line: Line, unit: int, options: Options, sink: DeviceSink) -> None:
        self._levels = options.levels
        super().__init__(line, unit, sink, self._understand, options.debounce_ms, options.refresh_s)
        self._asked = ""

    async def show(self, wanted: Wanted[PadFace]) -> None:
        """While a ticket is to be rated show its number, with a beep at first; else nothing."""
        await self._link.show(lambda: _number(wanted.newest()), wanted.changed)
        face = wanted.newest()
        asked = face.ticket if face.mode is PadMode.RATE else ""
        before, self._asked = self._asked, asked
        if asked and asked != before:
            await self._link.beep(wanted.changed)

    def _understand(self, frame: Frame) -> Reading | None:
        if frame.function != RATING or not frame.data:
            return None
        value = frame.data[0]
        if not 1 <= value <= len(self._levels):
            self._link.puzzled(frame)
            return None
        return Rated(self._levels[value - 1])


def _number(face: PadFace) -> str:
    if face.mode is not PadMode.RATE:
        return ""
    return "".join(character for character in face.ticket if character in "0123456789")


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> Ff68RatingPad:
    """A rating pad with address ``unit`` (1-255), or alone on its line (0).

    Raises `ConfigurationError` (``driver.options``) for a unit that no pad can have.
    """
    return Ff68RatingPad(line, unit, options, sink)
