"""Where a sheet of paper or a card lies in a picture.

Candidates come from what differs from the table and from edges; each is moved onto the edges that are really
there, side by side, and judged by how much of every side is an edge. What cannot be found well enough is not
found: the caller then keeps the whole picture and says so, for a page that is cut unnoticed is worse than
a page with some table around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Points = NDArray[np.floating[Any]]
Field = NDArray[Any]

LOOK_SIZE = 720
"""Longer side, in pixels, of the picture that is looked at: corners are good to a half of these."""

LEAST_AREA = 0.03
"""Of the picture. A card under a camera that sees A3 covers more."""

SURE = 0.62
"""Part of every side that must be an edge (mean of all, none below two thirds of this)."""

LEAST_SCORE = 0.5
"""Below it is rather nothing than a sheet."""

PLAIN = 0.9
"""A sheet found so well needs no comparing with all that is less likely."""

REACH = 9
"""Pixels on either side of a candidate's side in which its edge is sought."""

COARSE = 2
"""How many times smaller the picture is in which regions are sought."""

TRIED = 14
"""Candidates that are looked at closely."""

MOST_LINED = 400
"""Quadrangles of lines that are reckoned at all."""

BORDER = 2.5
"""A corner so near to the picture's own edge, in pixels of `LOOK_SIZE`, lies outside it for all we know."""


class Sheet(msgspec.Struct, frozen=True, eq=False):
    """Four corners in pixels of the picture, from the top left clockwise as seen; ``score`` is 0 to 1.

    ``cut``: the sheet goes beyond the picture.
    """

    corners: Points
    score: float
    cut: bool


def find_sheet(picture: Picture) -> Sheet | None:
    """Return the sheet in a BGR picture; None where none is found surely enough."""
    height, width = picture.shape[:2]
    scale = min(1.0, LOOK_SIZE / max(height, width))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    look = _Look(np.asarray(small, np.uint8))
    best: Sheet | None = None
    for tried, corners in enumerate(look.candidates()):
        if best is not None and best.score >= PLAIN and tried >= 4:
            break
        sheet = look.judge(corners)
        if sheet is not None and (best is None or _rank(sheet) > _rank(best)):
            best = sheet
    if best is None:
        return None
    corners = (best.corners + 0.5) / scale - 0.5
    return Sheet(np.asarray(corners, np.float32), best.score, best.cut)


def _rank(sheet: Sheet) -> float:
    # A printed table inside a page has fine edges too: among sure ones the larger wins.
    return min(sheet.score, 0.85) + 0.6 * float(np.sqrt(area(sheet.corners))) / LOOK_SIZE


def area(corners: Points) -> float:
    """Return the area of a polygon in square pixels."""
    return float(cv2.contourArea(corners.astype(np.float32)))


