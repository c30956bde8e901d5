"""Rating pads that look like USB keyboards: a key per level."""

from __future__ import annotations

from typing import Annotated

import msgspec

from drivers.device import DeviceSink
from drivers.facts import fact
from drivers.hid.keys import codes_of
from drivers.hid.pad import DEBOUNCE_MS, DebounceMs, HidPad
from drivers.options import OptionError
from drivers.rating_pad.api import Rated, RatingPad
from drivers.transport.api import Line

_Level = Annotated[int, msgspec.Meta(ge=1, le=5)]
_FEWEST = 2
"""Levels of a pad."""
LEVELS = {f"KEY_{pad}{level}": level for pad in ("", "KP") for level in range(1, 6)}


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the keys mean.

    ``levels`` maps names of keys, as ``evtest`` shows them, to levels: 5 非常满意 … 1 非常不满意; a level
    may have several keys. Keys in ``ignored`` are pressed by the pad itself, as Enter after a digit. A key
    that comes again within ``debounce_ms`` bounced.
    """

    levels: dict[str, _Level] = msgspec.field(default_factory=lambda: dict(LEVELS))
    ignored: tuple[str, ...] = ("KEY_NUMLOCK", "KEY_ENTER", "KEY_KPENTER")
    debounce_ms: DebounceMs = DEBOUNCE_MS

    def __post_init__(self) -> None:
        """Raises `OptionError` for a name that no key has, and for fewer than two levels."""
        self.codes()
        codes_of(self.ignored)
        count = len(set(self.levels.values()))
        if count < _FEWEST:
            raise OptionError(fact("options.few_levels", count=count, least=_FEWEST))

    def codes(self) -> dict[int, int]:
        """``levels`` by code."""
        return {code: self.levels[name] for code, name in codes_of(self.levels).items()}


class HidRatingPad(HidPad, RatingPad):
    """A rating pad without a display."""

    def __init__(self, line: Line, options: Options, sink: DeviceSink) -> None:
        meanings = {code: Rated(level) for code, level in options.codes().items()}
        super().__init__(line, sink, meanings, options.ignored, options.debounce_ms)


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> HidRatingPad:
    """A rating pad, alone on its line."""
    return HidRatingPad(line, options, sink)
