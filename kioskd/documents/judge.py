"""What a person should be told about a page before the sheet is put away."""

from __future__ import annotations

import cv2
import numpy as np

from kioskd.documents.quads import Picture
from kioskd.documents.tone import bright, reduced

BLANK_INK = 0.0006
"""Part of the page covered by writing below which it is blank: a page number alone is more."""

BLUR_LIMIT = 14.0
"""How steep the steepest hundredth of a page's edges must be, in grey levels a pixel at `LOOK_WIDTH`."""

LOOK_WIDTH = 1400

DARK_PAPER = 150
"""How bright paper must be, in grey levels, once the light on it was evened out as far as it goes."""


def blank(light: Picture) -> bool:
    """Whether there is nothing on a page without colour (its margins, where table may show, left out)."""
    light = reduced(light, 800)
    high, wide = light.shape
    light = light[high // 25 : high - high // 25, wide // 25 : wide - wide // 25]
    ink = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8))
    # Paper in uneven light is smooth; a large dark surface is no blank page either.
    dark = float((light < 0.45 * bright(light, 0.05)).mean())
    return float((ink > 28).mean()) < BLANK_INK and dark < 0.02


def dark(light: Picture) -> bool:
    """Whether there was too little light on a page without colour, evened out: its paper is not white."""
    return bright(reduced(light, 400), 0.1) < DARK_PAPER


def blurred(light: Picture) -> bool:
    """Whether what is on a page without colour is out of focus or was moved; a blank page is not blurred."""
    light = reduced(light, LOOK_WIDTH)
    gx = cv2.Sobel(light, cv2.CV_16S, 1, 0, ksize=3)
    gy = cv2.Sobel(light, cv2.CV_16S, 0, 1, ksize=3)
    steep = np.maximum(np.abs(gx), np.abs(gy)) // 4
    ink = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8))
    written = cv2.dilate(np.asarray((ink > 20) * 255, np.uint8), np.ones((5, 5), np.uint8)) > 0
    if float(written.mean()) < 0.002:
        return False
    return float(np.percentile(steep[written], 95)) < BLUR_LIMIT
