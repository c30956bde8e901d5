"""Where a sheet of paper or a card lies in a picture.

Candidates come from what differs from the table and from edges; each is moved onto the edges that are really
there, side by side, and judged by how much of every side is an edge between two colours. What cannot be found
well enough is not found: the caller then keeps the whole picture and says so, for a page that is cut
unnoticed is worse than a page with some table around it.
"""

from __future__ import annotations

from concurrent.futures import Executor

import cv2
import msgspec
import numpy as np

from kioskd.documents.lines import line_quads
from kioskd.documents.look import BORDER, Look
from kioskd.documents.quads import Field, Picture, Points, all_ordered, areas, distinct, sane
from kioskd.documents.regions import region_quads
from kioskd.documents.sides import UNSEEN, moved

LOOK_SIZE = 720
"""Longer side, in pixels, of the picture that is looked at: corners are good to a half of these."""

LEAST_AREA = 0.03
"""Of the picture. A card under a camera that sees A3 covers more."""

SURE = 0.62
"""Part of every side that must be an edge (mean of all, none below two thirds of this)."""

LEAST_SCORE = 0.5
"""Below it is rather nothing than a sheet."""

PLAIN = 0.93
"""A sheet of this score is not to be doubted, if it covers `PLAIN_AREA` of the picture: not a photograph on a
card, which stands out as well."""

PLAIN_AREA = 0.2

FARTHEST = 54
"""Pixels by which a candidate's corner may be moved."""

REACHES = (14, 7)
"""Pixels on either side of a candidate's side in which its edge is sought, first and then."""

DIFFERENT = 4.0
"""A difference of colour (Lab) that two sides of an edge of paper have at least."""

LOOKED_AT = 20
"""Candidates of each kind that are looked at closely."""


class Sheet(msgspec.Struct, frozen=True, eq=False):
    """Four corners in pixels of the picture, from the top left clockwise as seen; ``score`` is 0 to 1.

    ``cut``: the sheet goes beyond the picture.
    """

    corners: Points
    score: float
    cut: bool


