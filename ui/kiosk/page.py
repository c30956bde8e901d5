"""The builder that screens are laid out with: sizes, cards, labels and buttons of one look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ui.kiosk.model import Action
from ui.kiosk.placed import Align, Label, Layout, Measure, Rect, Shape, Target, wrap
from ui.kiosk.theme import Colour, Panel, Theme

Style = Literal["primary", "plain", "chosen", "header"]

SMALLEST = 0.4
"""Text that doesn't fit shrinks to this part of its size at most."""


class Page:
    """One screen being laid out. Lengths in the design's pixels go through `px`."""

    def __init__(self, panel: Panel, theme: Theme, measure: Measure, *, large: bool) -> None:
        self.panel = panel
        self.theme = theme
        self.colours = theme.colours
        self.type = theme.type
        self.space = theme.spacing
        self.portrait = panel.height > panel.width
        self.touch = panel.mm(20.0)
        self.edge = self.px(theme.spacing.edge)
        self.gap = self.px(theme.spacing.gap)
        self.inner = self.px(theme.spacing.inner)
        self.radius = self.px(theme.spacing.radius)
        self._measure = measure
        self._large = theme.type.large if large else 1.0
        self._shapes: list[Shape] = []
        self._labels: list[Label] = []
        self._targets: list[Target] = []

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

    def size_for(self, texts: Sequence[str], rect: Rect, size: int, *, bold: bool = False) -> int:
        """Return a size that all of these fit with, so that neighbours look alike."""
        return min((self._fitted(rect, text, size, bold)[0] for text in texts), default=size)

    def height_of(self, text: str, width: int, size: int, *, bold: bool = False) -> int:
        """Return how high a text is at a width."""
        return len(self._wrapped(text, width, size, bold)) * self.line(size)

    def button(
        self, rect: Rect, text: str, action: Action, style: Style = "plain", size: int | None = None
    ) -> None:
        """Place a button."""
        colours = self.colours
        fill, colour, border = {
            "primary": (colours.brand, colours.on_brand, colours.brand),
            "chosen": (colours.brand, colours.on_brand, colours.brand),
            "plain": (colours.panel, colours.brand_deep, colours.brand),
            "header": (colours.brand_deep, colours.on_brand, colours.on_brand_soft),
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
        self.target(rect, action)

    def face(self, rect: Rect) -> Rect:
        """Return the part of a button that its text may fill."""
        return rect.inset(self.px(14), self.px(6))

    def target(self, rect: Rect, action: Action) -> None:
        """Make a place touchable."""
        self._targets.append(Target(rect, action, self.radius))

    def done(self) -> Layout:
        """Return the screen."""
        return Layout(self.colours.ground, tuple(self._shapes), tuple(self._labels), tuple(self._targets))

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
        # Lines of about the same length: no single hanzi is left alone on the last one.
        narrow = measure(text) // max(1, len(lines))
        while len(lines) > 1 and narrow < width:
            even = wrap(text, narrow, measure)
            if len(even) == len(lines):
                return even
            narrow += max(1, size // 2)
        return lines

    def _fits(self, lines: tuple[str, ...], width: int, size: int, bold: bool) -> bool:
        return all(self._measure(line, size, bold) <= width for line in lines)


def columns(rect: Rect, count: int, gap: int) -> list[Rect]:
    """Divide a rectangle into equal columns."""
    width = (rect.w - gap * (count - 1)) // count
    return [Rect(rect.x + at * (width + gap), rect.y, width, rect.h) for at in range(count)]


def rows(rect: Rect, count: int, gap: int) -> list[Rect]:
    """Divide a rectangle into equal rows."""
    height = (rect.h - gap * (count - 1)) // count
    return [Rect(rect.x, rect.y + at * (height + gap), rect.w, height) for at in range(count)]
