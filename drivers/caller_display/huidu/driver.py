"""Boards on Huidu full-colour cards (SDK 2.0), over TCP: one area of the one programme for every row.

A connection begins with the version and a name for the session; a card that was restarted has lost
the connection, so this happens anew by itself. A face is one ``AddProgram``, which replaces whatever the
card played, and which the card also keeps over a power cut. The board is switched off for a dark
face. Between faces a heartbeat asks whether the card is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec

from drivers.caller_display.api import Colour, Page, Row
from drivers.caller_display.huidu.codec import (
    FLICKER,
    HELLO,
    LOOP_LEFT,
    SHOW_AT_ONCE,
    SUCCESS,
    VERSION,
    Area,
    Assembly,
    Command,
    Packet,
    Problem,
    decoder,
    encode,
    encode_xml,
    hello,
    parse_call,
    request,
    screen,
)
from drivers.caller_display.polled import Answer, Frame, PolledSign, SignProtocol, Timing, Verdict
from drivers.caller_display.text import GBK, cut, fit
from drivers.device import DeviceSink
from drivers.errors import ConfigurationError
from drivers.facts import Fact, fact
from drivers.transport.api import Line

_ANSWER_LENGTH = 512
_LONGEST = 200
"""Cells of a text that scrolls."""
_STRANGER = "kInvalidGUID"
_VERSIONED = "versioned"
_COLOURS = {Colour.RED: "#ff0000", Colour.GREEN: "#00ff00", Colour.YELLOW: "#ffff00"}


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Geometry and habits of a board.

    ``columns`` counts cells of half a hanzi, each ``cell_px`` dots wide; a row is ``row_px`` dots high.
    ``font`` and ``font_size`` are a font of the card and its size. Text that doesn't fit
    scrolls at ``scroll_speed`` (0 slow - 8) or is shortened. ``flash`` needs firmware that knows effect
    30. Times as for other signs.
    """

    rows: Annotated[int, msgspec.Meta(ge=1, le=32)] = 6
    columns: Annotated[int, msgspec.Meta(ge=2, le=256)] = 24
    row_px: Annotated[int, msgspec.Meta(ge=8, le=256)] = 16
    cell_px: Annotated[int, msgspec.Meta(ge=4, le=128)] = 8
    left_px: Annotated[int, msgspec.Meta(ge=0, le=8192)] = 0
    top_px: Annotated[int, msgspec.Meta(ge=0, le=8192)] = 0
    font: str = "SimSun"
    font_size: Annotated[int, msgspec.Meta(ge=6, le=200)] = 12
    align: Literal["left", "center"] = "center"
    overflow: Literal["scroll", "shorten"] = "shorten"
    scroll_speed: Annotated[int, msgspec.Meta(ge=0, le=8)] = 4
    flash: bool = False
    poll_s: Annotated[float, msgspec.Meta(ge=0.2, le=60)] = 4.0
    silent_poll_s: Annotated[float, msgspec.Meta(ge=0.1, le=10)] = 1.0
    answer_ms: Annotated[float, msgspec.Meta(ge=10, le=10000)] = 2000.0


