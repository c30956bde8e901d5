"""Boards on CXT CX-H Ethernet cards, over UDP: one partition of the card for every row.

The partitions ("动态数据" windows) are laid out with the maker's program before: their numbers go up from
``first_partition``, one row each. Nothing is known to come back from the card, so nothing is confirmed;
each row is sent again in its turn, one every ``poll_s``. That the card is off is known only when the
network says so, which it does on one's own network and not through every router. Flashing has no
code; a flashing row stands still.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from drivers.caller_display.api import Colour, Page, Row
from drivers.caller_display.cx_h.codec import COLOURS, MAX_TEXT, PARTITIONS, Effect, Message, encode
from drivers.caller_display.polled import PolledSign, Timing
from drivers.caller_display.refreshed import Layout, RefreshedProtocol
from drivers.caller_display.text import cut, fit, pad
from drivers.caller_display.text import encode as encode_text
from drivers.device import DeviceSink
from drivers.errors import ConfigurationError
from drivers.facts import fact
from drivers.options import OptionError
from drivers.transport.api import Line

_AT_ONCE = 9
_STAY = 36_000
"""Tenths of a second: an hour, so that a text that stands doesn't blink as its page is shown anew."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Geometry of a board.

    ``columns`` counts cells of half a hanzi. Text that doesn't fit moves at ``scroll_speed`` (0-9,
    9 fast) or is shortened. ``poll_s`` is the time between sendings, of one row each;
    ``silent_poll_s`` while the network says that the card is gone.
    """

    rows: Annotated[int, msgspec.Meta(ge=1, le=PARTITIONS)] = 1
    columns: Annotated[int, msgspec.Meta(ge=2, le=256)] = 16
    first_partition: Annotated[int, msgspec.Meta(ge=0, lt=PARTITIONS)] = 0
    align: Literal["left", "center"] = "center"
    overflow: Literal["scroll", "shorten"] = "scroll"
    scroll_speed: Annotated[int, msgspec.Meta(ge=0, le=9)] = 8
    poll_s: Annotated[float, msgspec.Meta(ge=0.2, le=300)] = 2.0
    silent_poll_s: Annotated[float, msgspec.Meta(ge=0.1, le=10)] = 0.4

    def __post_init__(self) -> None:
        """Raises `OptionError` for rows beyond the card's partitions."""
        if self.first_partition + self.rows > PARTITIONS:
            first, last = self.first_partition, PARTITIONS - 1
            raise OptionError(fact("options.partitions", first=first, rows=self.rows, last=last))


class CxHProtocol(RefreshedProtocol):
    """A card and what it was sent."""

    def __init__(self, options: Options) -> None:
        self._options = options
        super().__init__(answer=0)

    def lay_out(self, page: Page | None) -> Layout:
        """A datagram for every row; a dark display is blank."""
        options = self._options
        frames: list[bytes] = []
        missing: list[str] = []
        scrolls = False
        for index in range(options.rows):
            row = page.rows[index] if page is not None and index < len(page.rows) else Row(())
            line = fit(row.texts, options.columns, shorten=options.overflow == "shorten")
            scrolls = scrolls or not line.fits
            missing += [line.missing] if line.missing else []
            text = line.text
            if line.fits:
                text = pad(text, options.columns, center=options.align == "center").rstrip() or " "
            frames.append(
                encode(
                    Message(
                        options.first_partition + index,
                        encode_text(cut(text, MAX_TEXT)),
                        COLOURS[row.colour],
                        Effect.PAGE if line.fits else Effect.LEFT,
                        _AT_ONCE if line.fits else options.scroll_speed,
                        _STAY if line.fits else 0,
                    )
                )
            )
        return Layout(tuple(frames), " ".join(missing), scrolls=scrolls)


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> PolledSign:
    """A board alone at its address.

    Raises `ConfigurationError` (``driver.options``) for a unit: the card has no number.
    """
    if unit != 0:
        raise ConfigurationError("driver.options", fact("options.no_unit"))
    timing = Timing(poll=options.poll_s, silent_poll=options.silent_poll_s)
    colours = tuple(Colour)
    rows = (Row(("测试",), colours[index % len(colours)]) for index in range(options.rows))
    return PolledSign(line, CxHProtocol(options), timing, sink, Page(tuple(rows)))
