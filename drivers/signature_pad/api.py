"""What signature pads show and report."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from drivers.device import Reading, ShowDevice


class SignMode(StrEnum):
    """What a pad is for at the moment."""

    IDLE = "idle"
    SIGN = "sign"


class SignatureFace(msgspec.Struct, frozen=True, omit_defaults=True, tag="signature", tag_field="face"):
    """Strokes count while the mode is ``sign``; ``ticket`` is the number being signed for (``A012``)."""

    mode: SignMode = SignMode.IDLE
    ticket: str = ""


Point = tuple[int, int, int]
"""x and y in tenths of a millimetre from the top left, and milliseconds since the first point of all."""


class Signed(Reading, frozen=True, tag="signed"):
    """Somebody signed, on a pad of this size in tenths of a millimetre. Personal: it stands in no log."""

    width: int
    height: int
    strokes: tuple[tuple[Point, ...], ...]


class SignaturePad(ShowDevice[SignatureFace]):
    """A pad at a window."""