class HuiduProtocol(SignProtocol):
    """A card and what it plays. ``now`` is the wall clock in seconds: a programme carries a time stamp."""

    def __init__(self, options: Options, now: Callable[[], float] = time.time) -> None:
        self._options = options
        self._now = now
        self._decoder = decoder()
        self._assembly = Assembly()
        self._awaits: tuple[Command, str] = (Command.VERSION_ANSWER, "")
        self._lacking = ""
        self._versioned = False
        self._name = ""
        self._held: tuple[Area, ...] | None = None
        self._lit: bool | None = None

    @property
    def notes(self) -> tuple[Fact, ...]:
        """Characters the font lacks."""
        return (fact("sign.not_in_font", characters=self._lacking),) if self._lacking else ()

    @property
    def missing(self) -> str:
        """Characters the font lacks."""
        return self._lacking

    def compose(self, page: Page | None) -> Frame | None:
        """The session first, then the programme, then the screen on; a dark display is the screen off."""
        begin = self._begin()
        if begin is not None:
            return begin
        if page is None:
            self._lacking = ""
            return None if self._lit is False else self._call("CloseScreen", "", False)
        areas, self._lacking = self._lay_out(page)
        if areas != self._held:
            options = self._options
            content = screen(areas, options.font, options.font_size, int(self._now()))
            return self._call("AddProgram", content, areas)
        return None if self._lit else self._call("OpenScreen", "", True)

    def _begin(self) -> Frame | None:
        if not self._versioned:
            self._awaits = (Command.VERSION_ANSWER, "")
            ask = encode(Packet(Command.VERSION, VERSION.to_bytes(4, "little")))
            return Frame(ask, _ANSWER_LENGTH, _VERSIONED)
        if not self._name:
            self._awaits = (Command.XML_ANSWER, HELLO)
            return Frame(encode_xml(hello()), _ANSWER_LENGTH)
        return None

    def _call(self, method: str, content: str, holds: Any) -> Frame:
        self._awaits = (Command.XML_ANSWER, method)
        return Frame(encode_xml(request(self._name, method, content)), _ANSWER_LENGTH, holds)

    def _lay_out(self, page: Page) -> tuple[tuple[Area, ...], str]:
        options = self._options
        areas: list[Area] = []
        missing: list[str] = []
        for index in range(options.rows):
            row = page.rows[index] if index < len(page.rows) else Row(())
            line = fit(row.texts, options.columns, shorten=options.overflow == "shorten", charset=GBK)
            missing += [line.missing] if line.missing else []
            flash = row.flash and options.flash and line.fits
            areas.append(
                Area(
                    x=options.left_px,
                    y=options.top_px + index * options.row_px,
                    width=options.columns * options.cell_px,
                    height=options.row_px,
                    text=cut(line.text, _LONGEST),
                    colour=_COLOURS[row.colour],
                    effect=FLICKER if flash else SHOW_AT_ONCE if line.fits else LOOP_LEFT,
                    speed=options.scroll_speed,
                    align=options.align,
                )
            )
        return tuple(areas), " ".join(missing)

    def taken(self, frame: Frame) -> None:
        """Note how far the session is, or what the card plays."""
        match frame.holds:
            case str():
                self._versioned = True
            case bool(lit):
                self._lit = lit
            case tuple(areas):
                self._held = areas

    def forget(self) -> None:
        """Begin a new session and send everything anew."""
        self._versioned = False
        self._name = ""
        self._held = None
        self._lit = None
        self._assembly.clear()

    def probe(self) -> Frame:
        """The next step of the session, or a heartbeat."""
        begin = self._begin()
        if begin is not None:
            return begin
        self._awaits = (Command.HEARTBEAT_ANSWER, "")
        return Frame(encode(Packet(Command.HEARTBEAT)), _ANSWER_LENGTH)

    def feed(self, data: bytes) -> list[Answer]:
        """The card's answers."""
        answers = (self._judge(packet) for packet in self._decoder.feed(data))
        return [answer for answer in answers if answer is not None]

    def _judge(self, packet: Packet) -> Answer | None:
        match packet.command:
            case Command.ERROR:
                return _problem(int.from_bytes(packet.data, "little"))
            case Command.XML_ANSWER:
                xml = self._assembly.take(packet)
                return self._judge_xml(xml) if xml is not None else None
        # An answer that comes too late must not confirm what was asked since.
        return Answer(Verdict.TAKEN) if self._awaits == (packet.command, "") else None

    def _judge_xml(self, xml: bytes) -> Answer | None:
        call = parse_call(xml)
        if call is None or not call.result or self._awaits != (Command.XML_ANSWER, call.method):
            return None
        if call.result == _STRANGER:
            self._name = ""
            return Answer(Verdict.AGAIN, fact("card.session_gone"))
        if call.result != SUCCESS:
            return Answer(Verdict.REFUSED, fact("card.refuses", method=call.method, text=call.result))
        if call.method == HELLO:
            self._name = call.name
        return Answer(Verdict.TAKEN)


def _problem(number: int) -> Answer:
    if number == Problem.DEVICE_OCCUPIED:
        return Answer(Verdict.AGAIN, fact("card.taken"))
    return Answer(Verdict.REFUSED, fact("card.error", number=number))


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> PolledSign:
    """A board alone at its address.

    Raises `ConfigurationError` (``driver.options``) for a unit: the card has no number.
    """
    if unit != 0:
        raise ConfigurationError("driver.options", fact("options.no_unit"))
    timing = Timing(poll=options.poll_s, silent_poll=options.silent_poll_s, answer=options.answer_ms / 1000)
    colours = tuple(Colour)
    rows = (Row(("测试",), colours[index % len(colours)]) for index in range(options.rows))
    return PolledSign(line, HuiduProtocol(options), timing, sink, Page(tuple(rows)))
