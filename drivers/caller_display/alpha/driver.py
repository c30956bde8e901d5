"""Alpha signs (BetaBrite, Adaptive): letters, digits and punctuation, no Chinese.

Of the texts a row offers, those in ASCII come first, so a call shows at least its number; what
remains Chinese is replaced and reported. The sign centres what stands still. A text longer
than its row makes the whole message rotate on one line.

The sign takes what it is sent and says nothing, so nothing is ever confirmed: it is sent its text
again every ``poll_s``, which is also how long it may be wrong after a power cut. It could be asked
questions, but goes dark while it answers one.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from drivers.caller_display.alpha.codec import (
    ALL_TYPES,
    PRIORITY_LABEL,
    PRIORITY_SIZE,
    Mode,
    Packet,
    Position,
    Row,
    TextFile,
    encode,
    marked,
    write_text,
)
from drivers.caller_display.api import Colour, Page
from drivers.caller_display.api import Row as FaceRow
from drivers.caller_display.polled import PolledSign, Timing
from drivers.caller_display.refreshed import Layout, RefreshedProtocol
from drivers.caller_display.text import ASCII, fit
from drivers.device import DeviceSink
from drivers.errors import ConfigurationError
from drivers.facts import fact
from drivers.options import OptionError
from drivers.transport.api import Line

_GAP = "   "
"""Between the rows of a message that rotates on one line."""
_MARKS = 8
"""Bytes of control codes in a row at most: colour, flash on and off, new line."""
_LONGEST_ROW = 200


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Geometry and habits of a sign.

    ``columns`` counts characters. ``type`` is the sign's type code (``Z`` all, ``^`` BetaBrite),
    ``label`` the text file that is written: ``A``, which every sign has, or ``0``, the priority file in
    RAM, which holds 125 bytes. ``position`` matters on signs of two lines. A sign of one colour is
    sent none (``colours = false``). ``check`` is the packet's check sum. ``poll_s`` is the time between
    sendings.
    """

    type: Annotated[str, msgspec.Meta(pattern=r"^[!-~]\Z")] = ALL_TYPES
    label: Annotated[str, msgspec.Meta(pattern=r"^[ -~]\Z")] = "A"
    rows: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1
    columns: Annotated[int, msgspec.Meta(ge=4, le=80)] = 16
    position: Literal["middle", "top", "bottom", "fill"] = "middle"
    overflow: Literal["scroll", "shorten"] = "scroll"
    colours: bool = True
    flash: bool = True
    check: bool = True
    poll_s: Annotated[float, msgspec.Meta(ge=0.2, le=300)] = 10.0

    def __post_init__(self) -> None:
        """Raises `OptionError` for a priority file that could not hold the rows."""
        most = PRIORITY_SIZE // self.rows - _MARKS
        if self.label == PRIORITY_LABEL and self.columns > most:
            why = fact("options.label_room", rows=self.rows, columns=self.columns, most=most)
            raise OptionError(why)


class AlphaProtocol(RefreshedProtocol):
    """A sign and what it was sent."""

    def __init__(self, unit: int, options: Options) -> None:
        self._address = f"{unit:02X}"
        self._options = options
        super().__init__(answer=0)

    def lay_out(self, page: Page | None) -> Layout:
        """One text file; a dark display is an empty one."""
        options = self._options
        offered = page.rows[: options.rows] if page is not None else ()
        shorten = options.overflow == "shorten"
        lines = [fit(row.texts, options.columns, shorten=shorten, charset=ASCII) for row in offered]
        missing = " ".join(line.missing for line in lines if line.missing)
        scrolls = not all(line.fits for line in lines)
        rows = [
            Row(((line.text[:_LONGEST_ROW], row.colour),), row.flash and options.flash and not scrolls)
            for line, row in zip(lines, offered, strict=True)
        ]
        if scrolls:
            room = PRIORITY_SIZE if options.label == PRIORITY_LABEL else _LONGEST_ROW * options.rows
            rows = [_on_one_line(rows, room)]
        file = TextFile(
            options.label,
            marked(rows, colours=options.colours)
            if any(text for row in rows for text, _ in row.runs)
            else b"",
            Position[options.position.upper()],
            Mode.ROTATE if scrolls else Mode.HOLD,
        )
        packet = Packet(options.type, self._address, write_text(file))
        blank = not any(line.missing and line.text for line in lines)
        return Layout((encode(packet, check=options.check),), missing, scrolls=scrolls, blank=blank)


def _on_one_line(rows: list[Row], room: int) -> Row:
    runs: list[tuple[str, Colour]] = []
    for row in rows:
        for text, colour in row.runs:
            taken = sum(len(each) + 2 for each, _ in runs)
            text = text if not runs else _GAP + text
            runs.append((text[: max(0, room - taken - 2)], colour))
    return Row(tuple(run for run in runs if run[0]))


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> PolledSign:
    """A sign with address ``unit`` (1-255), or every sign on the line (0).

    Raises `ConfigurationError` (``driver.options``) for a unit that no sign can have.
    """
    if not 0 <= unit <= 255:
        raise ConfigurationError("driver.options", fact("options.unit_range", unit=unit, least=0, most=255))
    timing = Timing(poll=options.poll_s, silent_poll=options.poll_s)
    colours = tuple(Colour)
    rows = (FaceRow((f"TEST {unit}",), colours[index]) for index in range(options.rows))
    return PolledSign(line, AlphaProtocol(unit, options), timing, sink, Page(tuple(rows)))
