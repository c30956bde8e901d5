"""Sheets are found where they lie, and none is cut without a word.

The whole set of 500 is ``make pages``; here a part of it.
"""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from kioskd.documents.find import find_sheet
from tests.documents import sheets

COUNT = int(os.environ.get("KIOSKD_PAGES", "30"))
SAME = 0.95
"""Intersection over union from which a sheet counts as found."""
EDGE = 0.02
"""Part of a sheet that may fall away with its edge."""


def test_the_set() -> None:
    whole, found, unsaid = 0, 0, []
    for seed in range(COUNT):
        drawn = sheets.draw(seed)
        high, wide = drawn.picture.shape[:2]
        sheet = find_sheet(drawn.picture)
        if not drawn.beyond:
            whole += 1
            if sheet is not None and sheets.overlap(drawn.corners, sheet.corners, wide, high) >= SAME:
                found += 1
        if sheet is not None and not sheet.cut:
            lost = sheets.outside(drawn.corners, sheet.corners)
            if drawn.beyond or lost > EDGE + (0.03 if drawn.kind.startswith("paper") else 0):
                unsaid.append((seed, drawn.kind, round(lost, 3)))
    sys.stdout.write(f"{found} of {whole} found; cut without a word: {unsaid}\n")
    assert unsaid == []
    assert found >= 0.98 * whole - (1 if COUNT < 100 else 0)


@pytest.mark.parametrize("shade", [0, 90, 250])
def test_an_empty_table_has_no_sheet(shade: int) -> None:
    rng = np.random.default_rng(1)
    picture = np.clip(rng.normal(shade, 3, (600, 800, 3)), 0, 255).astype(np.uint8)
    assert find_sheet(picture) is None
