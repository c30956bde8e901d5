"""What every ticket printer can do."""

from __future__ import annotations

from abc import abstractmethod
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from drivers.device import Device, Reading
from drivers.outcome import Outcome as Outcome

ROLL_M = 80.0
"""Metres on a roll of 80 mm thermal paper, 80 mm across, as kiosk printers take them."""
WARN_SLIPS = 100
"""Slips left at which staff should have a new roll at hand: half an hour of a busy morning."""

RollLength = Annotated[float, Meta(gt=0, le=1000)]
WarnSlips = Annotated[int, Meta(ge=0, le=10_000)]


class RollSize(msgspec.Struct, frozen=True):
    """What a printer's options say about its paper, under these names in every family's options.

    ``roll_m``: metres on a new roll. ``warn_slips``: slips left at which it runs low.
    """

    roll_m: RollLength = ROLL_M
    warn_slips: WarnSlips = WARN_SLIPS


class Align(StrEnum):
    """Horizontal place of an element on the paper."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Text(msgspec.Struct, frozen=True, tag="text", tag_field="kind", omit_defaults=True):
    """One paragraph; too long for the paper, it wraps between characters. ``size`` is 1–8 times."""

    text: str
    size: int = 1
    align: Align = Align.LEFT
    bold: bool = False


class Pair(msgspec.Struct, frozen=True, tag="pair", tag_field="kind", omit_defaults=True):
    """One line with text at both edges."""

    left: str
    right: str
    bold: bool = False


class Rule(msgspec.Struct, frozen=True, tag="rule", tag_field="kind"):
    """A line across the paper."""


class Feed(msgspec.Struct, frozen=True, tag="feed", tag_field="kind"):
    """Empty lines."""

    lines: int = 1


class Code(msgspec.Struct, frozen=True, tag="code", tag_field="kind", omit_defaults=True):
    """A QR code; ``module`` is the edge of one module in dots (3–8)."""

    data: str
    module: int = 5


Element = Text | Pair | Rule | Feed | Code


class Slip(msgspec.Struct, frozen=True):
    """What goes on one piece of paper, cut off at its end."""

    elements: tuple[Element, ...]


class PrintResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """Outcome of a slip and, unless done, why (a status code such as ``printer.paper_out``).

    ``FAILED`` is said only when it is known that no readable slip reached a person: nothing was
    sent, or the printer confirmed that it cleared its buffer. Everything else short of a
    confirmation is ``UNKNOWN``.
    """

    outcome: Outcome
    code: str = ""


class SlipRetracted(Reading, frozen=True, tag="slip_retracted"):
    """Nobody took a slip in time: it is in the printer's bin.

    ``slip`` is what `TicketPrinter.slips` was once it had been printed. The outcome of printing it was DONE.
    """

    slip: int


class TicketPrinter(Device):
    """A printer for tickets.

    ``slips`` counts those that were begun since the driver was built.
    ``used_mm`` counts the millimetres of paper that came out since the driver was built, as far as the
    driver can reckon them; a slip that failed counts nothing, one in doubt counts whole.
    """

    used_mm: float = 0.0
    slips: int = 0

    async def prepare(self, slip: Slip) -> None:
        """Get ready what `print` of this slip needs short of its first byte: ask the printer, draw the slip.

        The owner calls it while it makes sure of the slip elsewhere, and may never print it after all.
        `print` does without; what is old by then it does again. Never raises for a fault of the printer.
        """

    @abstractmethod
    async def print(self, slip: Slip) -> PrintResult:
        """Print one slip and wait for its end on paper as far as the model can confirm it.

        One slip at a time; the owner waits for the result before the next. Cancelling it after
        the first byte leaves the outcome unknown. Never raises for a fault of the printer.
        """
