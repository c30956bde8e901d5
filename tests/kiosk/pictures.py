"""Pictures of every screen in both languages and text sizes on every panel: ``docs/screens``.

    python -m tests.kiosk.pictures          (make screens)

Drawn by the kiosk's own painter, brought to two fifths of their size, in few colours.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

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
Look = tuple[tuple[int, int], Language, bool]
LOOKS: tuple[Look, ...] = tuple(itertools.product(SIZES, LANGUAGES, (False, True)))


def folder(look: Look) -> Path:
    (width, height), language, large = look
    return FOLDER / f"{width}x{height}-{language}-{'large' if large else 'normal'}"


def pictures(look: Look, fonts: Fonts) -> Iterator[tuple[str, Image.Image]]:
    """Draw every screen as it looks in one way."""
    size, language, large = look
    surface = pygame.Surface(size)
    painter = Painter(surface, fonts)
    small = round(size[0] * PART), round(size[1] * PART)
    for name, (kiosk, now) in scenes(language, large).items():
        painter.paint(lay_out(kiosk, now, panel(*size), Theme(), fonts.measure))
        drawn = Image.frombytes("RGB", size, pygame.image.tobytes(surface, "RGB"))
        yield name, drawn.resize(small, Image.Resampling.BOX)


def main() -> None:
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_mode((1, 1))
    fonts, total, count = Fonts(), 0, 0
    for look in LOOKS:
        place = folder(look)
        place.mkdir(parents=True, exist_ok=True)
        known = set()
        for name, picture in pictures(look, fonts):
            file = place / f"{name}.png"
            picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
            known.add(file)
            total += file.stat().st_size
        for file in set(place.glob("*.png")) - known:
            file.unlink()
        count += len(known)
    sys.stdout.write(f"{count} pictures, {total / 1e6:.1f} MB in {FOLDER}\n")


if __name__ == "__main__":
    main()
