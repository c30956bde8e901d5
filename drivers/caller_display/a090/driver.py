"""Dual-colour boards with the frame head ``A0 90``, usually several on RS-485.

Every character carries its colour, so the rows of a board are sent as one text, each filled with
blanks up to the board's width: the board lays characters from left to right and goes on in the next
row. The frame knows neither scrolling nor flashing: what doesn't fit is shortened, unless the
board is known to scroll a text longer than itself (``overflow = "scroll"``, one row only).
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from drivers.caller_display.a090.codec import (
    MAX_DATA,
    REPLY_LENGTH,
    Reply,
    Text,
    coloured,
    decoder,
    encode_message,
)
from drivers.caller_display.api import Colour, Page, Row
from drivers.caller_display.polled import Answer, PolledSign, Timing, Verdict
from drivers.caller_display.refreshed import Layout, RefreshedProtocol
from drivers.caller_display.text import cut, fit, pad
from drivers.device import DeviceSink
from drivers.errors import ConfigurationError
from drivers.facts import fact
from drivers.options import OptionError
from drivers.transport.api import Line

_LONGEST = MAX_DATA // 2
"""Cells: an ASCII character takes a byte and its colour, a hanzi two and its colour."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Geometry of a board.

    ``columns`` counts cells of half a hanzi: a board of 8 hanzi has 16. Times as for other signs:
    ``poll_s`` between sendings to a healthy board, ``silent_poll_s`` to a silent one, ``answer_ms``
    until an answer counts as missing, on top of its wire time.
    """

    rows: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1
    columns: Annotated[int, msgspec.Meta(ge=2, le=64)] = 16
    align: Literal["left", "center"] = "center"
    overflow: Literal["scroll", "shorten"] = "shorten"
    poll_s: Annotated[float, msgspec.Meta(ge=0.2, le=300)] = 10.0
    silent_poll_s: Annotated[float, msgspec.Meta(ge=0.1, le=10)] = 0.4
    answer_ms: Annotated[float, msgspec.Meta(ge=10, le=5000)] = 150.0

    def __post_init__(self) -> None:
        """Raises `OptionError` where the text of all rows would not fit one frame."""
        cells = self.rows * self.columns
        if cells > _LONGEST:
            raise OptionError(fact("options.cells", cells=cells, most=_LONGEST))
        if self.rows > 1 and self.overflow == "scroll":
            raise OptionError(fact("options.scroll_rows", rows=self.rows))


class A090Protocol(RefreshedProtocol):
    """A board and what it holds."""

    def __init__(self, unit: int, options: Options) -> None:
        self._unit = unit
        self._options = options
        self._decoder = decoder()
        super().__init__(REPLY_LENGTH)

    def lay_out(self, page: Page | None) -> Layout:
        """All rows in one text; a dark display is blank."""
        options = self._options
        runs: list[tuple[str, Colour]] = []
        missing: list[str] = []
        for index in range(options.rows):
            row = page.rows[index] if page is not None and index < len(page.rows) else Row(())
            line = fit(row.texts, options.columns, shorten=options.overflow == "shorten")
            missing += [line.missing] if line.missing else []
            text = pad(line.text, options.columns, center=options.align == "center")
            runs.append((cut(text, _LONGEST), row.colour))
        return Layout((encode_message(Text(self._unit, coloured(runs))),), " ".join(missing))

    def feed(self, data: bytes) -> list[Answer]:
        """Answers of our board."""
        return [
            Answer(Verdict.TAKEN)
            if message.accepted
            else Answer(Verdict.AGAIN, fact("sign.not_taken", answer="55"))
            for message in self._decoder.feed(data)
            if isinstance(message, Reply) and message.address == self._unit
        ]


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> PolledSign:
    """A board with address ``unit`` (0-255).

    Raises `ConfigurationError` (``driver.options``) for a unit that no board can have.
    """
    if not 0 <= unit <= 255:
        raise ConfigurationError("driver.options", fact("options.unit_range", unit=unit, least=0, most=255))
    timing = Timing(poll=options.poll_s, silent_poll=options.silent_poll_s, answer=options.answer_ms / 1000)
    colours = tuple(Colour)
    rows = (Row((f"测试{unit}", "测试"), colours[index % len(colours)]) for index in range(options.rows))
    return PolledSign(line, A090Protocol(unit, options), timing, sink, Page(tuple(rows)))