class _Look:
    """A small picture and what is known of its edges."""

    def __init__(self, small: Picture) -> None:
        self.height, self.width = small.shape[:2]
        self._most = self.width * self.height
        lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
        # Writing is darker than its paper: closing wipes it away and leaves the sheet.
        coarse = cv2.resize(lab, None, fx=1 / COARSE, fy=1 / COARSE, interpolation=cv2.INTER_AREA)
        closed = cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        self._plain = cv2.GaussianBlur(closed, (3, 3), 0).astype(np.float32)
        soft = cv2.GaussianBlur(lab, (3, 3), 0).astype(np.float32)
        self._gx = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3) / 4
        self._gy = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3) / 4
        light = cv2.GaussianBlur(lab[:, :, 0], (3, 3), 0)
        strength = _strength(self._gx, self._gy)
        self._least = max(float(np.percentile(strength[::3, ::3], 60)) * 2.0, 2.5)
        self._light = np.asarray(light, np.uint8)
        edges = ((strength > self._least) * 255).astype(np.uint8)
        self._near_edge = cv2.dilate(edges, np.ones((3, 3), np.uint8))

    def candidates(self) -> list[Points]:
        """Return the quadrangles that are most likely to be near a sheet."""
        found = list(self._regions())
        found += list(self._lines())
        found = list(_distinct(iter(found)))
        if not found:
            return []
        quads = np.stack(found)
        support = self._rough(quads)
        areas = np.array([area(quad) for quad in found])
        rank = support + 0.25 * np.sqrt(areas / self._most)
        best = np.argsort(-rank)[:TRIED]
        return [found[index] for index in best]

    def _rough(self, quads: Field) -> Field:
        """Return, of each quadrangle, which part of its sides lies near any edge."""
        t = np.linspace(0.03, 0.97, 32, dtype=np.float32)
        ends = np.roll(quads, -1, axis=1)
        places = quads[:, :, None, :] + (ends - quads)[:, :, None, :] * t[None, None, :, None]
        x = np.clip(np.rint(places[..., 0]), 0, self.width - 1).astype(np.intp)
        y = np.clip(np.rint(places[..., 1]), 0, self.height - 1).astype(np.intp)
        near = (self._near_edge[y, x] > 0).mean(axis=2)
        out = np.minimum(np.minimum(x, y), np.minimum(self.width - 1 - x, self.height - 1 - y)) < BORDER
        own = out.mean(axis=2)
        near = np.where((own > 0.5).sum(axis=1)[:, None] > 2, 0.0, np.maximum(near, 0.8 * own))
        return np.asarray(0.5 * near.mean(axis=1) + 0.5 * near.min(axis=1), np.float32)

    def _regions(self) -> Iterator[Points]:
        least = LEAST_AREA * self._plain.shape[0] * self._plain.shape[1]
        for mask in self._masks():
            contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
            for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:6]:
                hull = cv2.convexHull(contour)
                if cv2.contourArea(hull) >= least:
                    for quad in _quads(np.asarray(hull, np.int32)):
                        yield (quad + 0.5) * COARSE - 0.5

    def _masks(self) -> Iterator[Picture]:
        kernel = np.ones((5, 5), np.uint8)
        for weight in (1.0, 0.35):
            far = self._unlike_border(weight)
            top = float(far.max())
            if top <= 0:
                continue
            scaled = np.clip(far * (255.0 / top), 0, 255).astype(np.uint8)
            limit, _ = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
            for part in (1.0, 0.6, 0.35):
                mask = ((scaled > limit * part) * 255).astype(np.uint8)
                mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel).astype(np.uint8)
                yield cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel).astype(np.uint8)
        light = self._plain[:, :, 0].astype(np.uint8)
        _, bright = cv2.threshold(light, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        yield bright.astype(np.uint8)
        gx = cv2.Sobel(self._plain, cv2.CV_32F, 1, 0, ksize=3) / 4
        gy = cv2.Sobel(self._plain, cv2.CV_32F, 0, 1, ksize=3) / 4
        strength = _strength(gx, gy)
        for percent in (95.0, 88.0):
            limit = max(float(np.percentile(strength[::2, ::2], percent)), 1.5)
            edges = cv2.dilate(((strength > limit) * 255).astype(np.uint8), np.ones((3, 3), np.uint8))
            yield cv2.morphologyEx(edges, cv2.MORPH_CLOSE, kernel).astype(np.uint8)

    def _unlike_border(self, light_weight: float) -> Field:
        """Return how far each pixel's colour is from those along the picture's edge: the table's."""
        plain = self._plain * np.array([light_weight, 1.0, 1.0], np.float32)
        ring = max(2, round(0.025 * min(plain.shape[:2])))
        sides = (plain[:ring], plain[-ring:], plain[:, :ring], plain[:, -ring:])
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
        gaps = [_length(plain - centre.astype(np.float32)) for centre in centres]
        return np.asarray(np.minimum.reduce(gaps), np.float32)

    def _lines(self) -> Iterator[Points]:
        """Quadrangles of straight edges: they show through shadows that cut a region in two."""
        # Evened out, so that a light sheet on a light table in somebody's shadow has edges as well.
        even = cv2.createCLAHE(clipLimit=4.0, tileGridSize=(6, 6)).apply(self._light)
        segments = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, 0.8).detect(even)[0]
        if segments is None:
            return
        lines = _merged(segments.reshape(-1, 4), 0.10 * min(self.width, self.height))
        lines += self._own_edges()
        pairs = []
        for i, one in enumerate(lines):
            for other in lines[i + 1 :]:
                turn = abs(float(np.sin(one.angle - other.angle)))
                gap = max(abs(one.distance(other.middle)), abs(other.distance(one.middle)))
                if turn < 0.2 and gap > 0.12 * min(self.width, self.height):
                    pairs.append((one, other))
        pairs = pairs[:60]
        made = 0
        for i, (a, b) in enumerate(pairs):
            for c, d in pairs[i + 1 :]:
                if abs(float(np.sin(a.angle - c.angle))) < 0.85:
                    continue
                met = [_cross(one, other) for one, other in ((a, c), (a, d), (b, d), (b, c))]
                if any(point is None for point in met):
                    continue
                corners = ordered(np.array(met, np.float32))
                if (corners < -0.1 * self.width).any() or (corners > 1.1 * self.width).any():
                    continue
                if _sane(corners, self._most):
                    made += 1
                    yield corners
                    if made >= MOST_LINED:
                        return

    def _own_edges(self) -> list[_Segment]:
        """The picture's edge, as far as a sheet goes on beyond it."""
        x, y = self.width - 1.0, self.height - 1.0
        level, upright = 0.0, float(np.pi / 2)
        places = ((x / 2, 0, level), (x / 2, y, level), (0, y / 2, upright), (x, y / 2, upright))
        return [_Segment(np.array([px, py], np.float32), turn, 0.0) for px, py, turn in places]

    def judge(self, corners: Points) -> Sheet | None:
        """Move a candidate onto its edges; None when they are not there."""
        support: list[float] = []
        for _ in range(2):
            moved = self._moved(corners)
            if moved is None:
                return None
            corners, support = moved
        if not _sane(corners, self._most):
            return None
        seen = [share for share in support if share >= 0]
        if len(seen) < 2:
            return None
        mean, least = float(np.mean(seen)), min(seen)
        if mean < SURE or least < SURE * 0.66:
            return None
        # Sides end where a sheet ends: edges that go on beyond a corner are of something larger. And what
        # is printed in a frame has the same paper on both sides of it.
        score = mean * (0.4 + 0.6 * self._unlike(corners)) - 0.5 * self._goes_on(corners)
        score -= 0.04 * (4 - len(seen))
        return Sheet(corners, score, len(seen) < 4 or self._beyond(corners)) if score >= LEAST_SCORE else None

    def _unlike(self, corners: Points) -> float:
        """Return along how much of the sides the colour outside is another than inside; the worst side's."""
        t = np.linspace(0.08, 0.92, 24, dtype=np.float32)
        ends = np.roll(corners, -1, axis=0)
        unit = (ends - corners) / np.hypot(*(ends - corners).T)[:, None]
        across = np.stack([-unit[:, 1], unit[:, 0]], axis=1)[:, None, :]
        places = corners[:, None, :] + (ends - corners)[:, None, :] * t[None, :, None]
        outer, inner = places - 7 * across, places + 7 * across
        x, y = outer[..., 0], outer[..., 1]
        inside = (x > 0) & (y > 0) & (x < self.width - 1) & (y < self.height - 1)
        out = _sample(self._plain, (outer + 0.5) / COARSE - 0.5)
        own = _sample(self._plain, (inner + 0.5) / COARSE - 0.5)
        other = np.sqrt(((out - own) ** 2).sum(axis=2)) > 4.0
        real = inside.sum(axis=1) > 8
        if not real.any():
            return 0.0
        if not real.all():
            # A side at the picture's edge is one only if there is still paper there, and no table.
            paper, table = np.median(own[real], axis=(0, 1)), np.median(out[real], axis=(0, 1))
            edge = own[~real]
            nearer = np.linalg.norm(edge - paper, axis=2) < np.linalg.norm(edge - table, axis=2)
            if float(nearer.mean(axis=1).min()) < 0.5:
                return -1.0
        return min(float(row[ok].mean()) for row, ok in zip(other, inside, strict=True) if ok.sum() > 8)

    def _goes_on(self, corners: Points) -> float:
        ends = np.roll(corners, -1, axis=0)
        t = np.linspace(0.06, 0.30, 14, dtype=np.float32)
        along = ends - corners
        unit = along / np.hypot(along[:, 0], along[:, 1])[:, None]
        beyond = []
        for start, way, direction in ((ends, along, unit), (corners, -along, -unit)):
            places = start[:, None, :] + way[:, None, :] * t[None, :, None]
            x, y = places[..., 0], places[..., 1]
            inside = (x > 2) & (y > 2) & (x < self.width - 3) & (y < self.height - 3)
            grid = np.stack([x, y], axis=2)
            across = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
            sizes = []
            for step in (-1.5, 0.0, 1.5):
                moved = grid + step * across[:, None, :]
                gx, gy = _sample(self._gx, moved), _sample(self._gy, moved)
                change = gx * across[:, None, 0:1] + gy * across[:, None, 1:2]
                sizes.append(np.sqrt((change**2).sum(axis=2)))
            strong = (np.max(sizes, axis=0) > 1.3 * self._least) & inside
            beyond.append(strong.mean(axis=1))
        return float(np.max(beyond))

    def _beyond(self, corners: Points) -> bool:
        x, y = corners[:, 0], corners[:, 1]
        right, below = self.width - 1 - BORDER, self.height - 1 - BORDER
        return bool((x < BORDER).any() or (y < BORDER).any() or (x > right).any() or (y > below).any())

    def _at_own_edge(self, point: Points) -> bool:
        x, y = float(point[0]), float(point[1])
        return bool(min(x, y, self.width - 1 - x, self.height - 1 - y) < BORDER)

    def _moved(self, corners: Points) -> tuple[Points, list[float]] | None:
        """Fit a line to the edge near each side; the new corners are where they meet."""
        lines, support = [], []
        for here, there in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            line, share = self._side(here, there)
            lines.append(line)
            support.append(share)
        met = []
        for before, line in zip([lines[-1], *lines[:-1]], lines, strict=True):
            point = _meet(before, line)
            if point is None:
                return None
            met.append(point)
        moved = np.array(met, np.float32)
        if np.abs(moved - corners).max() > 6 * REACH:
            return None
        return moved, support

    def _side(self, here: Points, there: Points) -> tuple[tuple[Points, Points], float]:
        along = there - here
        length = float(np.hypot(*along))
        if length < 20:
            return (here, along), 0.0
        along = along / length
        if self._at_own_edge(here) and self._at_own_edge(there) and float(np.abs(along).max()) > 0.998:
            return (here, along), -1.0
        across = np.array([-along[1], along[0]], np.float32)  # clockwise corners: into the sheet
        count = int(np.clip(length / 5, 20, 64))
        places = here + (np.linspace(0.04, 0.96, count, dtype=np.float32) * length)[:, None] * along
        steps = np.arange(-REACH, REACH + 0.01, 1.0, dtype=np.float32)
        grid = places[:, None, :] + steps[None, :, None] * across
        gx = _sample(self._gx, grid)
        gy = _sample(self._gy, grid)
        change = gx * across[0] + gy * across[1]
        size = np.sqrt((change**2).sum(axis=2))
        inside = (
            (grid[:, :, 0] > 1)
            & (grid[:, :, 0] < self.width - 2)
            & (grid[:, :, 1] > 1)
            & (grid[:, :, 1] < self.height - 2)
        )
        size = np.where(inside, size, 0.0)
        if not inside.any():
            return (here, along), -1.0  # beyond the picture: nobody can say
        # Coming from outside, the first strong edge is the sheet's; what is printed lies behind it.
        peak = size.max(axis=1)
        strong = size >= np.maximum(0.55 * peak, self._least)[:, None]
        first = np.where(strong.any(axis=1), strong.argmax(axis=1), -1)
        ok = first >= 0
        rows = np.arange(count)
        best, last = np.maximum(first, 0), size.shape[1] - 1
        for _ in range(2):  # up to the top of that edge
            following = np.minimum(best + 1, last)
            best = np.where(size[rows, following] > size[rows, best], following, best)
        seen = inside.any(axis=1)
        if ok.sum() < max(8, 0.25 * seen.sum()):
            return (here, along), float(ok.sum()) / max(int(seen.sum()), 1) * 0.5
        t = np.linspace(0.04, 0.96, count, dtype=np.float32)[ok] * length
        offset = steps[best[ok]]
        slope, base, close = _robust(t, offset)
        start = here + across * base
        end_point = here + along * length + across * (base + slope * length)
        return (start.astype(np.float32), (end_point - start).astype(np.float32)), close / max(
            int(seen.sum()), 1
        )


