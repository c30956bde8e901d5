"""The kiosk's design system: colours, type scale, spacing, motion. One place; a TOML file changes any of it.

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
HIGH_CONTRAST = 7.0
"""The same in high contrast (AAA)."""

_INCHES = {(1080, 1920): 21.5, (1920, 1080): 21.5, (1366, 768): 18.5, (1280, 1024): 19.0}
_USUAL_INCHES = 21.5


class Colours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`PAIRS` says what is written on what: ``ink`` on light grounds, ``on_brand`` on strong ones."""

    ground: Colour = "#F2F5F9"
    panel: Colour = "#FFFFFF"
    tint: Colour = "#E3EDF7"
    muted: Colour = "#E6EAEF"
    line: Colour = "#CBD6E2"
    ink: Colour = "#12263A"
    ink_soft: Colour = "#44566A"
    head: Colour = "#073763"
    on_head: Colour = "#FFFFFF"
    on_head_soft: Colour = "#D6E4F2"
    brand: Colour = "#0B5394"
    brand_deep: Colour = "#073763"
    on_brand: Colour = "#FFFFFF"
    alert: Colour = "#A61C14"
    alert_tint: Colour = "#FBEDEB"
    shadow: Colour = "#DDE4EC"
    focus: Colour = "#E08A00"


HIGH = Colours(
    ground="#000000",
    panel="#121212",
    tint="#2B2600",
    muted="#1E1E1E",
    line="#FFFFFF",
    ink="#FFFFFF",
    ink_soft="#E8E8E8",
    head="#000000",
    on_head="#FFFFFF",
    on_head_soft="#E8E8E8",
    brand="#FFD400",
    brand_deep="#FFE566",
    on_brand="#000000",
    alert="#FFB3A8",
    alert_tint="#3A0D08",
    shadow="#000000",
    focus="#4DE8FF",
)
"""High contrast: light on black."""


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


class Motion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new screen comes in from the side it lies on, so that people see where they went.

    ``milliseconds`` 0 leaves it out. Nothing moves while nothing happens.
    """

    milliseconds: int = 160
    shift: int = 72


class Theme(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole look. ``logo`` is a PNG beside the hall's name, its path relative to the theme's file."""

    colours: Colours = Colours()
    contrast: Colours = HIGH
    type: Type = Type()
    spacing: Spacing = Spacing()
    motion: Motion = Motion()
    logo: str = ""


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
    ("on_head", "head"),
    ("on_head_soft", "head"),
    ("on_brand", "brand"),
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
    for table, colours, least in (
        ("colours", theme.colours, CONTRAST),
        ("contrast", theme.contrast, HIGH_CONTRAST),
    ):
        for text, ground in PAIRS:
            found = contrast(getattr(colours, text), getattr(colours, ground))
            if found < least:
                raise ValueError(f"{table}.{text} on {table}.{ground}: contrast {found:.1f} < {least}")
    if not 0 <= theme.motion.milliseconds <= 400:
        raise ValueError(f"motion.milliseconds: {theme.motion.milliseconds}, not 0 to 400")
    if not theme.logo:
        return theme
    logo = file.parent / theme.logo
    if not logo.is_file():
        raise ValueError(f"logo: {logo} is not there")
    return msgspec.structs.replace(theme, logo=str(logo))
