"""The kiosk's design system: colours, type scale, spacing. One place; a TOML file changes any of it.

Sizes are pixels on a panel whose shorter side has 1080; `Panel.scale` brings them to others. The
smallest target is in millimetres, because fingers are.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import msgspec

Colour = str
"""``#RRGGBB``."""

REFERENCE = 1080
TARGET_MM = 20.0
"""No target is smaller than this, either way."""
CONTRAST = 4.5
"""Least contrast between text and what it stands on (WCAG 2.1 AA)."""

_INCHES = {(1080, 1920): 21.5, (1920, 1080): 21.5, (1366, 768): 18.5, (1280, 1024): 19.0}
_USUAL_INCHES = 21.5


class Colours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``ink`` on ``ground``, ``panel``, ``tint`` or ``muted``; ``on_brand`` on the three strong ones."""

    ground: Colour = "#F2F5F9"
    panel: Colour = "#FFFFFF"
    tint: Colour = "#E3EDF7"
    muted: Colour = "#E6EAEF"
    line: Colour = "#CBD6E2"
    ink: Colour = "#12263A"
    ink_soft: Colour = "#44566A"
    brand: Colour = "#0B5394"
    brand_deep: Colour = "#073763"
    on_brand: Colour = "#FFFFFF"
    on_brand_soft: Colour = "#D6E4F2"
    alert: Colour = "#A61C14"
    alert_tint: Colour = "#FBEDEB"
    shadow: Colour = "#DDE4EC"
    focus: Colour = "#E08A00"


class Type(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sizes of text; ``large`` is the factor of the large-text mode."""

    caption: int = 28
    body: int = 34
    lead: int = 42
    title: int = 54
    headline: int = 72
    clock: int = 64
    number: int = 320
    large: float = 1.28
    line_height: float = 1.36


class Spacing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Distances and corners."""

    edge: int = 48
    gap: int = 28
    inner: int = 32
    radius: int = 24
    border: int = 2


class Theme(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole look."""

    colours: Colours = Colours()
    type: Type = Type()
    spacing: Spacing = Spacing()


@dataclass(frozen=True)
class Panel:
    """A screen: pixels and its diagonal in inches."""

    width: int
    height: int
    inches: float

    @property
    def scale(self) -> float:
        """Pixels of this panel per pixel of the design."""
        return min(self.width, self.height) / REFERENCE

    def mm(self, length: float) -> int:
        """Return a length of the world in pixels, rounded up."""
        dots = (self.width**2 + self.height**2) ** 0.5
        return int(-(-length * dots // (self.inches * 25.4)))


def panel(width: int, height: int, inches: float | None = None) -> Panel:
    """Return a panel; without its diagonal the usual one of that resolution."""
    return Panel(width, height, inches or _INCHES.get((width, height), _USUAL_INCHES))


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    def linear(byte: int) -> float:
        part = byte / 255
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    red, green, blue = rgb(colour)
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def rgb(colour: Colour) -> tuple[int, int, int]:
    """Return the three bytes of a colour. Raises ValueError for anything else."""
    if len(colour) != 7 or colour[0] != "#":
        raise ValueError(f"not a colour like #0B5394: {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


PAIRS = (
    *(("ink", ground) for ground in ("ground", "panel", "tint", "muted")),
    *(("ink_soft", ground) for ground in ("ground", "panel", "tint", "muted")),
    ("brand_deep", "ground"),
    ("brand_deep", "panel"),
    ("brand_deep", "tint"),
    ("on_brand", "brand"),
    ("on_brand", "brand_deep"),
    ("on_brand_soft", "brand_deep"),
    ("alert", "panel"),
    ("alert", "alert_tint"),
    ("on_brand", "alert"),
)
"""What is written on what."""


def read_theme(file: Path | None) -> Theme:
    """Return the look of a TOML file, or the usual one.

    Raises OSError, and ValueError for what is no theme or cannot be read by everybody.
    """
    if file is None:
        return Theme()
    try:
        theme = msgspec.convert(tomllib.loads(file.read_text("utf-8")), Theme)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
    for text, ground in PAIRS:
        pair = getattr(theme.colours, text), getattr(theme.colours, ground)
        if contrast(*pair) < CONTRAST:
            raise ValueError(
                f"colours.{text} on colours.{ground}: contrast {contrast(*pair):.1f} < {CONTRAST}"
            )
    return theme
