"""What call keypads report and show."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from drivers.device import Reading, ShowDevice


class Key(StrEnum):
    """Functions of a call keypad, whatever is printed on the cap."""

    CALL = "call"
    RECALL = "recall"
    EVALUATE = "evaluate"
    CONFIRM = "confirm"
    NO_SHOW = "no_show"
    HOLD = "hold"
    CALL_BACK = "call_back"
    PAUSE = "pause"
    TRANSFER = "transfer"


class KeyPressed(Reading, frozen=True, tag="key"):
    """A key of a call keypad went down."""

    key: Key


class KeypadFace(msgspec.Struct, frozen=True, omit_defaults=True, tag="keypad", tag_field="face"):
    """The digits of a call keypad: how many people wait for this window; None leaves them blank.

    ``refused`` counts refusals shown so far (a beep each time it grows), so that a press that
    did nothing is heard.
    """

    waiting: int | None = None
    refused: int = 0


class CallPad(ShowDevice[KeypadFace]):
    """A call keypad at a window."""
