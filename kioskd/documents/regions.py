"""Quadrangles around what is not the table: regions of another colour or between edges."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from kioskd.documents.look import COARSE, Look, steepness
from kioskd.documents.quads import Field, Picture, Points

MOST = 5
"""Regions of one mask that are looked at."""


def region_quads(look: Look, least_area: float) -> Iterator[Points]:
    """Give quadrangles around regions of at least this part of the picture."""
    least = least_area * look.plain.shape[0] * look.plain.shape[1]
    for mask in _masks(look):
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:MOST]:
            hull = cv2.convexHull(contour)
            if cv2.contourArea(hull) >= least:
                for quad in _around(np.asarray(hull, np.int32)):
                    yield (quad + 0.5) * COARSE - 0.5


def _masks(look: Look) -> Iterator[Picture]:
    kernel = np.ones((5, 5), np.uint8)
    # With all of the light, with little of it (shadows), with none (a tinted card on a light table).
    for light_weight in (1.0, 0.35, 0.0):
        far = _unlike_border(look.plain, light_weight)
        top = float(far.max())
        if top <= 0:
            continue
        scaled = np.clip(far * (255.0 / top), 0, 255).astype(np.uint8)
        limit, _ = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        for part in (1.0, 0.6, 0.35):
            mask = ((scaled > limit * part) * 255).astype(np.uint8)
            mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel).astype(np.uint8)
            yield cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel).astype(np.uint8)
    light = look.plain[:, :, 0].astype(np.uint8)
    _, bright = cv2.threshold(light, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    yield bright.astype(np.uint8)
    gx = cv2.Sobel(look.plain, cv2.CV_32F, 1, 0, ksize=3, scale=0.25)
    gy = cv2.Sobel(look.plain, cv2.CV_32F, 0, 1, ksize=3, scale=0.25)
    strength = steepness(gx, gy)
    for percent in (95.0, 88.0):
        limit = max(float(np.percentile(strength[::2, ::2], percent)), 1.5)
        edges = cv2.dilate(((strength > limit) * 255).astype(np.uint8), np.ones((3, 3), np.uint8))
        yield cv2.morphologyEx(edges, cv2.MORPH_CLOSE, kernel).astype(np.uint8)


def _unlike_border(plain: Field, light_weight: float) -> Field:
    """Return how far each pixel's colour is from those along the picture's edge: the table's."""
    weighted = plain * np.array([light_weight, 1.0, 1.0], np.float32)
    ring = max(2, round(0.025 * min(weighted.shape[:2])))
    sides = (weighted[:ring], weighted[-ring:], weighted[:, :ring], weighted[:, -ring:])
    border = np.concatenate([side.reshape(-1, 3) for side in sides])[::3]
    if light_weight < 1:
        centres = np.median(border, axis=0, keepdims=True)
    else:
        criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
        cv2.setRNGSeed(7)
        _, labels, centres = cv2.kmeans(
            border, 3, np.empty((0,), np.int32), criteria, 1, cv2.KMEANS_PP_CENTERS
        )
        # A sheet that leaves the picture is on its edge too, but seldom on a third of it.
        share = np.bincount(labels.ravel(), minlength=3) / len(labels)
        centres = centres[share > 0.12] if (share > 0.12).any() else centres
    ones = np.ones((1, 3), np.float32)
    gaps = [cv2.transform(np.square(weighted - centre.astype(np.float32)), ones) for centre in centres]
    return np.asarray(np.sqrt(np.minimum.reduce(gaps)), np.float32)


def _around(hull: NDArray[np.int32]) -> Iterator[Points]:
    around = cv2.arcLength(hull, True)
    for part in (0.02, 0.04, 0.07):
        shape = cv2.approxPolyDP(hull, part * around, True)
        if len(shape) == 4:
            yield shape.reshape(4, 2).astype(np.float32)
            break
    yield cv2.boxPoints(cv2.minAreaRect(hull)).astype(np.float32)
