"""Pictures of every screen in both languages and text sizes on every panel, and in high contrast on one:
``docs/screens``.

    python -m tests.kiosk.pictures          (make screens)

Drawn by the kiosk's own painter, brought to two fifths of their size, in few colours.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame
from PIL import Image

from tests.kiosk.scenes import SIZES, scenes
from ui.kiosk.draw import Fonts, Painter
from ui.kiosk.facts import Language
from ui.kiosk.layout import lay_out
from ui.kiosk.theme import Theme, panel

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screens"
PART = 0.4
COLOURS = 24
LANGUAGES: tuple[Language, ...] = ("zh", "en")
Way = Literal["normal", "large", "contrast"]
Look = tuple[tuple[int, int], Language, Way]
LOOKS: tuple[Look, ...] = (
    *itertools.product(SIZES, LANGUAGES, ("normal", "large")),
    *(((1366, 768), language, "contrast") for language in LANGUAGES),
)
"""High contrast changes colours only, which every layout's test computes: one panel shows how it looks."""


def folder(look: Look) -> Path:
    (width, height), language, way = look
    return FOLDER / f"{width}x{height}-{language}-{way}"


def screens(look: Look, fonts: Fonts) -> Iterator[tuple[str, pygame.Surface]]:
    """Draw every screen as it looks in one way, each over the one before."""
    size, language, way = look
    surface = pygame.Surface(size)
    painter = Painter(surface, fonts)
    for name, (kiosk, now) in scenes(language, way == "large", contrast=way == "contrast").items():
        painter.paint(lay_out(kiosk, now, panel(*size), Theme(), fonts.measure))
        yield name, surface


def picture(surface: pygame.Surface) -> Image.Image:
    """Return the picture of a screen."""
    size = surface.get_size()
    drawn = Image.frombuffer("RGB", size, surface.get_buffer(), "raw", "BGRX", surface.get_pitch(), 1)
    return drawn.resize((round(size[0] * PART), round(size[1] * PART)), Image.Resampling.BOX)


def main() -> None:
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_mode((1, 1))
    fonts, total, count = Fonts(), 0, 0
    for look in LOOKS:
        place = folder(look)
        place.mkdir(parents=True, exist_ok=True)
        known = set()
        for name, screen in screens(look, fonts):
            file = place / f"{name}.png"
            picture(screen).quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
            known.add(file)
            total += file.stat().st_size
        for file in set(place.glob("*.png")) - known:
            file.unlink()
        count += len(known)
    sys.stdout.write(f"{count} pictures, {total / 1e6:.1f} MB in {FOLDER}\n")


if __name__ == "__main__":
    main()
