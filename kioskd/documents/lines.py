"""Quadrangles of straight edges: they show through shadows that cut a region in two."""

from __future__ import annotations

import cv2
import numpy as np

from kioskd.documents.look import COARSE, Look
from kioskd.documents.quads import Field, all_ordered, meet, sane

SEGMENTS = 160
"""The longest pieces of straight edges that are looked at."""

LINES = 22
"""Lines that are kept of them."""

PAIRS = 90
"""Pairs of facing lines that are crossed with each other."""

TELLING = 3.5
"""A difference of colour (Lab) across an edge that is more than noise."""


def line_quads(look: Look, least: float) -> Field:
    """Return quadrangles (n, 4, 2) that lines of the picture and its own edges enclose, of at least ``least``
    square pixels.
    """
    lines = _lines(look)
    none = np.empty((0, 4, 2), np.float32)
    if not len(lines):
        return none
    lines = np.concatenate([lines, _own_edges(look)])
    middles, ways = lines[:, :2], np.stack([np.cos(lines[:, 2]), np.sin(lines[:, 2])], axis=1)
    one, other = np.triu_indices(len(lines), 1)
    turn = np.abs(np.sin(lines[one, 2] - lines[other, 2]))
    apart = middles[other] - middles[one]
    gap = np.maximum(
        np.abs(apart[:, 1] * ways[one, 0] - apart[:, 0] * ways[one, 1]),
        np.abs(apart[:, 1] * ways[other, 0] - apart[:, 0] * ways[other, 1]),
    )
    facing = (turn < 0.25) & (gap > 0.12 * min(look.width, look.height))
    one, other = one[facing], other[facing]
    best = np.argsort(-(lines[one, 3] + lines[other, 3]))[:PAIRS]
    one, other = one[best], other[best]
    p, q = np.triu_indices(len(one), 1)
    crossing = np.abs(np.sin(lines[one[p], 2] - lines[one[q], 2])) > 0.85
    p, q = p[crossing], q[crossing]
    if not len(p):
        return none
    sides = [(one[p], one[q]), (one[p], other[q]), (other[p], other[q]), (other[p], one[q])]
    quads = np.stack([meet(middles[a], ways[a], middles[b], ways[b]) for a, b in sides], axis=1)
    room = 0.1 * look.width
    far = np.array([look.width + room, look.height + room])
    fine = np.isfinite(quads).all(axis=(1, 2))
    quads = quads[fine]
    quads = all_ordered(quads[((quads > -room) & (quads < far)).all(axis=(1, 2))])
    return np.asarray(quads[sane(quads, least)], np.float32)


def _lines(look: Look) -> Field:
    """Return the picture's most telling straight lines: middle, angle (radians), weight."""
    # Evened out, so that a light sheet on a light table in somebody's shadow has edges as well.
    even = cv2.createCLAHE(clipLimit=4.0, tileGridSize=(6, 6)).apply(look.light)
    found = [_segments(even, 1)]
    # A tinted card on a table as light as itself has edges of colour only.
    for channel in (1, 2):
        tint = look.plain[:, :, channel]
        low, high = np.percentile(tint[::2, ::2], (1, 99))
        if high - low > 3:
            spread = np.clip((tint - low) * (220.0 / max(high - low, 12.0)) + 15, 0, 255)
            found.append(_segments(np.asarray(spread, np.uint8), COARSE))
    segments = np.concatenate(found)
    if not len(segments):
        return np.empty((0, 4), np.float32)
    lengths = np.hypot(*(segments[:, 2:] - segments[:, :2]).T)
    least = 0.10 * min(look.width, look.height)
    order = np.argsort(-lengths)[:SEGMENTS]
    order = order[lengths[order] > 0.35 * least]
    segments, lengths = segments[order], lengths[order]
    if not len(segments):
        return np.empty((0, 4), np.float32)
    return _merged(segments, lengths * (0.15 + _telling(look, segments)), lengths, least)


def _segments(picture: Field, scale: int) -> Field:
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, 0.8).detect(picture)[0]
    if found is None:
        return np.empty((0, 4), np.float32)
    return np.asarray((found.reshape(-1, 4) + 0.5) * scale - 0.5, np.float32)


def _telling(look: Look, segments: Field) -> Field:
    """Return along how much of each segment there is another colour on its other side. Printed lines and
    writing have paper on both.
    """
    start, along = segments[:, None, :2], (segments[:, 2:] - segments[:, :2])[:, None, :]
    places = start + along * np.linspace(0.05, 0.95, 12, dtype=np.float32)[None, :, None]
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    across = across / np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-6)
    gap = look.colour(places - 6 * across) - look.colour(places + 6 * across)
    return np.asarray((np.sqrt((gap**2).sum(axis=-1)) > TELLING).mean(axis=1))


def _merged(segments: Field, weights: Field, lengths: Field, least: float) -> Field:
    """Join pieces of one line; return the weightiest lines."""
    middles = (segments[:, :2] + segments[:, 2:]) / 2
    along = segments[:, 2:] - segments[:, :2]
    angles = np.arctan2(along[:, 1], along[:, 0])
    lines = np.empty((len(segments), 5))
    count = 0
    for middle, angle, weight, length in zip(middles, angles, weights, lengths, strict=True):
        known = lines[:count]
        off = (middle[1] - known[:, 1]) * np.cos(known[:, 2]) - (middle[0] - known[:, 0]) * np.sin(
            known[:, 2]
        )
        same = np.flatnonzero((np.abs(np.sin(angle - known[:, 2])) < 0.05) & (np.abs(off) < 4))
        if len(same):
            lines[same[0], 3:] += weight, length
        else:
            lines[count] = *middle, angle, weight, length
            count += 1
    lines = lines[:count]
    lines = lines[lines[:, 4] >= least]
    return np.asarray(lines[np.argsort(-lines[:, 3])[:LINES], :4], np.float32)


def _own_edges(look: Look) -> Field:
    """The picture's edge, as far as a sheet goes on beyond it."""
    x, y = look.width - 1.0, look.height - 1.0
    level, upright = 0.0, float(np.pi / 2)
    places = ((x / 2, 0, level), (x / 2, y, level), (0, y / 2, upright), (x, y / 2, upright))
    return np.array([(*place, 0.0) for place in places], np.float32)
