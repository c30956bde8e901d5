"""The builder that screens are laid out with: sizes, cards, labels and buttons of one look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from ui.kiosk.facts import Hall, Language
from ui.kiosk.model.events import Action
from ui.kiosk.model.kiosk import Kiosk
from ui.kiosk.placed import STICKS, Align, Label, Layout, Measure, Picture, Rect, Shape, Target, wrap
from ui.kiosk.theme import Colour, Panel, Theme
from ui.kiosk.words import Words, words

Style = Literal["primary", "plain", "chosen", "header"]

FOOT, SWITCH = 1, 2
"""Ranks of what stands at the foot of a screen, and of what every screen has."""
SMALLEST = 0.33
"""Text that doesn't fit shrinks to this part of its size at most."""
UNEVEN = 1.6
"""How much longer than the mean a line may be, so that another ends where one pauses."""
PAUSES = "，。、；：！？）》"
REACH_UPRIGHT, REACH_WIDE = 0.5, 0.375
"""In the low-reach layout everything that can be touched lies below this part of the height. A wide panel
is half as high as an upright one, so its upper third is no higher than the middle of the other.
"""


class Page:
    """One screen being laid out. Lengths in the design's pixels go through `px`."""

    def __init__(self, panel: Panel, theme: Theme, measure: Measure, kiosk: Kiosk) -> None:
        ways = kiosk.ways
        self.panel = panel
        self.said: Words = words(ways.language)
        self.language: Language = ways.language
        self.hall: Hall | None = kiosk.hall
        self.low = ways.low
        self.colours = theme.contrast if ways.contrast else theme.colours
        self.type = theme.type
        self.space = theme.spacing
        self.portrait = panel.height > panel.width
        self.touch = panel.mm(20.0)
        self.edge = self.px(theme.spacing.edge)
        self.gap = self.px(theme.spacing.gap)
        self.inner = self.px(theme.spacing.inner)
        self.radius = self.px(theme.spacing.radius)
        self.reach = round(panel.height * (REACH_UPRIGHT if self.portrait else REACH_WIDE))
        self.logo = bool(theme.logo)
        self.top = 0
        self.foot_room: Rect | None = None
        self._measure = measure
        self._large = theme.type.large if ways.large else 1.0
        self._shapes: list[Shape] = []
        self._labels: list[Label] = []
        self._pictures: list[Picture] = []
        self._targets: list[tuple[int, Target]] = []
        self._primary: Action | None = None
        self._spoken: list[str] = []

    # --- measures -------------------------------------------------------------------------------

    def px(self, length: float) -> int:
        """Return a length of the design on this panel."""
        return round(length * self.panel.scale)

    def text(self, size: float) -> int:
        """Return a size of the type scale on this panel, in the citizen's text size."""
        return round(size * self.panel.scale * self._large)

    def line(self, size: int) -> int:
        """Return the height of a line of text of a final size."""
        return round(size * self.type.line_height)

    def button_height(self) -> int:
        """Return the height of an ordinary button."""
        return max(self.touch, self.line(self.text(self.type.body)) + self.px(36))

    def width_of(self, text: str, size: int, *, bold: bool = False) -> int:
        """Return the width of one line."""
        return self._measure(text, size, bold)

    def size_for(self, texts: Sequence[str], rect: Rect, size: int, *, bold: bool = False) -> int:
        """Return a size that all of these fit with, so that neighbours look alike."""
        return min((self._fitted(rect, text, size, bold)[0] for text in texts), default=size)

    def height_of(self, text: str, width: int, size: int, *, bold: bool = False) -> int:
        """Return how high a text is at a width."""
        return len(self._wrapped(text, width, size, bold)) * self.line(size)

    def face(self, rect: Rect) -> Rect:
        """Return the part of a button that its text may fill."""
        return rect.inset(self.px(14), self.px(6))

    def date(self, day: date) -> str:
        """Return a date in words."""
        weekday = self.said.weekdays[day.weekday()]
        return self.said.date.format(year=day.year, month=day.month, day=day.day, weekday=weekday)

    # --- placing --------------------------------------------------------------------------------

    def shape(
        self, rect: Rect, fill: Colour, *, radius: int = 0, border: Colour | None = None, width: int = 0
    ) -> None:
        """Place a shape over those before."""
        border_width = width or max(1, self.px(self.space.border))
        self._shapes.append(Shape(rect, fill, radius, border, border_width if border else 0))

    def card(self, rect: Rect, fill: Colour, *, raised: bool = True) -> None:
        """Place a card with a soft edge below."""
        if raised:
            lower = rect._replace(y=rect.y + self.px(6))
            self.shape(lower, self.colours.shadow, radius=self.radius)
        self.shape(rect, fill, radius=self.radius, border=self.colours.line)

    def badge(self, rect: Rect, text: str, fill: Colour, colour: Colour) -> None:
        """Place a round mark with one or two letters."""
        self.shape(rect, fill, radius=rect.w // 2)
        size = round(rect.h * (0.52 if len(text) < 2 else 0.42))
        self._labels.append(Label(rect, (text,), size, True, colour, fill, "centre", rect.h))

    def picture(self, rect: Rect) -> None:
        """Place the logo."""
        self._pictures.append(Picture(rect))

    def label(
        self,
        rect: Rect,
        text: str,
        size: int,
        *,
        ground: Colour,
        colour: Colour | None = None,
        bold: bool = False,
        align: Align = "left",
    ) -> None:
        """Place a text in a rectangle, in as many lines as it needs, smaller if it must be."""
        size, lines = self._fitted(rect, text, size, bold)
        self._labels.append(
            Label(rect, lines, size, bold, colour or self.colours.ink, ground, align, self.line(size))
        )

    def button(
        self,
        rect: Rect,
        text: str,
        action: Action,
        style: Style = "plain",
        size: int | None = None,
        *,
        spoken: str = "",
        rank: int = 0,
    ) -> None:
        """Place a button."""
        colours = self.colours
        fill, colour, border = {
            "primary": (colours.brand, colours.on_brand, colours.brand),
            "chosen": (colours.brand, colours.on_brand, colours.brand),
            "plain": (colours.panel, colours.brand_deep, colours.brand),
            "header": (colours.head, colours.on_head, colours.on_head_soft),
        }[style]
        self.shape(rect, fill, radius=self.radius, border=border)
        self.label(
            self.face(rect),
            text,
            size or self.text(self.type.body),
            ground=fill,
            colour=colour,
            bold=style != "header",
            align="centre",
        )
        if style == "primary":
            self._primary = action
        self.target(rect, action, spoken or text, rank=rank)

    def target(self, rect: Rect, action: Action, spoken: str, *, rank: int = 0) -> None:
        """Make a place touchable; where things are gone through, those of a higher rank come later."""
        self._targets.append((rank, Target(rect, action, self.radius, spoken)))

    def door(self, rect: Rect, action: Action) -> None:
        """Make a place touchable for who knows of it."""
        self._targets.append((SWITCH, Target(rect, action, hidden=True)))

    def say(self, *sentences: str) -> None:
        """Add to what the screen says to who cannot see it."""
        self._spoken += [sentence for sentence in sentences if sentence]

    # --- parts that many screens have -----------------------------------------------------------

    def heading(self, body: Rect, title: str, more: str = "", *, spoken: bool = True, keep: int = 0) -> Rect:
        """Place what the screen is about; return what is left.

        In the low-reach layout it has the upper part to itself, large, but for ``keep`` at its foot.
        """
        if spoken:
            self.say(title)
        colours, kind = self.colours, self.type
        size, small = self.text(kind.title), self.text(kind.caption)
        if self.low and body.y < self.reach:
            size, small = self.text(kind.headline), self.text(kind.lead)
            room = Rect(body.x, body.y, body.w, self.reach - body.y - self.gap - keep)
            below = min(self.height_of(more, body.w, small), room.h // 3 * 2) if more else 0
            if room.h - below < self.line(self.text(kind.title)):
                more, below = "", 0
            above = room._replace(h=room.h - below)
            size = self.size_for((title,), above, size, bold=True)
            height = self.height_of(title, body.w, size, bold=True)
            top = room.y + (room.h - height - below) // 2
            self.label(
                Rect(body.x, top, body.w, height),
                title,
                size,
                ground=colours.ground,
                colour=colours.brand_deep,
                bold=True,
                align="centre",
            )
            if more:
                self.label(
                    Rect(body.x, top + height, body.w, below),
                    more,
                    small,
                    ground=colours.ground,
                    colour=colours.ink_soft,
                    align="centre",
                )
            return Rect(body.x, self.reach, body.w, body.bottom - self.reach)
        line = Rect(body.x, body.y, body.w, self.line(size))
        self.label(line, title, size, ground=colours.ground, colour=colours.brand_deep, bold=True)
        top = line.bottom
        if more and body.h > 14 * self.line(self.text(kind.body)):
            self.label(
                Rect(body.x, top, body.w, self.line(small)),
                more,
                small,
                ground=colours.ground,
                colour=colours.ink_soft,
            )
            top += self.line(small)
        top += self.px(18)
        return Rect(body.x, top, body.w, body.bottom - top)

    def foot(self, body: Rect, buttons: Sequence[tuple[str, Action, Style]], *, high: bool = False) -> Rect:
        """Place buttons across the foot, the widest for the primary; return what is left."""
        size = self.text(self.type.title if high else self.type.lead)
        height = max(self.touch, self.line(size) + self.px(56 if high else 40))
        row = self.foot_room or Rect(body.x, body.bottom - height, body.w, height)
        size = self.size_for(
            [text for text, _, style in buttons if style == "primary"],
            row._replace(w=row.w // 2),
            size,
            bold=True,
        )
        parts = [2 if style == "primary" and len(buttons) > 1 else 1 for _, _, style in buttons]
        unit = (row.w - self.gap * (len(buttons) - 1)) // sum(parts)
        x, cells = row.x, []
        for part in parts:
            cells.append(Rect(x, row.y, unit * part, row.h))
            x += unit * part + self.gap
        plain = [text for text, _, style in buttons if style != "primary"]
        lead = self.size_for(plain, self.face(cells[0]), self.text(self.type.lead), bold=True)
        placed = sorted(zip(buttons, cells, strict=True), key=lambda pair: pair[0][2] != "primary")
        for (text, action, style), cell in placed:
            self.button(cell, text, action, style, size if style == "primary" else lead, rank=FOOT)
        return body if self.foot_room is not None else body._replace(h=row.y - self.gap - body.y)

    def done(self, key: str) -> Layout:
        """Return the screen. What most people want next comes first where things are gone through."""
        ranked = sorted(self._targets, key=lambda one: (one[1].action != self._primary, one[0]))
        return Layout(
            self.colours.ground,
            tuple(self._shapes),
            tuple(self._labels),
            tuple(target for _, target in ranked),
            tuple(self._pictures),
            self.colours.focus,
            self.said.pause.join(self._spoken),
            key,
            self.top,
            self._primary,
        )

    # --- fitting --------------------------------------------------------------------------------

    def _fitted(self, rect: Rect, text: str, size: int, bold: bool) -> tuple[int, tuple[str, ...]]:
        """Return the largest size up to ``size`` that fits, and the lines; the smallest allowed otherwise."""
        least = max(1, round(size * SMALLEST))
        while True:
            most = rect.h // self.line(size)
            lines = self._wrapped(text, rect.w, size, bold)
            if (len(lines) <= most and self._fits(lines, rect.w, size, bold)) or size <= least:
                return size, lines
            size = max(least, size - max(1, size // 20))

    def _wrapped(self, text: str, width: int, size: int, bold: bool) -> tuple[str, ...]:
        def measure(line: str) -> int:
            return self._measure(line, size, bold)

        lines = wrap(text, width, measure)
        if len(lines) < 2:
            return lines
        mean = measure(text) // len(lines)
        halves = [
            (text[:at].rstrip(), text[at:].lstrip())
            for at in range(1, len(text))
            if len(lines) == 2 and text[at - 1] in PAUSES and text[at] not in STICKS
        ]
        longest = {pair: max(map(measure, pair)) for pair in halves}
        if longest and min(longest.values()) <= min(width, mean * UNEVEN):
            # A hanzi word is not to be torn where one may pause instead.
            return min(longest, key=longest.__getitem__)
        # Lines of about the same length: no single hanzi is left alone on the last one.
        narrow = mean
        while narrow < width:
            even = wrap(text, narrow, measure)
            if len(even) == len(lines):
                return even
            narrow += max(1, size // 2)
        return lines

    def _fits(self, lines: tuple[str, ...], width: int, size: int, bold: bool) -> bool:
        return all(self._measure(line, size, bold) <= width for line in lines)