class _Segment(msgspec.Struct, frozen=True, eq=False):
    """A straight edge: through ``middle`` at ``angle`` (radians)."""

    middle: Points
    angle: float
    length: float

    def distance(self, point: Points) -> float:
        """Return how far a point lies from the line, signed."""
        dx, dy = point - self.middle
        return float(dy * np.cos(self.angle) - dx * np.sin(self.angle))


def _merged(segments: Field, least: float) -> list[_Segment]:
    """Join pieces of one line; return the longest lines."""
    ends = segments[:, 2:] - segments[:, :2]
    lengths = np.hypot(ends[:, 0], ends[:, 1])
    kept = np.argsort(-lengths)[:150]
    lines: list[_Segment] = []
    totals: list[float] = []
    for index in kept:
        if lengths[index] < least * 0.35:
            break
        middle = (segments[index, :2] + segments[index, 2:]) / 2
        angle = float(np.arctan2(ends[index, 1], ends[index, 0]))
        for n, line in enumerate(lines):
            if abs(float(np.sin(angle - line.angle))) < 0.05 and abs(line.distance(middle)) < 4:
                totals[n] += float(lengths[index])
                break
        else:
            lines.append(_Segment(middle, angle, float(lengths[index])))
            totals.append(float(lengths[index]))
    order = sorted(range(len(lines)), key=lambda n: -totals[n])
    return [lines[n] for n in order if totals[n] >= least][:18]


