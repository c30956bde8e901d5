"""From four corners to a flat page, and which way up it is."""

from __future__ import annotations

import cv2
import numpy as np

from kioskd.documents.find import Sheet
from kioskd.documents.paper import A4_MM, CARD_MM
from kioskd.documents.quads import Picture, Points
from kioskd.documents.tone import reduced

UPRIGHT_LINES = 6
"""Lines of writing that must agree before a page is turned upside down."""

NEAR = 0.05
"""Sides whose proportion differs by no more than this part are taken for the standard ones."""


def straighten(picture: Picture, sheet: Sheet, longest: int = 0) -> Picture:
    """Return the sheet, flat, at the picture's own resolution; ``longest``: no longer than this (0: any)."""
    corners = sheet.corners
    top, right, low, left = (float(np.hypot(*(b - a))) for a, b in _sides(corners))
    width, height = max(top, low), max(left, right)
    width, height = _standard(width, height)
    scale = min(1.0, longest / max(width, height)) if longest else 1.0
    width, height = width * scale, height * scale
    size = (max(round(width), 8), max(round(height), 8))
    flat = np.array([[0, 0], [size[0] - 1, 0], [size[0] - 1, size[1] - 1], [0, size[1] - 1]], np.float32)
    way = cv2.getPerspectiveTransform(corners, flat)
    done = cv2.warpPerspective(picture, way, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(done, np.uint8)


def _sides(corners: Points) -> list[tuple[Points, Points]]:
    return list(zip(corners, np.roll(corners, -1, axis=0), strict=True))


def _standard(width: float, height: float) -> tuple[float, float]:
    """Give a sheet of nearly standard proportions exactly those, never fewer pixels."""
    for short, long in (A4_MM, CARD_MM):
        for wide, high in ((short, long), (long, short)):
            ratio = wide / high
            if abs(width / height / ratio - 1) <= NEAR:
                return (height * ratio, height) if width < height * ratio else (width, width / ratio)
    return width, height


def quarter_turns(light: Picture) -> int:
    """Return how many quarter turns clockwise bring the writing of a page without colour level: 0 or 1.

    Letters that stand closer to each other than lines do run together into bars as long as words and
    sentences, and the bars lie as the lines do. A page without lines stays as it lies.
    """
    light = reduced(light, 700)
    high, wide = light.shape
    light = light[high // 20 : -high // 20, wide // 20 : -wide // 20]
    ink = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, np.ones((11, 11), np.uint8))
    bars = cv2.morphologyEx(((ink > 25) * 255).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, _, found, _ = cv2.connectedComponentsWithStats(bars, connectivity=8)
    width, height = found[1:, cv2.CC_STAT_WIDTH], found[1:, cv2.CC_STAT_HEIGHT]
    # Rules and frames are thin, or enclose paper: only what is filled, and as thick as letters, is writing.
    filled = found[1:, cv2.CC_STAT_AREA] > 0.35 * width * height
    letters = np.minimum(width, height)
    written = filled & (letters >= 4) & (letters <= 40)
    level = float(width[written & (width > 2.5 * height)].sum())
    upright = float(height[written & (height > 2.5 * width)].sum())
    return 1 if upright > 2 * level and upright > 0.2 * max(high, wide) else 0


def upside_down(light: Picture) -> bool:
    """Whether a page without colour, its writing level, stands on its head: lines of writing begin below each
    other and end where they end. Said only where many lines say so clearly; else it stays as it lies.
    """
    light = reduced(light, 700)
    high, wide = light.shape
    light = light[high // 25 : -high // 25, wide // 25 : -wide // 25]
    ink = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, np.ones((11, 11), np.uint8)) > 25
    written = ink.mean(axis=1) > 0.01
    turns = np.flatnonzero(np.diff(np.concatenate([[False], written, [False]]).astype(np.int8)))
    ends = []
    for top, low in turns.reshape(-1, 2):
        columns = np.flatnonzero(ink[top:low].any(axis=0))
        if 4 <= low - top <= 40 and len(columns) > 0.05 * wide:
            ends.append((columns[0], columns[-1]))
    if len(ends) < UPRIGHT_LINES:
        return False
    places = np.array(ends, np.float32) / wide
    left, right = np.abs(places - np.median(places, axis=0)).mean(axis=0)
    return bool(right < 0.03 and left > 0.05 and left > 4 * right)


def skew(light: Picture) -> float:
    """Return the angle, in degrees within ±3, by which writing is turned against its paper (no colour)."""
    light = reduced(light, 600)
    ink = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, np.ones((11, 11), np.uint8)).astype(np.float32)
    ink[ink < 25] = 0
    if float((ink > 0).mean()) < 0.004:
        return 0.0
    high, wide = ink.shape

    def sharpness(angle: float) -> float:
        way = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1.0)
        turned = np.asarray(cv2.warpAffine(ink, way, (wide, high)), np.float32)
        return float(np.var(np.diff(turned.mean(axis=1))))

    angles = np.arange(-3.0, 3.01, 0.5)
    values = [sharpness(float(angle)) for angle in angles]
    best = int(np.argmax(values))
    level = values[len(angles) // 2]
    # Paper that was cut straight and printed straight needs a good reason to be turned.
    return float(angles[best]) if values[best] > 1.25 * level else 0.0


def turned(page: Picture, quarters: int) -> Picture:
    """Turn a page clockwise by quarters."""
    codes = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}
    code = codes.get(quarters % 4)
    return page if code is None else np.asarray(cv2.rotate(page, code), np.uint8)


def deskewed(page: Picture, angle: float) -> Picture:
    """Turn a page by a small angle; what was outside is paper."""
    if not angle:
        return page
    high, wide = page.shape[:2]
    way = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1.0)
    done = cv2.warpAffine(page, way, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(done, np.uint8)


def on_one_page(front: Picture, back: Picture) -> Picture:
    """Return both sides of a card on one upright A4 page, each in its true size, the front above."""
    dots = max(front.shape[1], back.shape[1], front.shape[0], back.shape[0]) / CARD_MM[1]
    dots = min(max(dots, 5.9), 11.9)  # 150 to 300 an inch
    sheet = np.full((round(A4_MM[1] * dots), round(A4_MM[0] * dots), 3), 255, np.uint8)
    size = (round(CARD_MM[1] * dots), round(CARD_MM[0] * dots))
    for face, share in ((front, 0.30), (back, 0.62)):
        if face.shape[0] > face.shape[1]:
            face = turned(face, 1)
        shrinks = size[0] < face.shape[1]
        way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        face = np.asarray(cv2.resize(face, size, interpolation=way), np.uint8)
        left = (sheet.shape[1] - size[0]) // 2
        top = round(sheet.shape[0] * share) - size[1] // 2
        sheet[top : top + size[1], left : left + size[0]] = face
    return sheet
