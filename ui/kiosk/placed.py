"""What a screen is made of once it is laid out: shapes, texts and targets at their places.

A `Layout` compares by value, so an unchanged screen is known without drawing it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ui.kiosk.model.events import Action
from ui.kiosk.theme import Colour

Measure = Callable[[str, int, bool], int]
"""Width in pixels of one line of text: text, size, bold."""

Align = Literal["left", "centre", "right"]


class Rect(NamedTuple):
    """A place on the screen, in pixels."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """First column behind it."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """First row below it."""
        return self.y + self.h

    def inset(self, dx: int, dy: int | None = None) -> Rect:
        """Return the part inside a margin."""
        dy = dx if dy is None else dy
        return Rect(self.x + dx, self.y + dy, self.w - 2 * dx, self.h - 2 * dy)

    def holds(self, other: Rect) -> bool:
        """Whether the other lies within."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def meets(self, other: Rect) -> bool:
        """Whether they share a pixel."""
        return (
            self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom
        )

    def has(self, x: float, y: float) -> bool:
        """Whether a point lies within."""
        return self.x <= x < self.right and self.y <= y < self.bottom


def columns(rect: Rect, count: int, gap: int) -> list[Rect]:
    """Divide a rectangle into equal columns."""
    width = (rect.w - gap * (count - 1)) // count
    return [Rect(rect.x + at * (width + gap), rect.y, width, rect.h) for at in range(count)]


def rows(rect: Rect, count: int, gap: int) -> list[Rect]:
    """Divide a rectangle into equal rows."""
    height = (rect.h - gap * (count - 1)) // count
    return [Rect(rect.x, rect.y + at * (height + gap), rect.w, height) for at in range(count)]


@dataclass(frozen=True)
class Shape:
    """A filled rectangle, perhaps with round corners and a border."""

    rect: Rect
    fill: Colour
    radius: int = 0
    border: Colour | None = None
    border_width: int = 0


@dataclass(frozen=True)
class Label:
    """Lines of text inside ``rect``, centred from top to bottom. ``ground`` is what they stand on."""

    rect: Rect
    lines: tuple[str, ...]
    size: int
    bold: bool
    colour: Colour
    ground: Colour
    align: Align
    line_height: int


@dataclass(frozen=True)
class Target:
    """Where a touch does something. ``spoken`` says what, to who cannot see it.

    A ``hidden`` one is for staff: nothing shows or speaks of it.
    """

    rect: Rect
    action: Action
    radius: int = 0
    spoken: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Picture:
    """The theme's logo, as large as fits in the middle left of ``rect``."""

    rect: Rect


@dataclass(frozen=True)
class Layout:
    """A whole screen; shapes in the order they are drawn, texts over them.

    ``spoken`` is what the screen says to who cannot see it; ``key`` names the screen, ``top`` is where the
    part below the head begins, ``primary`` what Enter does.
    """

    ground: Colour
    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...]
    targets: tuple[Target, ...]
    pictures: tuple[Picture, ...] = ()
    focus: Colour = "#E08A00"
    spoken: str = ""
    key: str = ""
    top: int = 0
    primary: Action | None = None

    @property
    def offered(self) -> tuple[Target, ...]:
        """The targets that everybody may know of."""
        return tuple(target for target in self.targets if not target.hidden)

    def at(self, x: float, y: float) -> Action | None:
        """Return what a touch at a point does."""
        return next((target.action for target in self.targets if target.rect.has(x, y)), None)


_PIECES = re.compile(r"（[^（）]{1,8}）\s*|[!-~\u00a0-\u00ff\u2013\u2018-\u2019]+\s*|\S\s*|\s+")
STICKS = frozenset("，。、；：！？）》」』”’…")
"""Marks that no line begins with."""
_HOLDS = frozenset("（《「『“‘")


def wrap(text: str, width: int, measure: Callable[[str], int]) -> tuple[str, ...]:
    """Break a text into lines between hanzi or words; marks stay with what they close or open."""
    pieces: list[str] = []
    for piece in _PIECES.findall(text):
        if pieces and (piece[0] in STICKS or pieces[-1][-1] in _HOLDS):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    lines: list[str] = []
    line = ""
    for piece in pieces:
        if line and measure((line + piece).rstrip()) > width:
            lines.append(line.rstrip())
            line = piece
        else:
            line += piece
    return (*lines, line.rstrip()) if line.strip() else tuple(lines)