def _cross(one: _Segment, other: _Segment) -> Points | None:
    way = np.array([np.cos(one.angle), np.sin(one.angle)], np.float32)
    that = np.array([np.cos(other.angle), np.sin(other.angle)], np.float32)
    return _meet((one.middle, way), (other.middle, that))


def _strength(gx: Field, gy: Field) -> Field:
    return _length(np.concatenate([gx, gy], axis=2))


def _length(of: Field) -> Field:
    """Length of each pixel's vector."""
    squares = cv2.multiply(of, of)
    return np.asarray(np.sqrt(cv2.transform(squares, np.ones((1, of.shape[2]), np.float32))), np.float32)


def _robust(t: Field, offset: Field) -> tuple[float, float, int]:
    """Fit ``offset = base + slope * t`` to most of the points; return it and how many lie close."""
    n = len(t)
    rng = np.random.default_rng(5)
    pairs = rng.integers(0, n, size=(60, 2))
    pairs = pairs[np.abs(t[pairs[:, 0]] - t[pairs[:, 1]]) > 0.2 * (t[-1] - t[0] + 1e-3)]
    if len(pairs) == 0:
        return 0.0, float(np.median(offset)), 0
    a, b = pairs[:, 0], pairs[:, 1]
    slopes = (offset[b] - offset[a]) / (t[b] - t[a])
    bases = offset[a] - slopes * t[a]
    gaps = np.abs(offset[None, :] - (bases[:, None] + slopes[:, None] * t[None, :]))
    counts = (gaps < 1.3).sum(axis=1)
    best = int(counts.argmax())
    near = gaps[best] < 1.8
    if near.sum() >= 3 and np.ptp(t[near]) > 1:
        x, y = t[near], offset[near]
        away = x - x.mean()
        slope = float((away * y).sum() / (away * away).sum())
        base = float(y.mean() - slope * x.mean())
    else:
        slope, base = slopes[best], bases[best]
    close = int((np.abs(offset - (base + slope * t)) < 2.2).sum())
    return float(slope), float(base), close


