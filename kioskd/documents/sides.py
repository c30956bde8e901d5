"""Moving quadrangles onto the edges that are really there, side by side: many quadrangles at once."""

from __future__ import annotations

import numpy as np

from kioskd.documents.look import BORDER, Look
from kioskd.documents.quads import Field, meet

ALONG = 48
"""Places on each side at which its edge is sought."""

CLOSE = 1.8
"""Pixels from a line within which a place of an edge belongs to it."""

MOST_BOW = 0.03
"""How far the edge of curled paper may bow, in parts of its length."""

UNSEEN = -1.0
"""Support of a side that lies on the picture's own edge or beyond: nobody can say."""


def moved(look: Look, quads: Field, reach: int) -> tuple[Field, Field]:
    """Fit a line to the edge within ``reach`` pixels of each side; the new corners are where they meet.

    Returns the quadrangles (NaN where lines do not meet) and, of each side, which part of it has an edge on
    that line, or `UNSEEN`. The line of a bowed edge, as curled paper has, goes outside all of it.
    """
    ends = np.roll(quads, -1, axis=1)
    along = ends - quads
    lengths = np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-3)
    unit = along / lengths[..., None]
    across = np.stack([-unit[..., 1], unit[..., 0]], axis=-1)  # clockwise corners: into the sheet
    t = np.linspace(0.04, 0.96, ALONG, dtype=np.float32)
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    places = quads[:, :, None, :] + along[:, :, None, :] * t[:, None]
    grid = places[:, :, :, None, :] + steps[:, None] * across[:, :, None, None, :]
    size = look.steepness_across(grid, across[:, :, None, None, :])
    inside = look.within(grid, 1)
    size = np.where(inside, size, 0.0)
    offset, ok = _first_edge(size, steps, look.least)
    seen = inside.any(axis=-1)
    base, slope, share = _fitted(
        t, offset.reshape(-1, ALONG), (ok & seen).reshape(-1, ALONG), lengths.ravel()
    )
    base, slope, share = (value.reshape(lengths.shape) for value in (base, slope, share))
    share = share * ALONG / np.maximum(seen.sum(axis=-1), 1)
    own = _on_own_edge(look, quads, ends, unit) | ~seen.any(axis=-1)
    few = ok.sum(axis=-1) < np.maximum(8, 0.25 * seen.sum(axis=-1))
    still = own | few
    share = np.where(few, share * 0.5, share)
    share = np.where(own, UNSEEN, share)
    base, slope = np.where(still, 0.0, base), np.where(still, 0.0, slope)
    start = quads + across * base[..., None]
    way = along + across * slope[..., None]
    before, before_way = np.roll(start, 1, axis=1), np.roll(way, 1, axis=1)
    return np.asarray(meet(before, before_way, start, way), np.float32), np.asarray(share)


def _on_own_edge(look: Look, here: Field, there: Field, unit: Field) -> Field:
    at = ~look.within(here, BORDER) & ~look.within(there, BORDER)
    return np.asarray(at & (np.abs(unit).max(axis=-1) > 0.998))


def _first_edge(size: Field, steps: Field, least: float) -> tuple[Field, Field]:
    """Coming from outside, the first strong edge is the sheet's; what is printed lies behind it."""
    peak = size.max(axis=-1, keepdims=True)
    strong = size >= np.maximum(0.55 * peak, least)
    ok = strong.any(axis=-1)
    best = strong.argmax(axis=-1)
    last = size.shape[-1] - 1
    for _ in range(3):  # up to the top of that edge
        following = np.minimum(best + 1, last)
        here = np.take_along_axis(size, best[..., None], -1)[..., 0]
        there = np.take_along_axis(size, following[..., None], -1)[..., 0]
        best = np.where(there > here, following, best)
    return np.asarray(steps[best]), np.asarray(ok)


def _fitted(t: Field, offset: Field, ok: Field, lengths: Field) -> tuple[Field, Field, Field]:
    """Fit ``offset = base + slope * t`` to most of the places of each side; return both, the line outside a
    bow if there is one, and which part of the places lies on it.
    """
    rng = np.random.default_rng(5)
    rows = np.arange(len(offset))
    pairs = rng.integers(0, ALONG, size=(90, 2))
    pairs = pairs[np.abs(t[pairs[:, 0]] - t[pairs[:, 1]]) > 0.2]
    a, b = pairs.T
    slopes = (offset[:, b] - offset[:, a]) / (t[b] - t[a])
    bases = offset[:, a] - slopes * t[a]
    gaps = np.abs(offset[:, None, :] - bases[..., None] - slopes[..., None] * t)
    counts = ((gaps < CLOSE * 0.75) & ok[:, None, :]).sum(axis=-1)
    counts = np.where(ok[:, a] & ok[:, b], counts, -1)
    best = counts.argmax(axis=1)
    near = (gaps[rows, best] < CLOSE) & ok
    base, slope = _least_squares(t, offset, near, bases[rows, best], slopes[rows, best])
    close = (np.abs(offset - base[:, None] - slope[:, None] * t) < CLOSE * 1.2) & ok
    share = close.mean(axis=1)
    bow, low, bow_share = _bowed(t, offset, ok, lengths, rng)
    use = bow_share > share + 0.12
    base, slope = np.where(use, bow, base), np.where(use, low, slope)
    return np.asarray(base), np.asarray(slope), np.asarray(np.where(use, bow_share, share))


def _least_squares(t: Field, offset: Field, near: Field, base: Field, slope: Field) -> tuple[Field, Field]:
    count = np.maximum(near.sum(axis=1), 1)
    mean_t = (near * t).sum(axis=1) / count
    mean_o = (near * offset).sum(axis=1) / count
    away = (t - mean_t[:, None]) * near
    spread = (away * away).sum(axis=1)
    enough = (near.sum(axis=1) >= 3) & (spread > 1e-3)
    better = (away * offset).sum(axis=1) / np.maximum(spread, 1e-6)
    return np.where(enough, mean_o - better * mean_t, base), np.where(enough, better, slope)


def _bowed(
    t: Field, offset: Field, ok: Field, lengths: Field, rng: np.random.Generator
) -> tuple[Field, Field, Field]:
    """Fit a parabola; return the line through its ends, moved outside it, and the part of places on it."""
    rows = np.arange(len(offset))
    third = ALONG // 3
    triples = rng.integers(0, third, size=(70, 3)) + np.array([0, third, 2 * third])
    a, b, c = triples.T
    first = (offset[:, b] - offset[:, a]) / (t[b] - t[a])
    second = (offset[:, c] - offset[:, b]) / (t[c] - t[b])
    bend = (second - first) / (t[c] - t[a])
    lean = first - bend * (t[a] + t[b])
    level = offset[:, a] - lean * t[a] - bend * t[a] ** 2
    gaps = np.abs(offset[:, None, :] - level[..., None] - lean[..., None] * t - bend[..., None] * t**2)
    counts = ((gaps < CLOSE) & ok[:, None, :]).sum(axis=-1)
    fine = ok[:, a] & ok[:, b] & ok[:, c] & (np.abs(bend) / 4 <= MOST_BOW * lengths[:, None])
    counts = np.where(fine, counts, -1)
    best = counts.argmax(axis=1)
    bend, lean, level = bend[rows, best], lean[rows, best], level[rows, best]
    # Between its ends a parabola is level + (lean + bend) * t at its chord; it bows by bend / 4.
    outward = np.minimum(-bend / 4, 0.0)
    return level + outward, lean + bend, np.maximum(counts[rows, best], 0) / ALONG