def find_sheet(picture: Picture, helper: Executor | None = None) -> Sheet | None:
    """Return the sheet in a BGR picture; None where none is found surely enough. With a ``helper`` lines are
    sought beside regions, which is quicker where both are needed.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, LOOK_SIZE / max(height, width))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    look = Look(np.asarray(small, np.uint8))
    least = LEAST_AREA * look.size
    lines = None if helper is None else helper.submit(line_quads, look, least)
    regions = list(region_quads(look, LEAST_AREA))
    found = _judged(look, all_ordered(np.stack(regions))) if regions else []
    best = max(found, key=lambda one: one.rank, default=None)
    # Something large that is not to be doubted needs no comparing with what lines enclose.
    if best is None or best.sheet.score < PLAIN or best.sheet.cut or best.area < PLAIN_AREA * look.size:
        found += _judged(look, line_quads(look, least) if lines is None else lines.result())
        best = max(found, key=lambda one: one.rank, default=None)
    if best is None:
        return None
    sheet = best.sheet
    corners = (sheet.corners + 0.5) / scale - 0.5
    return Sheet(np.asarray(corners, np.float32), sheet.score, sheet.cut)


class _Judged(msgspec.Struct, frozen=True, eq=False):
    sheet: Sheet
    rank: float
    area: float


def _judged(look: Look, quads: Field) -> list[_Judged]:
    """Move the likeliest onto their edges; return the best one, if it is good enough."""
    quads = _likeliest(look, quads)
    share = np.zeros((len(quads), 4))
    for reach in REACHES:
        if not len(quads):
            return []
        before = quads
        quads, share = moved(look, quads, reach)
        known = np.where(np.isfinite(quads), quads, 0.0)
        fine = np.isfinite(quads).all(axis=(1, 2)) & (np.abs(known - before).max(axis=(1, 2)) < FARTHEST)
        fine &= sane(known, LEAST_AREA * look.size)
        quads, share = quads[fine], share[fine]
    seen = share > UNSEEN
    count = seen.sum(axis=1)
    mean = np.where(seen, share, 0).sum(axis=1) / np.maximum(count, 1)
    least = np.where(seen, share, 1).min(axis=1)
    fine = (count >= 2) & (mean >= SURE) & (least >= SURE * 0.66)
    quads, mean, count = quads[fine], mean[fine], count[fine]
    if not len(quads):
        return []
    # Sides end where a sheet ends: edges that go on beyond a corner are of something larger. And what is
    # printed in a frame has the same paper on both sides of it.
    score = mean * (0.4 + 0.6 * _unlike(look, quads, closely=True)) - 0.4 * _goes_on(look, quads)
    score -= 0.04 * (4 - count)
    # A printed table inside a page has fine edges too: among good ones the larger wins. The picture's own
    # edge is nobody's: a sheet that ends inside is believed before one that goes on beyond.
    sizes = areas(quads)
    rank = np.minimum(score, 0.9) + 0.25 * np.sqrt(sizes / look.size) - 0.12 * (4 - count)
    best = int(np.where(score >= LEAST_SCORE, rank, -np.inf).argmax())
    if score[best] < LEAST_SCORE:
        return []
    quad = quads[best]
    cut = count[best] < 4 or not look.within(quad, BORDER).all() or _unseen_beyond(look, quad)
    return [_Judged(Sheet(quad, float(score[best]), bool(cut)), float(rank[best]), float(sizes[best]))]


def _likeliest(look: Look, quads: Field) -> Field:
    quads = quads[sane(quads, 0.7 * LEAST_AREA * look.size)]
    if not len(quads):
        return quads
    rank = _edges(look, quads) + 0.6 * _unlike(look, quads) + 0.25 * np.sqrt(areas(quads) / look.size)
    return distinct(quads[np.argsort(-rank)[: 4 * LOOKED_AT]])[:LOOKED_AT]


def _edges(look: Look, quads: Field) -> Field:
    """Return, of each quadrangle, which part of its sides lies near any edge."""
    t = np.linspace(0.03, 0.97, 32, dtype=np.float32)
    ends = np.roll(quads, -1, axis=1)
    places = quads[:, :, None, :] + (ends - quads)[:, :, None, :] * t[None, None, :, None]
    x = np.clip(np.rint(places[..., 0]), 0, look.width - 1).astype(np.intp)
    y = np.clip(np.rint(places[..., 1]), 0, look.height - 1).astype(np.intp)
    near = look.near_edge[y, x].mean(axis=2)
    own = (~look.within(np.stack([x, y], axis=-1), BORDER)).mean(axis=2)
    near = np.where((own > 0.5).sum(axis=1)[:, None] > 2, 0.0, np.maximum(near, 0.8 * own))
    return np.asarray(0.5 * near.mean(axis=1) + 0.5 * near.min(axis=1))


def _unlike(look: Look, quads: Field, *, closely: bool = False) -> Field:
    """Return along how much of the sides the colour outside is another than inside; the worst side's.

    ``closely``: a side at the picture's edge is one only if there is still paper there, and no table: else
    -1.
    """
    t = np.linspace(0.08, 0.92, 24, dtype=np.float32)
    along = np.roll(quads, -1, axis=1) - quads
    unit = along / np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-6)
    across = np.stack([-unit[..., 1], unit[..., 0]], axis=-1)[:, :, None, :]
    places = quads[:, :, None, :] + along[:, :, None, :] * t[:, None]
    outer, inner = places - 7 * across, places + 7 * across
    inside = look.within(outer, 0)
    out, own = look.colour(outer), look.colour(inner)
    gap = out - own
    other = (np.einsum("nspc,nspc->nsp", gap, gap) > DIFFERENT**2) & inside
    enough = inside.sum(axis=2)
    real = enough > 8
    share = np.where(real, other.sum(axis=2) / np.maximum(enough, 1), 2.0).min(axis=1)
    share = np.where(real.any(axis=1), share, 0.0)
    if closely:
        for index in np.flatnonzero(real.any(axis=1) & ~real.all(axis=1)):
            if not _paper_at_the_edge(own[index], out[index], real[index]):
                share[index] = -1.0
    return np.asarray(share)


def _unseen_beyond(look: Look, quad: Points) -> bool:
    """Whether so little is seen beyond a side that paper may go on there."""
    along = np.roll(quad, -1, axis=0) - quad
    unit = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    outward = np.stack([unit[:, 1], -unit[:, 0]], axis=-1)[:, None, :]
    t = np.linspace(0.08, 0.92, 24, dtype=np.float32)[:, None]
    places = quad[:, None, :] + along[:, None, :] * t + 7 * outward
    return bool((look.within(places, 0).mean(axis=1) < 0.7).any())


def _paper_at_the_edge(own: Field, out: Field, real: Field) -> bool:
    paper, table = np.median(own[real], axis=(0, 1)), np.median(out[real], axis=(0, 1))
    edge = own[~real]
    nearer = np.linalg.norm(edge - paper, axis=2) < np.linalg.norm(edge - table, axis=2)
    return float(nearer.mean(axis=1).min()) >= 0.5


def _goes_on(look: Look, quads: Field) -> Field:
    """Return along how much of the way beyond a corner edges go on: of the worst side far, or of both
    neighbours of a side near, as they do where a page goes on beyond a line that is printed across it.
    """
    along = np.roll(quads, -1, axis=1) - quads
    lengths = np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-6)
    unit = along / lengths
    ways = []
    for start, direction in ((quads + along, unit), (quads, -unit)):
        far = lengths * np.linspace(0.06, 0.30, 14, dtype=np.float32)
        near = np.broadcast_to(np.linspace(5, 15, 8, dtype=np.float32), (*far.shape[:2], 8))
        steps = np.concatenate([far, near], axis=2)
        places = start[:, :, None, :] + direction[:, :, None, :] * steps[..., None]
        across = np.stack([-direction[..., 1], direction[..., 0]], axis=-1)[:, :, None, :]
        sizes = [look.steepness_across(places + step * across, across) for step in (-1.5, 0.0, 1.5)]
        ways.append((np.maximum.reduce(sizes) > 1.3 * look.least) & look.within(places, 2))
    far_on = np.maximum.reduce([way[..., :14].mean(axis=2).max(axis=1) for way in ways])
    before, after = (way[..., 14:].mean(axis=2) for way in ways)
    both = np.minimum(np.roll(before, 1, axis=1), np.roll(after, -1, axis=1)).max(axis=1)
    return np.asarray(np.maximum(far_on, both))
