"""What rating pads report and show."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from drivers.device import Reading, ShowDevice


class PadMode(StrEnum):
    """What a pad asks of the citizen."""

    IDLE = "idle"
    RATE = "rate"
    THANKS = "thanks"
    PAUSED = "paused"
    CLOSED = "closed"


class Rated(Reading, frozen=True, tag="rated"):
    """A rating key was pressed: 5 非常满意 … 1 非常不满意, already mapped by the pad's profile."""

    level: int


class PadFace(msgspec.Struct, frozen=True, omit_defaults=True, tag="pad", tag_field="face"):
    """What a pad shows. ``ticket`` is the number being rated, such as ``A012``."""

    mode: PadMode = PadMode.IDLE
    ticket: str = ""


class RatingPad(ShowDevice[PadFace]):
    """A rating pad at a window."""
