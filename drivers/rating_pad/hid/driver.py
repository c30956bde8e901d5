"""Rating pads that look like USB keyboards: a key per level."""

from __future__ import annotations

from typing import Annotated

import msgspec

from drivers.device import DeviceSink, Reading, Wanted
from drivers.hid.keys import code_of, codes_of
from drivers.hid.link import KeyLink
from drivers.rating_pad.api import PadFace, Rated, RatingPad
from drivers.transport.api import Line

_Level = Annotated[int, msgspec.Meta(ge=1, le=5)]
LEVELS = {f"KEY_{pad}{level}": level for pad in ("", "KP") for level in range(1, 6)}


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the keys mean.

    ``levels`` maps names of keys, as ``evtest`` shows them, to levels: 5 非常满意 … 1 非常不满意; a level
    may have several keys. Keys in ``ignored`` are pressed by the pad itself, as Enter after a digit. A key
    that comes again within ``debounce_ms`` bounced.
    """

    levels: dict[str, _Level] = msgspec.field(default_factory=lambda: dict(LEVELS))
    ignored: tuple[str, ...] = ("KEY_NUMLOCK", "KEY_ENTER", "KEY_KPENTER")
    debounce_ms: Annotated[float, msgspec.Meta(ge=0, le=5000)] = 80.0

    def __post_init__(self) -> None:
        """Raises ValueError for a name that no key has, and for fewer than two levels."""
        self.codes()
        codes_of(self.ignored)
        if len(set(self.levels.values())) < 2:
            raise ValueError("levels: a pad has at least two levels")

    def codes(self) -> dict[int, int]:
        """``levels`` by code."""
        return {code: self.levels[name] for code, name in codes_of(self.levels).items()}


class HidRatingPad(RatingPad):
    """A rating pad without a display."""

    def __init__(self, line: Line, options: Options, sink: DeviceSink) -> None:
        self._codes = options.codes()
        ignored = {code_of(name) for name in options.ignored} - self._codes.keys()
        self._link = KeyLink(
            line, sink, self._understand, ignored=ignored, debounce=options.debounce_ms / 1000
        )

    async def run(self) -> None:
        """Report ratings until the pad is pulled out."""
        await self._link.run()

    async def show(self, wanted: Wanted[PadFace]) -> None:
        """Nothing: such pads show nothing."""

    async def test(self) -> None:
        """Blink the Num Lock lamp, where there is one."""
        await self._link.blink()

    def _understand(self, code: int) -> Reading | None:
        level = self._codes.get(code)
        return None if level is None else Rated(level)


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> HidRatingPad:
    """A rating pad, alone on its line."""
    return HidRatingPad(line, options, sink)
