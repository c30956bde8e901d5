"""What differs between ESC/POS printers: profile data, never code."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from drivers.facts import fact
from drivers.options import OptionError, hex_bytes
from drivers.printer.api import ROLL_M, WARN_SLIPS, RollLength, WarnSlips

_CELL = 12
"""Dots of a half-width cell on every printer with 24-dot hanzi."""


class Mode(StrEnum):
    """How a slip crosses the wire."""

    TEXT = "text"
    RASTER = "raster"


class Charset(StrEnum):
    """What the printer's own font holds."""

    GB18030 = "gb18030"
    GBK = "gbk"


class Qr(StrEnum):
    """Who draws QR codes: the printer (``GS ( k``) or we (``GS v 0``)."""

    NATIVE = "native"
    RASTER = "raster"


class Cut(StrEnum):
    """The end of a slip."""

    PARTIAL = "partial"
    FULL = "full"
    NONE = "none"


class Confirm(StrEnum):
    """How the printer tells that a slip is on paper.

    ``process_id``: it repeats an id after the last line (``GS ( H``). ``fence``: it answers a
    question put behind the slip (``GS r``), which proves that every command was carried out.
    ``none``: it cannot tell, every outcome is unknown. ``probe``: ask the printer once.
    """

    PROCESS_ID = "process_id"
    FENCE = "fence"
    NONE = "none"
    PROBE = "probe"


class Presenter(StrEnum):
    """What stands between cutter and person. ``gs_e``: a presenter that is told by ``GS e``."""

    NONE = "none"
    GS_E = "gs_e"


class NotTaken(StrEnum):
    """What becomes of a slip that nobody takes: back into the printer's bin, or out onto the floor."""

    RETRACT = "retract"
    EJECT = "eject"


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Profile of one model, merged with what the hall says of its own printer. Times in seconds."""

    width_dots: Annotated[int, Meta(ge=128, le=1024, multiple_of=8)] = 576
    """Printable dots across."""
    columns: Annotated[int, Meta(ge=16, le=128)] = 48
    """Half-width characters across at size 1; a hanzi takes two."""
    mode: Mode = Mode.TEXT
    charset: Charset = Charset.GB18030
    double_byte: bool = True
    """Switch to two-byte characters by ``FS &`` and back by ``FS .``; false where the printer is
    set to it for good and takes the switch for text."""
    code_page: Annotated[int, Meta(ge=0, le=255)] | None = None
    """``ESC t`` for the one-byte half; None sends nothing."""
    before: str = ""
    """Hex bytes after the reset, such as ``1c 43 00`` or ``1b 39 00``: makers differ."""
    after: str = ""
    """Hex bytes after the cut: makers differ."""
    presenter: Presenter = Presenter.NONE
    present_mm: Annotated[float, Meta(ge=10, le=1000)] = 80.0
    """How much of a slip is held out to the person."""
    present_step_mm: Annotated[float, Meta(gt=0, le=50)] = 7.0
    """Length of a presenter's step: 7 mm (Pyramid Reliance), 0.625 mm (Custom KPM 210)."""
    present_s: Annotated[float, Meta(ge=3, le=300)] = 20.0
    """For a person to take the slip; the next slip pushes it out before."""
    not_taken: NotTaken = NotTaken.RETRACT
    font: str = ""
    """Path of the font for raster mode."""
    qr: Qr = Qr.NATIVE
    cut: Cut = Cut.PARTIAL
    dpi: Annotated[int, Meta(ge=100, le=400)] = 203
    """Dots to the inch, to reckon how much paper a slip takes."""
    cut_feed_mm: Annotated[float, Meta(ge=0, le=50)] = 12.0
    """Paper between print head and cutter, which every cut pushes out blank."""
    roll_m: RollLength = ROLL_M
    warn_slips: WarnSlips = WARN_SLIPS
    near_end: bool = True
    """Whether there is a near-end sensor; without one some models report near-end for ever."""
    asb: bool = True
    """Ask for status as it changes (``GS a``), beside polling. Not used beside a fence: with one byte
    of a status lost, its rest would pass for the fence's answer; nor with a presenter, whose full status
    begins like an automatic one."""
    confirm: Confirm = Confirm.PROBE
    poll: Annotated[float, Meta(gt=0, le=60)] = 2.0
    """Between two looks at an idle printer."""
    poll_printing: Annotated[float, Meta(gt=0, le=60)] = 0.5
    """Between two looks while a slip is printing."""
    confirm_within: Annotated[float, Meta(gt=0, le=300)] = 8.0
    """For a slip to be confirmed, beyond its time on the wire and through the printer: 60 mm of
    paper take a slow printer (60 mm/s) 1 s, the cut 1 s, the presenter up to 4 s."""

    def __post_init__(self) -> None:
        """Refuse what no single field shows to be wrong."""
        most = self.width_dots // _CELL
        if self.columns > most:
            why = fact("options.columns", columns=self.columns, width=self.width_dots, cell=_CELL, most=most)
            raise OptionError(why)
        hex_bytes("before", self.before)
        hex_bytes("after", self.after)
