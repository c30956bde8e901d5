"""Digit displays on Modbus RTU: the running number of the ticket that a face calls, nothing else.

What a ticket's number looks like in a text is the profile's ``ticket``, a pattern whose group is the
running number. A face without one leaves the digits blank. ``show = "number"`` writes the running
number as a number, without leading zeros, in every display's reach; ``show = "segments"`` writes the
whole ticket, letters and zeros, into the raw segments, as far as seven segments can form it.
There is neither colour nor flashing nor scrolling: of what is too long the end is shown.

The answer to a single write is its echo, so an RS-485 adapter must not hear itself.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec

from drivers.caller_display.api import Page, Row
from drivers.caller_display.modbus_digits import codec
from drivers.caller_display.modbus_digits.codec import ANSWER_LENGTH, MAX_DIGITS, Refusal
from drivers.caller_display.polled import Answer, PolledSign, Timing, Verdict
from drivers.caller_display.refreshed import Layout, RefreshedProtocol
from drivers.device import DeviceSink
from drivers.errors import ConfigurationError
from drivers.facts import Fact, fact
from drivers.options import OptionError
from drivers.transport.api import Line

TICKET = "(?:[A-Z]{1,2}|测)([0-9]+)"
"""A ticket as halls print it: one or two letters, or the sign of a test, and the running number."""
_SUBSTITUTE = "-"
_LARGEST = 0x7FFF
_REFUSALS: dict[int, Fact] = {
    Refusal.FUNCTION: fact("modbus.no_function", number=1),
    Refusal.REGISTER: fact("modbus.no_register", number=2),
    Refusal.VALUE: fact("modbus.bad_value", number=3),
    Refusal.FAILURE: fact("modbus.failure", number=4),
    Refusal.LATER: fact("modbus.later", number=5),
    Refusal.BUSY: fact("modbus.busy", number=6),
}


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Width and habits of a display.

    ``ticket`` is a regular expression with one group, the running number. Times as for other signs:
    ``poll_s`` between sendings to a healthy display, ``silent_poll_s`` to a silent one, ``answer_ms``
    until an answer counts as missing, on top of its wire time.
    """

    digits: Annotated[int, msgspec.Meta(ge=2, le=MAX_DIGITS)] = 4
    show: Literal["number", "segments"] = "number"
    ticket: str = TICKET
    poll_s: Annotated[float, msgspec.Meta(ge=0.2, le=300)] = 10.0
    silent_poll_s: Annotated[float, msgspec.Meta(ge=0.1, le=10)] = 0.4
    answer_ms: Annotated[float, msgspec.Meta(ge=10, le=5000)] = 150.0

    def __post_init__(self) -> None:
        """Raises `OptionError` for a pattern that is none, or has not one group."""
        try:
            groups = re.compile(self.ticket).groups
        except (re.error, OverflowError, RecursionError) as error:
            raise OptionError(fact("options.pattern", option="ticket", text=error)) from None
        if groups != 1:
            raise OptionError(fact("options.pattern_groups", option="ticket", groups=groups))


class ModbusDigitsProtocol(RefreshedProtocol):
    """A display and what it holds."""

    def __init__(self, unit: int, options: Options) -> None:
        self._unit = unit
        self._options = options
        self._ticket = re.compile(options.ticket)
        self._answers = codec.answers()
        super().__init__(ANSWER_LENGTH)

    def lay_out(self, page: Page | None) -> Layout:
        """The ticket of the page's first row that names one."""
        texts = (text for row in (page.rows if page is not None else ()) for text in row.texts)
        found = next((match for text in texts if (match := self._ticket.search(text))), None)
        if self._options.show == "segments":
            return self._segments(found[0].upper() if found is not None else "")
        point = codec.write_point(self._unit, 0)
        if found is None:
            return Layout((point, codec.write_segments(self._unit, " " * self._options.digits)))
        digits = "".join(character for character in found[1] if "0" <= character <= "9")
        number = int(digits[-self._options.digits :] or "0")
        # More digits than a signed 16-bit number has: the last ones still tell tickets apart.
        number = number if number <= _LARGEST else number % 10_000
        whole = number == int(digits or "0")
        note = None if whole else fact("sign.only_the_end", text=found[1])
        return Layout((point, codec.write_number(self._unit, number)), note=note)

    def _segments(self, ticket: str) -> Layout:
        width = self._options.digits
        shown = "".join(_SUBSTITUTE if codec.shape(each) is None else each for each in ticket)
        missing = " ".join(dict.fromkeys(each for each in ticket if codec.shape(each) is None))
        note = fact("sign.only_the_end", text=ticket) if len(ticket) > width else None
        return Layout((codec.write_segments(self._unit, shown[-width:].rjust(width)),), missing, note)

    def feed(self, data: bytes) -> list[Answer]:
        """Answers of our display."""
        return [self._judge(answer) for answer in self._answers.feed(data) if answer.unit == self._unit]

    def _judge(self, answer: codec.Answer) -> Answer:
        if not answer.refusal:
            return Answer(Verdict.TAKEN)
        why = _REFUSALS.get(answer.refusal) or fact("modbus.exception", number=answer.refusal)
        again = answer.refusal in (Refusal.LATER, Refusal.BUSY)
        return Answer(Verdict.AGAIN if again else Verdict.REFUSED, why)


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> PolledSign:
    """A display with Modbus address ``unit`` (1-247).

    Raises `ConfigurationError` (``driver.options``) for a unit that no display can have.
    """
    if not 1 <= unit <= 247:
        raise ConfigurationError("driver.options", fact("options.unit_range", unit=unit, least=1, most=247))
    timing = Timing(poll=options.poll_s, silent_poll=options.silent_poll_s, answer=options.answer_ms / 1000)
    page = Page((Row((f"A{'8' * min(options.digits, 4)}",)),))
    return PolledSign(line, ModbusDigitsProtocol(unit, options), timing, sink, page)
