"""Drawing a layout with pygame. Fonts, measured widths and drawn lines of text are kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from importlib import resources
from io import BytesIO
from typing import Generic, TypeVar

import pygame

from ui.kiosk.placed import Label, Layout, Rect, Shape
from ui.kiosk.theme import rgb

LINES_KEPT = 600
LINES_BYTES = 16_000_000
"""A line of small text takes 20 kB, a number as large as the screen a whole megabyte."""
CORNERS_KEPT = 100
FONTS_KEPT = 64

V = TypeVar("V")
Corners = tuple[pygame.Surface, pygame.Surface, pygame.Surface, pygame.Surface]


class Kept(Generic[V]):
    """The latest values by key, so that memory stays flat: at most so many, and so heavy together."""

    def __init__(self, most: int, heaviest: int = 0, weigh: Callable[[V], int] = lambda value: 0) -> None:
        self._most = most
        self._heaviest = heaviest
        self._weigh = weigh
        self._weight = 0
        self._values: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Return a kept value, made when it is not there."""
        if key in self._values:
            self._values.move_to_end(key)
        else:
            self._values[key] = made = make()
            self._weight += self._weigh(made)
            while len(self._values) > self._most or (self._weight > self._heaviest and len(self._values) > 1):
                _, gone = self._values.popitem(last=False)
                self._weight -= self._weigh(gone)
        return self._values[key]


class Fonts:
    """The project's own font in any size. pygame.font must be initialised."""

    def __init__(self) -> None:
        folder = resources.files("ui") / "fonts"
        self._files = {
            bold: (folder / f"NotoSansSC-{'Bold' if bold else 'Regular'}-subset.otf").read_bytes()
            for bold in (False, True)
        }
        self._fonts: Kept[pygame.font.Font] = Kept(FONTS_KEPT)
        self._widths: Kept[int] = Kept(4000)

    def font(self, size: int, bold: bool) -> pygame.font.Font:
        """Return a font; ``size`` is the height of its em box in pixels."""
        return self._fonts.get((size, bold), lambda: pygame.font.Font(BytesIO(self._files[bold]), size))

    def measure(self, text: str, size: int, bold: bool) -> int:
        """Return the width of a line (see `placed.Measure`)."""
        return self._widths.get((text, size, bold), lambda: self.font(size, bold).size(text)[0])


class Painter:
    """Draws layouts on a surface."""

    def __init__(self, surface: pygame.Surface, fonts: Fonts, logo: str = "") -> None:
        """``logo`` is a PNG file, empty for none. Raises `pygame.error` for one that is no picture."""
        self._surface = surface
        self._fonts = fonts
        self._logo = pygame.image.load(logo) if logo else None
        self._logos: Kept[pygame.Surface] = Kept(2)
        self._lines: Kept[pygame.Surface] = Kept(LINES_KEPT, LINES_BYTES, _bytes)
        self._corners: Kept[Corners] = Kept(CORNERS_KEPT)

    def paint(self, layout: Layout, focus: Rect | None = None) -> None:
        """Draw a screen; ``focus`` is the target that a key would press."""
        self._surface.fill(rgb(layout.ground))
        for shape in layout.shapes:
            self._shape(shape)
        for label in layout.labels:
            self._label(label)
        for picture in layout.pictures:
            self._picture(picture.rect)
        if focus is not None:
            width = max(3, self._surface.get_height() // 160)
            pygame.draw.rect(self._surface, rgb(layout.focus), focus, width, border_radius=width * 4)

    def _round(self, shape: Shape) -> Corners | None:
        radius = min(shape.radius, shape.rect.w // 2, shape.rect.h // 2)
        if radius <= 0:
            return None
        key = (shape.fill, radius, shape.border, shape.border_width)
        return self._corners.get(key, lambda: _corners(shape, radius))

    def _shape(self, shape: Shape) -> None:
        x, y, width, height = shape.rect
        corners = self._round(shape)
        fill = self._surface.fill
        if corners is None:
            fill(rgb(shape.fill), shape.rect)
            return
        radius = corners[0].get_width()
        far_x, far_y = x + width - radius, y + height - radius
        places = ((x, y), (far_x, y), (x, far_y), (far_x, far_y))
        for corner, place in zip(corners, places, strict=True):
            self._surface.blit(corner, place)
        across, down = width - 2 * radius, height - 2 * radius
        fill(rgb(shape.fill), (x + radius, y, across, height))
        fill(rgb(shape.fill), (x, y + radius, width, down))
        if shape.border is not None:
            edge, colour = shape.border_width, rgb(shape.border)
            fill(colour, (x + radius, y, across, edge))
            fill(colour, (x + radius, y + height - edge, across, edge))
            fill(colour, (x, y + radius, edge, down))
            fill(colour, (x + width - edge, y + radius, edge, down))

    def warm(self, layout: Layout) -> None:
        """Draw a screen's lines of text and corners ahead of time, showing nothing."""
        for shape in layout.shapes:
            self._round(shape)
        for label in layout.labels:
            for line in label.lines:
                if line:
                    self._line(label, line)

    def _picture(self, rect: Rect) -> None:
        if self._logo is None:
            return
        logo = self._logo
        width, height = logo.get_size()
        part = min(rect.w / width, rect.h / height)
        size = (max(1, round(width * part)), max(1, round(height * part)))
        drawn = self._logos.get(size, lambda: pygame.transform.smoothscale(logo.convert_alpha(), size))
        self._surface.blit(drawn, (rect.x, rect.y + (rect.h - size[1]) // 2))

    def _line(self, label: Label, line: str) -> pygame.Surface:
        font = self._fonts.font(label.size, label.bold)
        key = (line, label.size, label.bold, label.colour)
        return self._lines.get(key, lambda: font.render(line, True, rgb(label.colour)))

    def _label(self, label: Label) -> None:
        rect, step = label.rect, label.line_height
        y = rect.y + (rect.h - step * len(label.lines)) // 2
        font = self._fonts.font(label.size, label.bold)
        # The em box in the middle of its line: hanzi and capitals then sit where the eye expects them.
        lift = (step - label.size) // 2 - (font.get_ascent() - round(0.88 * label.size))
        for line in label.lines:
            if line:
                drawn = self._line(label, line)
                left = {"left": 0, "centre": (rect.w - drawn.get_width()) // 2}.get(
                    label.align, rect.w - drawn.get_width()
                )
                self._surface.blit(drawn, (rect.x + left, y + lift))
            y += step


def _bytes(surface: pygame.Surface) -> int:
    return surface.get_pitch() * surface.get_height()


def _corners(shape: Shape, radius: int) -> Corners:
    """Draw a small round shape at four times its size and bring it down: its quarters are smooth corners."""
    side, finer = 2 * radius, 4
    big = pygame.Surface((side * finer, side * finer), pygame.SRCALPHA)
    edge = shape.border_width if shape.border is not None else 0
    outer = rgb(shape.border if shape.border is not None else shape.fill)
    # Transparent pixels carry the colour too, or the smoothed edge would darken.
    big.fill((*outer, 0))
    centre, full = (radius * finer, radius * finer), radius * finer
    pygame.draw.circle(big, outer, centre, full)
    if edge:
        pygame.draw.circle(big, rgb(shape.fill), centre, max(0, full - edge * finer))
    small = pygame.transform.smoothscale(big, (side, side))

    def quarter(x: int, y: int) -> pygame.Surface:
        return small.subsurface((x, y, radius, radius)).copy()

    return quarter(0, 0), quarter(radius, 0), quarter(0, radius), quarter(radius, radius)
