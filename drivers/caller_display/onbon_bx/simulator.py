"""An LED sign on an Onbon card."""

from __future__ import annotations

from collections import deque

from drivers.caller_display.dots import Run, strip
from drivers.caller_display.onbon_bx.codec import (
    ALL_AREAS,
    ANY,
    ANY_DEVICE,
    BROADCAST,
    HOST,
    Area,
    CardError,
    Decoder,
    Move,
    Packet,
    Ping,
    QueryStatus,
    Reply,
    Request,
    Status,
    Switch,
    Update,
    encode_packet,
    encode_reply,
    parse_request,
    parse_text,
)
from drivers.caller_display.onbon_bx.driver import CARDS, Options
from drivers.caller_display.simulated import Movement, SimulatedSign, TextRow, Window, stack, wrap

MAX_AREAS = 32
_DOT_TIME = 0.008
"""Seconds a dot of a scrolling text takes at speed 0; each speed step adds as much."""
_MOVES: dict[Move, Movement] = {
    Move.STILL: "still",
    Move.AT_ONCE: "still",
    Move.LEFT: "left",
    Move.RIGHT: "right",
    Move.UP: "up",
    Move.DOWN: "down",
}


class OnbonSign(SimulatedSign):
    """A sign with dynamic areas in RAM, built like the driver from its profile.

    ``knows_status=False`` makes it an old card that refuses the status question.
    """

    def __init__(self, unit: int, options: Options | None = None, *, knows_status: bool = True) -> None:
        options = options or Options()
        super().__init__(options.left_px + options.width_px, options.top_px + options.height_px)
        self.unit = unit or 1
        self.frames = 0
        self._device = CARDS[options.card]
        self._cell = options.cell_px
        self._knows_status = knows_status
        self._decoder = Decoder()
        self._areas: dict[int, Area] = {}
        self._on = True
        self._refusals: deque[int] = deque(maxlen=16)

    @property
    def lit(self) -> bool:
        """Powered and switched on."""
        return self.powered and self._on

    def refuse_next(self, error: int = CardError.BUSY, times: int = 1) -> None:
        """Answer the next frames with NACK and do nothing."""
        self._refusals.extend([error] * times)

    def _take(self, data: bytes) -> None:
        for packet in self._decoder.feed(data):
            if packet.destination not in (self.unit, ANY, BROADCAST):
                continue
            self.frames += 1
            reply = self._do(packet)
            if packet.destination != BROADCAST:
                source = ANY if packet.destination == ANY else self.unit
                self._say(encode_packet(Packet(HOST, source, encode_reply(reply), self._device)))

    def _do(self, packet: Packet) -> Reply:
        if self._refusals:
            return Reply(self._refusals.popleft())
        if packet.device not in (ANY_DEVICE, self._device) and self._device != ANY_DEVICE:
            return Reply(CardError.FIRMWARE_TYPE)
        request = parse_request(packet.data)
        if request is None or (isinstance(request, QueryStatus) and not self._knows_status):
            return Reply(CardError.COMMAND)
        return self._obey(request)

    def _obey(self, request: Request) -> Reply:
        match request:
            case Ping():
                return Reply()
            case QueryStatus():
                return Reply(status=Status(self._on, 15, tuple(sorted(self._areas))))
            case Switch(on):
                self._on = on
            case Update(areas, delete):
                left = {} if delete == ALL_AREAS else dict(self._areas)
                for number in delete if delete != ALL_AREAS else b"":
                    left.pop(number, None)
                left.update((area.id, area) for area in areas)
                if len(left) > MAX_AREAS:
                    return Reply(CardError.MEMORY)
                self._areas = left
        self._changed()
        return Reply()

    def _lost_power(self) -> None:
        self._areas = {}
        self._on = True
        self._decoder = Decoder()

    def _lost_line(self) -> None:
        self._decoder = Decoder()

    def _placed(self) -> list[Area]:
        return sorted(self._areas.values(), key=lambda area: (area.y, area.x))

    def _rows(self) -> list[TextRow]:
        rows: list[TextRow] = []
        for area in self._placed():
            lines = self._lines(area)
            flash = area.move is Move.AT_ONCE and len(lines) == 2 and not _text(lines[1]).strip()
            for line in lines[:1] if flash else lines:
                rows.append(TextRow(tuple(line), area.y, _MOVES[area.move], flash))
        return rows

    def _windows(self) -> list[Window]:
        return [self._window(area) for area in self._placed()]

    def _window(self, area: Area) -> Window:
        lines = self._lines(area)
        move = _MOVES[area.move]
        along = move in ("left", "right")
        pages = (strip(lines[0]),) if along else stack(lines, area.width, area.height)
        return Window(
            x=area.x,
            y=area.y,
            width=area.width,
            height=area.height,
            pages=pages,
            move=move,
            stay=max(1, area.stay) / 2 if len(pages) > 1 else 0.0,
            step=_DOT_TIME * (area.speed + 1) if move != "still" else 0.0,
        )

    def _lines(self, area: Area) -> list[list[Run]]:
        """The lines of an area as the card breaks them."""
        lines = parse_text(area.text)
        if area.single_line:
            return [[run for line in lines for run in line]]
        return wrap(lines, max(1, area.width // self._cell)) if area.wrap else lines


def _text(line: list[Run]) -> str:
    return "".join(text for text, _ in line)
