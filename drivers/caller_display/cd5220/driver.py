"""CD5220 pole displays: two lines of 20 characters at a counter, RS-232, no Chinese.

Of the texts a row offers, those in ASCII come first; what remains Chinese is replaced and reported.
The display says nothing back, so nothing is confirmed: it is sent its lines again every
``poll_s``, which is also how long it may be wrong after a power cut. It has neither colours nor
flashing, and scrolls on the upper line only.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from drivers.caller_display.api import Page, Row
from drivers.caller_display.cd5220.codec import COLUMNS, MAX_SCROLL, ROWS, SET_UP, Place, Write, encode
from drivers.caller_display.polled import PolledSign, Timing
from drivers.caller_display.refreshed import Layout, RefreshedProtocol
from drivers.caller_display.text import ASCII, cut, fit, pad
from drivers.device import DeviceSink
from drivers.errors import ConfigurationError
from drivers.facts import fact
from drivers.transport.api import Line


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Habits of a display. ``rows`` is its height; ``poll_s`` is the time between sendings."""

    rows: Annotated[int, msgspec.Meta(ge=ROWS, le=ROWS)] = ROWS
    align: Literal["left", "center"] = "center"
    overflow: Literal["scroll", "shorten"] = "shorten"
    poll_s: Annotated[float, msgspec.Meta(ge=0.2, le=300)] = 10.0


class Cd5220Protocol(RefreshedProtocol):
    """A display and what it was sent."""

    def __init__(self, options: Options) -> None:
        self._options = options
        super().__init__(answer=0, opening=SET_UP)

    def lay_out(self, page: Page | None) -> Layout:
        """Both lines; a line the page doesn't have is blank, and so is a dark display."""
        rows = [*(page.rows if page is not None else ()), Row(()), Row(())]
        scroll = self._options.overflow == "scroll"
        upper = fit(rows[0].texts, COLUMNS, shorten=not scroll, charset=ASCII)
        lower = fit(rows[1].texts, COLUMNS, shorten=True, charset=ASCII)
        bottom = encode(Write(Place.LOWER, self._line(lower.text)))
        if upper.fits:
            data = encode(Write(Place.UPPER, self._line(upper.text))) + bottom
        else:
            # Last, because every further command would end it.
            data = bottom + encode(Write(Place.SCROLL, cut(upper.text, MAX_SCROLL)))
        missing = " ".join(line.missing for line in (upper, lower) if line.missing)
        blank = not any(line.missing and line.text for line in (upper, lower))
        return Layout((data,), missing, scrolls=not upper.fits, blank=blank)

    def _line(self, text: str) -> str:
        return pad(text, COLUMNS, center=self._options.align == "center")


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> PolledSign:
    """A display alone on its line.

    Raises `ConfigurationError` (``driver.options``) for a unit: the display has no address.
    """
    if unit != 0:
        raise ConfigurationError("driver.options", fact("options.no_unit"))
    timing = Timing(poll=options.poll_s, silent_poll=options.poll_s)
    page = Page((Row(("TEST 1234567890",)), Row(("ABCDEFGHIJKLMNOPQRST",))))
    return PolledSign(line, Cd5220Protocol(options), timing, sink, page)
