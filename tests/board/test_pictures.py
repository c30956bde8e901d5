"""The pictures in docs/screens/board are what the board looks like."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.board.conftest import Screens
from tests.board.pictures import FOLDER, PICTURES, taken

COARSE = 12
"""Pixels of a picture to one that is compared: smoothing of letters is the browser's business."""
MEAN, WORST = 3.0, 90
"""Greatest differences of 255, over all and in one place."""


@pytest.mark.parametrize("name", PICTURES)
async def test_a_picture_is_still_true(screens: Screens, name: str) -> None:
    now = await taken(screens, name)
    with Image.open(FOLDER / f"{name}.png") as file:
        kept = file.convert("RGB")
    assert kept.size == now.size
    coarse = (now.width // COARSE, now.height // COARSE)
    one, other = (picture.resize(coarse, Image.Resampling.BOX) for picture in (now, kept))
    difference = ImageChops.difference(one, other)
    found = ImageStat.Stat(difference)
    how = "take it anew with `make board-screens` and look at it"
    assert max(found.mean) <= MEAN, how
    assert max(high for _, high in found.extrema) <= WORST, how
