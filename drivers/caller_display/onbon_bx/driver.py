"""Window signs and hall boards on Onbon BX-5K/6K cards, over RS-485, RS-232 or TCP.

Every row of the sign is one dynamic area of the card: text in RAM, no flash wear. Only rows that
change are sent, all of them in one frame where it holds them. Flashing is done by the card: a flashing
row has a second, empty page, half a second each, so it costs nothing on the bus; a row too long
to stand still scrolls and does not flash.

A power cut empties a card's RAM. It is noticed by asking for the card's status, which lists its
dynamic areas: a card that had ours and has them no more has restarted. A card that refuses the
question, or says at two polls in a row that it lacks what was sent before each, is pinged instead
and its rows are sent again every `BLIND_REFRESH` polls. So a sign that was off
longer than one poll (4 s by default) is right within a second of its return, a shorter dip is
mended at the next poll, and on a card without a usable status answer at the next refresh.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from drivers.caller_display.api import Colour, Page, Row
from drivers.caller_display.onbon_bx.codec import (
    ALL_AREAS,
    ANY,
    HOST,
    MAX_DATA,
    Area,
    CardError,
    Decoder,
    Move,
    Packet,
    Ping,
    QueryStatus,
    Reply,
    Request,
    Switch,
    Update,
    area_size,
    coloured,
    encode_packet,
    encode_request,
    parse_reply,
)
from drivers.caller_display.polled import Answer, Frame, PolledSign, SignProtocol, Timing, Verdict
from drivers.caller_display.text import encode, fit, pad
from drivers.device import DeviceSink
from drivers.errors import ConfigurationError
from drivers.facts import Fact, fact
from drivers.options import OptionError
from drivers.transport.api import Line

_ERRORS: dict[int, Fact] = {
    CardError.COMMAND: fact("card.no_command", number=2),
    CardError.BUSY: fact("card.busy", number=3),
    CardError.MEMORY: fact("card.no_memory", number=4),
    CardError.CHECKSUM: fact("card.garbled", number=5),
    CardError.FLASH: fact("card.flash", number=7),
    CardError.FONT_MISSING: fact("card.no_font", number=12),
    CardError.FIRMWARE_TYPE: fact("card.other_model", number=13),
}
CARDS = {
    "5K": 0xFE,
    "6K": 0xFE,
    "5K1": 0x51,
    "5K2": 0x58,
    "5MK1": 0x54,
    "5MK2": 0x53,
    "6K1": 0x61,
    "6K2": 0x62,
    "6K3": 0x63,
}
BLIND_REFRESH = 15
"""Polls between two sendings of a face to a card that cannot say whether it still has it."""

_FLASH_STAY = 1
"""Half seconds of each page of a flashing row."""
_ACK_LENGTH = 8 + 14 + 5 + 2 + 1
_STATUS_LENGTH = _ACK_LENGTH + 18 + 16


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    r"""Geometry and habits of a sign.

    ``card`` is the generation, or one model where no other may listen. ``columns`` counts cells of
    half a hanzi: a sign of 8 hanzi has 16. A cell is ``cell_px`` dots wide and a row ``row_px`` dots
    high, 8 and 16 with the usual 16-dot font. ``codes`` stands before every text, for cards that
    need a font chosen (such as ``\FO002`` for 32 dots). Text that doesn't fit scrolls at
    ``scroll_speed`` (0 fast - 24) or is shortened. ``presence`` is how a card is asked whether it
    is there. Times: ``poll_s`` between questions to a healthy sign, ``silent_poll_s`` to a silent
    one, ``answer_ms`` until an answer counts as missing, on top of its wire time.
    """

    card: Literal["5K", "6K", "5K1", "5K2", "5MK1", "5MK2", "6K1", "6K2", "6K3"] = "5K"
    rows: Annotated[int, msgspec.Meta(ge=1, le=32)] = 1
    columns: Annotated[int, msgspec.Meta(ge=2, le=256)] = 16
    row_px: Annotated[int, msgspec.Meta(ge=8, le=64)] = 16
    cell_px: Annotated[int, msgspec.Meta(ge=4, le=32)] = 8
    left_px: Annotated[int, msgspec.Meta(ge=0, le=4096)] = 0
    top_px: Annotated[int, msgspec.Meta(ge=0, le=4096)] = 0
    codes: str = ""
    align: Literal["left", "center"] = "center"
    overflow: Literal["scroll", "shorten"] = "scroll"
    scroll_speed: Annotated[int, msgspec.Meta(ge=0, le=24)] = 4
    flash: bool = True
    presence: Literal["status", "ping"] = "status"
    poll_s: Annotated[float, msgspec.Meta(ge=0.2, le=60)] = 4.0
    silent_poll_s: Annotated[float, msgspec.Meta(ge=0.1, le=10)] = 0.4
    answer_ms: Annotated[float, msgspec.Meta(ge=10, le=5000)] = 150.0

    def __post_init__(self) -> None:
        """Raises `OptionError` where a 5K card, which counts across in 8 dots, could not place a row."""
        if strange := "".join(character for character in self.codes if not character.isascii()):
            raise OptionError(fact("options.codes", characters=strange))
        if not self.in_dots and (self.left_px % 8 or self.width_px % 8):
            why = fact("options.across", card=self.card, left=self.left_px, width=self.width_px)
            raise OptionError(why)

    @property
    def in_dots(self) -> bool:
        """Whether the card counts across in dots."""
        return self.card.startswith("6")

    @property
    def width_px(self) -> int:
        """Width of the rows in dots."""
        return self.columns * self.cell_px

    @property
    def height_px(self) -> int:
        """Height of all rows in dots."""
        return self.rows * self.row_px


def lay_out(page: Page, options: Options) -> tuple[tuple[Area, ...], str]:
    """One area per row of the sign, and the characters its font lacks.

    Rows the page doesn't have are blank areas, so that no stored programme shows through.
    """
    areas: list[Area] = []
    missing: list[str] = []
    for index in range(options.rows):
        row = page.rows[index] if index < len(page.rows) else Row(())
        area, lacks = _area(index, row, options)
        areas.append(area)
        if lacks:
            missing.append(lacks)
    return tuple(areas), " ".join(missing)


def _area(index: int, row: Row, options: Options) -> tuple[Area, str]:
    line = fit(row.texts, options.columns, shorten=options.overflow == "shorten")
    flash = row.flash and options.flash and line.fits
    text = line.text
    if line.fits:
        text = pad(text, options.columns, center=options.align == "center")
        # Blanks behind cost wire time and show nothing, but the empty page is made of them.
        text = text + " " * options.columns if flash else text.rstrip() or " "
    area = Area(
        id=index,
        x=options.left_px,
        y=options.top_px + index * options.row_px,
        width=options.width_px,
        height=options.row_px,
        text=options.codes.encode("ascii") + coloured([(encode(text), row.colour)]),
        move=Move.AT_ONCE if flash else Move.STILL if line.fits else Move.LEFT,
        speed=0 if line.fits else options.scroll_speed,
        stay=_FLASH_STAY if flash else 0,
        single_line=not flash,
        wrap=flash,
        in_dots=options.in_dots,
    )
    return area, line.missing


class OnbonProtocol(SignProtocol):
    """A card and what it holds."""

    def __init__(self, unit: int, options: Options) -> None:
        self._unit = unit or ANY
        self._options = options
        self._decoder = Decoder()
        self._lacking = ""
        self._held: dict[int, Area] = {}
        self._lit: bool | None = None
        self._cleared = False
        self._doubted = False
        self._blind = options.presence == "ping"
        self._polls = 0
        self._refreshed = 0

    @property
    def notes(self) -> tuple[Fact, ...]:
        """Characters the font lacks."""
        return (fact("sign.not_in_font", characters=self._lacking),) if self._lacking else ()

    @property
    def missing(self) -> str:
        """Characters the font lacks."""
        return self._lacking

    def compose(self, page: Page | None) -> Frame | None:
        """Rows that differ, then the screen on; a dark display is the screen off."""
        if page is None:
            self._lacking = ""
            return None if self._lit is False else self._frame(Switch(False), False)
        areas, self._lacking = lay_out(page, self._options)
        changed = [area for area in areas if self._held.get(area.id) != area]
        if changed:
            return self._update(changed)
        return None if self._lit else self._frame(Switch(True), True)

    def _update(self, areas: list[Area]) -> Frame:
        delete = b"" if self._cleared else ALL_AREAS
        update = Update(self._fitting(areas, delete), delete)
        return self._frame(update, update)

    def _fitting(self, areas: list[Area], delete: bytes) -> tuple[Area, ...]:
        """As many of ``areas`` as one frame holds, at least one."""
        size = len(encode_request(Update((), delete)))
        for index, area in enumerate(areas):
            size += area_size(area)
            if index and size > MAX_DATA:
                return tuple(areas[:index])
        return tuple(areas)

    def _frame(self, request: Request, holds: Update | bool | None = None) -> Frame:
        packet = Packet(self._unit, HOST, encode_request(request), CARDS[self._options.card])
        answer = _STATUS_LENGTH if isinstance(request, QueryStatus) else _ACK_LENGTH
        return Frame(encode_packet(packet), answer, holds)

    def taken(self, frame: Frame) -> None:
        """Note rows or the screen switch."""
        if isinstance(frame.holds, bool):
            self._lit = frame.holds
        elif isinstance(frame.holds, Update):
            if frame.holds.delete:
                self._held.clear()
                self._cleared = True
            self._held.update((area.id, area) for area in frame.holds.areas)

    def forget(self) -> None:
        """Everything is sent anew, beginning with a clean slate."""
        self._held.clear()
        self._lit = None
        self._cleared = False

    def probe(self) -> Frame:
        """Ask for status; a card that can't tell is pinged, and every so often told anew."""
        if not self._blind:
            return self._frame(QueryStatus())
        self._polls += 1
        if self._polls % BLIND_REFRESH == 0:
            if self._lit is False:
                return self._frame(Switch(False), False)
            if self._held:
                return self._refresh()
        return self._frame(Ping())

    def _refresh(self) -> Frame:
        rows = list(self._held.values())
        at = self._refreshed % len(rows)
        chosen = self._fitting(rows[at:] + rows[:at], b"")
        self._refreshed = at + len(chosen)
        update = Update(chosen)
        return self._frame(update, update)

    def feed(self, data: bytes) -> list[Answer]:
        """Answers addressed to us from our card."""
        answers = []
        for packet in self._decoder.feed(data):
            ours = packet.destination == HOST and self._unit in (packet.source, ANY)
            reply = parse_reply(packet.data) if ours else None
            if reply is not None:
                answers.append(self._judge(reply))
        return answers

    def _judge(self, reply: Reply) -> Answer:
        if reply.error != CardError.NONE:
            known = reply.error in set(CardError)
            name = CardError(reply.error).name.lower() if known else ""
            why = _ERRORS.get(reply.error) or fact("card.error", number=reply.error, text=name)
            again = reply.error in (CardError.BUSY, CardError.CHECKSUM)
            if reply.error in (CardError.GROUP, CardError.COMMAND):
                # Only the status question can be unknown to a card that takes dynamic areas.
                self._blind = True
            return Answer(Verdict.AGAIN if again else Verdict.REFUSED, why)
        sent_something = self._held or self._lit is not None
        if reply.status is not None and sent_something and not self._blind:
            lit_as_sent = self._lit is None or reply.status.on == self._lit
            if lit_as_sent and set(self._held) <= set(reply.status.areas):
                self._doubted = False
            elif self._doubted:
                self._blind = True
            else:
                self._doubted = True
                return Answer(Verdict.RESTARTED, fact("card.lost_its_rows"))
        return Answer(Verdict.TAKEN)


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> PolledSign:
    """A sign with screen number ``unit`` (1-65533), or alone on its line (0).

    Raises `ConfigurationError` (``driver.options``) for a unit that no card can have.
    """
    if not 0 <= unit < ANY:
        raise ConfigurationError("driver.options", fact("options.unit_range", unit=unit, least=0, most=65533))
    timing = Timing(poll=options.poll_s, silent_poll=options.silent_poll_s, answer=options.answer_ms / 1000)
    colours = tuple(Colour)
    rows = (Row((f"测试{unit}", "测试"), colours[index % len(colours)]) for index in range(options.rows))
    return PolledSign(line, OnbonProtocol(unit, options), timing, sink, Page(tuple(rows)))
