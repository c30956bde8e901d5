"""Light on a page: evened out, and the page in colour, grey or black and white."""

from __future__ import annotations

import cv2
import numpy as np

from kioskd.documents.quads import Picture

GROUND_SIZE = 200
"""Longer side of the picture in which the paper's own brightness is looked for."""

WHITE = 248.0
"""What evened-out paper comes to."""


STRIP = 64
"""Rows that are evened out at once."""


def evened(page: Picture) -> Picture:
    """Take shadows and the fall of the light off a page of paper.

    Every pixel is divided by the brightness of the paper around it; what is larger than letters and darker
    than paper (a photograph) keeps at least half of its darkness.
    """
    small = reduced(page, GROUND_SIZE)
    light = small.max(axis=2) if small.ndim == 3 else small
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15))
    ground = cv2.morphologyEx(light, cv2.MORPH_CLOSE, kernel)
    ground = cv2.medianBlur(np.asarray(ground, np.uint8), 13)
    ground = cv2.GaussianBlur(ground, (0, 0), 5).astype(np.float32)
    ground = np.maximum(ground, 0.45 * float(np.percentile(ground, 95)))
    gain = np.clip(WHITE / np.maximum(ground, 1.0), 0.8, 2.5).astype(np.float32)
    whole = cv2.resize(gain, (page.shape[1], page.shape[0]), interpolation=cv2.INTER_LINEAR)
    out = np.empty_like(page)
    for top in range(0, page.shape[0], STRIP):  # strips stay in the processor's cache: four times as quick
        rows = slice(top, top + STRIP)
        factor = cv2.merge([whole[rows]] * page.shape[2]) if page.ndim == 3 else whole[rows]
        cv2.multiply(page[rows], factor, dst=out[rows], dtype=cv2.CV_8U)
    return out


def reduced(page: Picture, longest: int) -> Picture:
    """Return a picture whose longer side is no more than this."""
    scale = longest / max(page.shape[:2])
    if scale >= 1:
        return page
    # Eight of the pixels that make up one say as much as all hundred, and are far fewer to read.
    stride = int(0.35 / scale)
    if stride > 1:
        page = np.ascontiguousarray(page[::stride, ::stride])
        scale = longest / max(page.shape[:2])
    way = cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(page, None, fx=scale, fy=scale, interpolation=way), np.uint8)


def bright(light: Picture, part: float) -> int:
    """Return the brightness that no more than ``part`` of a picture without colour goes beyond."""
    found = cv2.calcHist([light], [0], None, [256], [0, 256]).ravel().cumsum()
    return int(np.searchsorted(found, (1 - part) * light.size))


def grey(page: Picture) -> Picture:
    """Return the page without colour."""
    return np.asarray(cv2.cvtColor(page, cv2.COLOR_BGR2GRAY), np.uint8)


def bilevel(page: Picture) -> Picture:
    """Return the page in black (0) and white (255), each part by the brightness around it."""
    light = grey(page)
    size = max(31, (min(light.shape) // 40) | 1)
    return np.asarray(
        cv2.adaptiveThreshold(light, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, size, 18), np.uint8
    )
