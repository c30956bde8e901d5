"""Window boards of 平安力合 (V2.1): one line of text, usually several boards on RS-485.

Faces are shown as instant text, which holds any words and is acknowledged by a receipt. The
protocol has no known question that changes nothing, so the board is asked whether it is there by
sending it what it should show: the first time, before anything is wanted, a blank. A board that
comes back from a power cut is therefore right with the very poll that finds it: within a second
when it was known to be silent, else at the next poll (15 s by default). The price: a scrolling text
begins anew with every poll.

The codes for standing and scrolling text, speed and stay differ between models and are profile
data. Flashing has no known code; a flashing row stands still.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from drivers.caller_display.api import Colour, Page, Row
from drivers.caller_display.pinganlihe.codec import (
    COLOURS,
    MAX_TEXT,
    RECEIPT,
    Command,
    Decoder,
    InstantText,
    encode,
    receipt,
)
from drivers.caller_display.polled import Answer, Frame, PolledSign, SignProtocol, Timing, Verdict
from drivers.caller_display.text import cut, fit, pad
from drivers.caller_display.text import encode as encode_text
from drivers.device import DeviceSink
from drivers.errors import ConfigurationError
from drivers.facts import Fact, fact
from drivers.transport.api import Line

_Byte = Annotated[int, msgspec.Meta(ge=0, le=254)]


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Width and codes of a board.

    ``columns`` counts cells of half a hanzi: a board of 8 hanzi has 16. ``still`` and ``scroll``
    are the mode codes for text that fits and text that doesn't; ``speed``, ``stay`` and ``ttl`` go
    into every frame. Times as for other signs: ``poll_s`` between sendings to a healthy board,
    ``silent_poll_s`` to a silent one, ``answer_ms`` until a receipt counts as missing, on top of
    its wire time.
    """

    columns: Annotated[int, msgspec.Meta(ge=2, le=64)] = 16
    align: Literal["left", "center"] = "center"
    overflow: Literal["scroll", "shorten"] = "scroll"
    still: _Byte = 0
    scroll: _Byte = 1
    speed: _Byte = 0
    stay: _Byte = 0
    ttl: _Byte = 0
    poll_s: Annotated[float, msgspec.Meta(ge=0.2, le=300)] = 15.0
    silent_poll_s: Annotated[float, msgspec.Meta(ge=0.1, le=10)] = 0.4
    answer_ms: Annotated[float, msgspec.Meta(ge=10, le=5000)] = 150.0


class PinganliheProtocol(SignProtocol):
    """A board and what it holds."""

    def __init__(self, unit: int, options: Options) -> None:
        self._unit = unit
        self._options = options
        self._decoder = Decoder()
        self._lacking = ""
        self._wanted = InstantText(unit, b" ", mode=options.still)
        self._held: InstantText | None = None

    @property
    def notes(self) -> tuple[Fact, ...]:
        """Characters the font lacks."""
        return (fact("sign.not_in_font", characters=self._lacking),) if self._lacking else ()

    @property
    def missing(self) -> str:
        """Characters the font lacks."""
        return self._lacking

    def compose(self, page: Page | None) -> Frame | None:
        """Return the text when it differs; a dark display is a blank."""
        row = page.rows[0] if page is not None and page.rows else Row((" ",))
        self._wanted = self._text(row)
        return None if self._wanted == self._held else self._frame()

    def _text(self, row: Row) -> InstantText:
        options = self._options
        line = fit(row.texts, options.columns, shorten=options.overflow == "shorten")
        self._lacking = line.missing
        # A cell is one byte of GBK.
        text = cut(line.text, MAX_TEXT)
        if line.fits:
            text = pad(text, options.columns, center=options.align == "center").rstrip() or " "
        return InstantText(
            self._unit,
            encode_text(text),
            COLOURS[row.colour],
            options.still if line.fits else options.scroll,
            options.speed,
            options.stay,
            options.ttl,
        )

    def _frame(self) -> Frame:
        return Frame(encode(self._wanted), len(encode(receipt(self._unit))), self._wanted)

    def taken(self, frame: Frame) -> None:
        """Note the text."""
        self._held = frame.holds

    def forget(self) -> None:
        """It may hold anything."""
        self._held = None

    def probe(self) -> Frame:
        """Return what it should show."""
        return self._frame()

    def feed(self, data: bytes) -> list[Answer]:
        """Receipts of our board."""
        return [
            Answer(Verdict.TAKEN)
            for message in self._decoder.feed(data)
            if isinstance(message, Command) and message.command == RECEIPT and message.address == self._unit
        ]


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> PolledSign:
    """A board with address ``unit`` (0-254).

    Raises `ConfigurationError` (``driver.options``) for a unit that no board can have.
    """
    if not 0 <= unit <= 254:
        raise ConfigurationError("driver.options", fact("options.unit_range", unit=unit, least=0, most=254))
    timing = Timing(poll=options.poll_s, silent_poll=options.silent_poll_s, answer=options.answer_ms / 1000)
    page = Page((Row((f"测试{unit}",), Colour.YELLOW),))
    return PolledSign(line, PinganliheProtocol(unit, options), timing, sink, page)
