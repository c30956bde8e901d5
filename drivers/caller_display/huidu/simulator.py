"""A board on a Huidu card."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from drivers.caller_display.api import Colour
from drivers.caller_display.dots import HEIGHT, Matrix, Run, blank, paste, strip
from drivers.caller_display.huidu.codec import (
    FLICKER,
    HELLO,
    LOOP_LEFT,
    NO_NAME,
    SUCCESS,
    Area,
    Assembly,
    Command,
    Packet,
    answer,
    decoder,
    encode,
    encode_xml,
    parse_call,
)
from drivers.caller_display.huidu.driver import Options
from drivers.caller_display.simulated import SimulatedSign, TextRow, Window

_SESSION = "f7b3b451c4f3cf3310e2d6714fbb50e8"
_STEP = 0.03
"""Seconds a dot of a scrolling text takes."""
_FLASH = 0.5
_COLOUR_OF = {"#ff0000": Colour.RED, "#00ff00": Colour.GREEN, "#ffff00": Colour.YELLOW}


class HuiduBoard(SimulatedSign):
    """A board laid out as the driver's profile says. Its programme outlives a power cut.

    ``unit`` changes nothing on it.
    """

    def __init__(self, unit: int = 0, options: Options | None = None) -> None:
        options = options or Options()
        super().__init__(
            options.left_px + options.columns * options.cell_px,
            options.top_px + options.rows * options.row_px,
        )
        self.programmes = 0
        self.heartbeats = 0
        self.problems: list[str | int] = []
        """How the next requests are answered: a result word, or an error number."""
        self._decoder = decoder()
        self._assembly = Assembly()
        self._versioned = False
        self._session = ""
        self._areas: tuple[Area, ...] = ()
        self._on = True

    @property
    def lit(self) -> bool:
        """Powered and switched on."""
        return self.powered and self._on

    def connect(self, send: Any) -> None:
        """Somebody opened the line: a new session begins."""
        self._begin_anew()
        super().connect(send)

    def forget_session(self) -> None:
        """Lose the session, as after a software update, without closing the connection."""
        self._session = ""

    def _take(self, data: bytes) -> None:
        for packet in self._decoder.feed(data):
            match packet.command:
                case Command.VERSION:
                    self._versioned = True
                    self._say(encode(Packet(Command.VERSION_ANSWER, packet.data)))
                case Command.HEARTBEAT:
                    self.heartbeats += 1
                    self._say(encode(Packet(Command.HEARTBEAT_ANSWER)))
                case Command.XML if self._versioned or self.only_listens:
                    xml = self._assembly.take(packet)
                    if xml is not None:
                        self._hear(xml)

    def _hear(self, xml: bytes) -> None:
        call = parse_call(xml)
        if call is None:
            return
        if self.problems:
            problem = self.problems.pop(0)
            if isinstance(problem, int):
                self._say(encode(Packet(Command.ERROR, problem.to_bytes(2, "little"))))
                return
            result = problem
        elif call.method == HELLO:
            self._session = _SESSION
            result = SUCCESS
        elif not self.only_listens and (call.name == NO_NAME or call.name != self._session):
            result = "kInvalidGUID"
        else:
            result = self._obey(call.method, xml)
        self._say(encode_xml(answer(self._session or NO_NAME, call.method, result), Command.XML_ANSWER))

    def _obey(self, method: str, xml: bytes) -> str:
        before = (self._areas, self._on)
        if method in ("OpenScreen", "CloseScreen"):
            self._on = method == "OpenScreen"
        elif method == "AddProgram":
            try:
                self._areas = _areas(xml)
            except (ElementTree.ParseError, KeyError, ValueError):
                return "kParseXmlFailed"
            self.programmes += 1
        else:
            return "kInvalidMethod"
        if (self._areas, self._on) != before:
            self._changed()
        return SUCCESS

    def _begin_anew(self) -> None:
        self._versioned = False
        self._session = ""
        self._decoder.clear()
        self._assembly.clear()

    def _lost_power(self) -> None:
        self._begin_anew()
        self._on = True

    def _lost_line(self) -> None:
        self._begin_anew()

    def _rows(self) -> list[TextRow]:
        return [
            TextRow(
                (_run(area),), area.y, "left" if area.effect == LOOP_LEFT else "still", area.effect == FLICKER
            )
            for area in self._areas
        ]

    def _windows(self) -> list[Window]:
        return [_window(area) for area in self._areas]


def _run(area: Area) -> Run:
    return area.text, _COLOUR_OF.get(area.colour, Colour.RED)


def _window(area: Area) -> Window:
    dots = strip([_run(area)])
    if area.effect == LOOP_LEFT:
        return Window(area.x, area.y, area.width, area.height, (dots,), "left", step=_STEP)
    page = _placed(area, dots)
    if area.effect != FLICKER:
        return Window(area.x, area.y, area.width, area.height, (page,))
    pages = (page, blank(area.width, area.height))
    return Window(area.x, area.y, area.width, area.height, pages, stay=_FLASH)


def _placed(area: Area, dots: Matrix) -> Matrix:
    page = blank(area.width, area.height)
    left = max(0, (area.width - len(dots[0])) // 2) if area.align == "center" else 0
    paste(page, dots, left, max(0, (area.height - HEIGHT) // 2))
    return page


def _areas(xml: bytes) -> tuple[Area, ...]:
    """The text areas of a programme. Raises ParseError, KeyError or ValueError for what is none."""
    areas = []
    for node in ElementTree.fromstring(xml).iter("area"):
        rectangle = _attributes(node, "rectangle")
        place = {name: int(rectangle[name]) for name in ("x", "y", "width", "height")}
        text = node.find("resources/text")
        if text is None:
            raise ValueError("an area without a text")
        style, font, effect = (_attributes(text, name) for name in ("style", "font", "effect"))
        areas.append(
            Area(
                **place,
                text=text.findtext("string") or "",
                colour=font["color"],
                effect=int(effect["in"]),
                speed=int(effect["inSpeed"]),
                align=style["align"],
            )
        )
    return tuple(areas)


def _attributes(node: ElementTree.Element, name: str) -> dict[str, str]:
    child = node.find(name)
    if child is None:
        raise ValueError(f"no {name}")
    return child.attrib