def _sample(field: Field, grid: Field) -> Field:
    x, y = grid[:, :, 0].astype(np.float32), grid[:, :, 1].astype(np.float32)
    return np.asarray(cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _meet(one: tuple[Points, Points], other: tuple[Points, Points]) -> Points | None:
    (p, r), (q, s) = one, other
    cross = float(r[0] * s[1] - r[1] * s[0])
    if abs(cross) < 1e-3 * float(np.hypot(*r) * np.hypot(*s) + 1e-9):
        return None
    w = q - p
    u = float(w[0] * s[1] - w[1] * s[0]) / cross
    return np.asarray(p + u * r, np.float32)


def _sane(corners: Points, whole: int) -> bool:
    if not cv2.isContourConvex(corners.reshape(-1, 1, 2).astype(np.float32)):
        return False
    if area(corners) < LEAST_AREA * whole:
        return False
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    if lengths.min() < 20 or lengths.max() / lengths.min() > 8:
        return False
    for one, other in ((0, 2), (1, 3)):
        if not 0.6 < lengths[one] / lengths[other] < 1.67:
            return False
    units = sides / lengths[:, None]
    turns = np.abs((units * np.roll(units, -1, axis=0)).sum(axis=1))
    return bool(turns.max() < 0.5)  # every corner between 60 and 120 degrees


def _quads(hull: NDArray[np.int32]) -> Iterator[Points]:
    around = cv2.arcLength(hull, True)
    for part in (0.02, 0.04, 0.07):
        shape = cv2.approxPolyDP(hull, part * around, True)
        if len(shape) == 4:
            yield ordered(shape.reshape(4, 2).astype(np.float32))
            break
    yield ordered(cv2.boxPoints(cv2.minAreaRect(hull)).astype(np.float32))


def ordered(corners: Points) -> Points:
    """Return four corners clockwise as seen, the first the one nearest to the top left."""
    centre = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0])
    around = corners[np.argsort(angles)]
    return np.asarray(np.roll(around, -int(around.sum(axis=1).argmin()), axis=0), np.float32)


def _distinct(candidates: Iterator[Points]) -> Iterator[Points]:
    """Leave out what is nearly the same as one before."""
    kept: list[Points] = []
    for corners in candidates:
        if all(np.abs(corners - other).max() > 6 for other in kept):
            kept.append(corners)
            yield corners
