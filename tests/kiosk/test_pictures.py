"""Every screen still looks as in ``docs/screens`` (`make screens` draws them anew)."""

from __future__ import annotations

from collections.abc import Iterator

import pygame
import pytest
from PIL import Image, ImageChops

from tests.kiosk.pictures import LOOKS, Look, folder, picture, screens
from ui.kiosk.draw import Fonts

BLOCK = 12
"""Differences are looked at in squares of so many pixels."""
MOST = 24
"""On average of a square, of 255: more than other smoothing, less than a letter that moved."""


@pytest.fixture
def display() -> Iterator[None]:
    pygame.display.init()
    pygame.display.set_mode((1, 1))
    yield
    pygame.display.quit()


def difference(one: Image.Image, other: Image.Image) -> int:
    """Return the largest difference of any square."""
    grey = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).convert("L")
    small = grey.resize((one.width // BLOCK, one.height // BLOCK), Image.Resampling.BOX)
    most = small.getextrema()[1]
    assert isinstance(most, int)
    return most


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: folder(look).name)
def test_every_screen_looks_as_in_its_picture(look: Look, fonts: Fonts, display: None) -> None:
    known = {file.stem for file in folder(look).glob("*.png")}
    for name, screen in screens(look, fonts):
        assert name in known, f"{name} has no picture: make screens"
        known.remove(name)
        drawn = picture(screen)
        with Image.open(folder(look) / f"{name}.png") as kept:
            assert kept.size == drawn.size
            same = drawn.quantize(palette=kept, dither=Image.Dither.NONE)
            assert difference(kept, same) <= MOST, f"{name} looks different: make screens, and look"
    assert not known, "pictures of screens that are gone: make screens"


def test_a_letter_that_moved_is_seen(fonts: Fonts, display: None) -> None:
    name, screen = next(screens(LOOKS[0], fonts))
    assert name == "home"
    drawn = picture(screen)
    moved = ImageChops.offset(drawn, 6, 0)
    assert difference(drawn, moved) > MOST
