"""Quadrangles of a picture: many at once, as arrays of four corners each (n, 4, 2), in pixels."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Points = NDArray[np.floating[Any]]
Field = NDArray[Any]


def area(corners: Points) -> float:
    """Return the area of a polygon in square pixels."""
    return float(cv2.contourArea(corners.astype(np.float32)))


def areas(quads: Field) -> Field:
    """Return the area of each."""
    x, y = quads[..., 0], quads[..., 1]
    after = np.roll(quads, -1, axis=1)
    return np.asarray(np.abs((x * after[..., 1] - y * after[..., 0]).sum(axis=1)) / 2)


def ordered(corners: Points) -> Points:
    """Return four corners clockwise as seen, the first the one nearest to the top left."""
    return np.asarray(all_ordered(corners[None])[0], np.float32)


def all_ordered(quads: Field) -> Field:
    """Return every quadrangle's corners clockwise as seen, the first the one nearest to the top left."""
    away = quads - quads.mean(axis=1, keepdims=True)
    around = np.argsort(np.arctan2(away[..., 1], away[..., 0]), axis=1)
    quads = np.take_along_axis(quads, around[..., None], axis=1)
    first = quads.sum(axis=2).argmin(axis=1)
    turn = (first[:, None] + np.arange(4)) % 4
    return np.asarray(np.take_along_axis(quads, turn[..., None], axis=1), np.float32)


def distinct(quads: Field, gap: float = 4.0) -> Field:
    """Leave out what is nearly the same as one before."""
    kept: list[int] = []
    for index, corners in enumerate(quads):
        if not kept or np.abs(quads[kept] - corners).max(axis=(1, 2)).min() > gap:
            kept.append(index)
    return np.asarray(quads[kept])


def sane(quads: Field, least: float) -> NDArray[np.bool_]:
    """Return which could be a sheet seen by a camera: of some size, nearly a rectangle."""
    sides = np.roll(quads, -1, axis=1) - quads
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    units = sides / np.maximum(lengths, 1e-6)[..., None]
    after = np.roll(units, -1, axis=1)
    turns = units[..., 0] * after[..., 1] - units[..., 1] * after[..., 0]
    lean = np.abs((units * after).sum(axis=2))
    with np.errstate(divide="ignore", invalid="ignore"):
        facing = lengths[:, :2] / lengths[:, 2:]
        slim = lengths.max(axis=1) / lengths.min(axis=1)
        return np.asarray(
            (turns > 0).all(axis=1)  # convex, clockwise
            & (lean < 0.5).all(axis=1)  # every corner between 60 and 120 degrees
            & (areas(quads) >= least)
            & (lengths >= 20).all(axis=1)
            & (slim <= 8)
            & ((facing > 0.6) & (facing < 1.67)).all(axis=1)
        )


def meet(p: Field, r: Field, q: Field, s: Field) -> Field:
    """Return where lines p + u·r and q + v·s cross; NaN where they are parallel."""
    cross = r[..., 0] * s[..., 1] - r[..., 1] * s[..., 0]
    size = np.hypot(r[..., 0], r[..., 1]) * np.hypot(s[..., 0], s[..., 1])
    w = q - p
    with np.errstate(divide="ignore", invalid="ignore"):
        u = (w[..., 0] * s[..., 1] - w[..., 1] * s[..., 0]) / cross
    u = np.where(np.abs(cross) > 1e-3 * size, u, np.nan)
    return np.asarray(p + u[..., None] * r)
