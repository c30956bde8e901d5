"""Pictures of sheets and cards on tables, drawn so that the corners are known.

`draw` makes one from a seed: what lies there, how it lies, the table, light and shadow, a curled edge, noise
and the camera's JPEG. Nothing personal is on them: writing is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT = Path(__file__).parents[2] / "ui" / "fonts" / "NotoSansSC-Regular-subset.otf"
WORDS = "社会保险服务大厅业务办理材料登记窗口评价取号综合单位个人咨询特殊时间地址姓名号码日期申请受理"
A4 = (210, 297)
CARD = (85.6, 54.0)


@dataclass
class Drawn:
    """A picture with the sheet's true corners, from the sheet's own top left clockwise."""

    picture: Any
    corners: Any
    kind: str
    beyond: bool


@cache
def _font(size: int) -> Any:
    return ImageFont.truetype(str(FONT), size)


def paper(rng: np.random.Generator, width: int = 620, *, lines: int = 26, empty: bool = False) -> Any:
    """An A4 page with writing, BGR."""
    height = round(width * A4[1] / A4[0])
    shade = int(rng.integers(232, 252))
    page = Image.new("RGB", (width, height), (shade, shade, max(shade - int(rng.integers(0, 10)), 0)))
    if empty:
        return np.array(page)[:, :, ::-1].copy()
    draw = ImageDraw.Draw(page)
    unit = width / 620
    title = "".join(rng.choice(list(WORDS), 8))
    draw.text((width * 0.3, 40 * unit), title, fill=(20, 20, 20), font=_font(round(30 * unit)))
    y = 110 * unit
    for _ in range(lines):
        if y > height - 60 * unit:
            break
        count = int(rng.integers(8, 30))
        text = "".join(rng.choice(list(WORDS), count))
        draw.text((50 * unit, y), text, fill=(35, 35, 40), font=_font(round(17 * unit)))
        y += 27 * unit
    if rng.random() < 0.5:
        top, low = sorted(rng.integers(int(120 * unit), int(700 * unit), 2))
        draw.rectangle((45 * unit, float(top), width - 45 * unit, float(low)), outline=(30, 30, 30), width=2)
    if rng.random() < 0.4:
        x, y = width * 0.72, height * 0.8
        draw.ellipse(
            (x - 60 * unit, y - 60 * unit, x + 60 * unit, y + 60 * unit), outline=(200, 30, 30), width=4
        )
    return np.array(page)[:, :, ::-1].copy()


def card(rng: np.random.Generator, width: int = 620) -> Any:
    """Something of the size of an identity card, BGR; its edge is light."""
    height = round(width * CARD[1] / CARD[0])
    tint = [int(rng.integers(195, 235)), int(rng.integers(205, 240)), int(rng.integers(210, 245))]
    face = Image.new("RGB", (width, height), tuple(tint))
    draw = ImageDraw.Draw(face)
    for step in range(0, width, 14):
        draw.line((step, 0, step + 60, height), fill=tuple(max(v - 12, 0) for v in tint), width=2)
    draw.rectangle((width * 0.66, height * 0.14, width * 0.93, height * 0.74), fill=(150, 160, 175))
    for row in range(4):
        draw.text(
            (width * 0.07, height * (0.14 + 0.16 * row)),
            "".join(rng.choice(list(WORDS), 7)),
            fill=(30, 30, 60),
            font=_font(30),
        )
    return np.array(face)[:, :, ::-1].copy()


def table(rng: np.random.Generator, width: int, height: int, kind: str) -> Any:
    """What it lies on."""
    base = {
        "dark": (38, 40, 44),
        "mat": (60, 92, 48),
        "wood": (62, 98, 142),
        "grey": (150, 152, 155),
        "light": (206, 210, 213),
    }[kind]
    ground = np.full((height, width, 3), base, np.float32)
    if kind == "wood":
        x = np.cumsum(rng.normal(0, 1, height))
        grain = np.sin(np.arange(height) / 9 + x / 4)[:, None] * 11
        ground += grain[:, :, None] if grain.ndim == 3 else grain[:, None]
    rough = cv2.resize(rng.normal(0, 5, (height // 8, width // 8)).astype(np.float32), (width, height))
    return ground + rough[:, :, None]


def draw(
    seed: int, width: int = 1280, height: int = 960, kind: str | None = None, beyond: bool | None = None
) -> Drawn:
    """One picture. ``beyond``: the sheet leaves the picture."""
    rng = np.random.default_rng(seed)
    kind = kind or str(rng.choice(["paper", "paper", "paper", "card"]))
    ground_kind = str(rng.choice(["dark", "mat", "wood", "grey", "light"]))
    beyond = bool(rng.random() < 0.06) if beyond is None else beyond
    item = paper(rng, lines=int(rng.integers(3, 30))) if kind == "paper" else card(rng)
    ih, iw = item.shape[:2]
    if kind == "paper":
        long = height * rng.uniform(0.62, 0.86)
        size = np.array([long * iw / ih, long])
        if rng.random() < 0.3:
            size = size[::-1]
            item = cv2.rotate(item, cv2.ROTATE_90_CLOCKWISE)
            ih, iw = item.shape[:2]
    else:
        wide = height * rng.uniform(0.36, 0.6)
        size = np.array([wide, wide * ih / iw])
    angle = np.deg2rad(rng.uniform(-22, 22))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    half = size / 2
    corners = np.array([[-half[0], -half[1]], [half[0], -half[1]], [half[0], half[1]], [-half[0], half[1]]])
    corners = corners @ turn.T
    corners *= 1 + rng.uniform(-0.035, 0.035, (4, 1))  # seen a little from the side
    low, high = corners.min(axis=0), corners.max(axis=0)
    room = np.array([width, height]) - (high - low)
    shrink = min(1.0, *(np.array([width, height]) * 0.95 / (high - low)))
    if shrink < 1:
        corners *= shrink
        low, high = corners.min(axis=0), corners.max(axis=0)
        room = np.array([width, height]) - (high - low)
    corners += -low + room * rng.uniform(0.12, 0.88, 2)
    if beyond:
        side = int(rng.integers(0, 4))
        over = size.min() * rng.uniform(0.08, 0.3)
        shift = [
            (-corners[:, 0].min() - over, 0),
            (width - corners[:, 0].max() + over, 0),
            (0, -corners[:, 1].min() - over),
            (0, height - corners[:, 1].max() + over),
        ][side]
        corners += np.array(shift)
    corners = corners.astype(np.float32)
    scene = table(rng, width, height, ground_kind)
    source = np.array([[0, 0], [iw, 0], [iw, ih], [0, ih]], np.float32)
    if rng.random() < 0.3 and kind == "paper":
        item, mask = _curled(rng, item)
    else:
        mask = np.full((ih, iw), 255, np.uint8)
    way = cv2.getPerspectiveTransform(source, corners)
    there = cv2.warpPerspective(item, way, (width, height), flags=cv2.INTER_AREA)
    over_mask = cv2.warpPerspective(mask, way, (width, height)).astype(np.float32) / 255
    # A sheet throws a narrow shadow of its own.
    fall = cv2.GaussianBlur(np.roll(over_mask, (4, 5), (0, 1)), (0, 0), 4)
    scene *= (1 - 0.25 * fall)[:, :, None]
    scene = scene * (1 - over_mask[:, :, None]) + there * over_mask[:, :, None]
    scene *= _light(rng, width, height)[:, :, None]
    scene = cv2.GaussianBlur(scene, (0, 0), float(rng.uniform(0.4, 1.1)))
    scene += rng.normal(0, rng.uniform(1, 4), scene.shape)
    picture = np.clip(scene, 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(72, 94))])
    return Drawn(cv2.imdecode(packed, cv2.IMREAD_COLOR), corners, f"{kind} on {ground_kind}", beyond)


def _light(rng: np.random.Generator, width: int, height: int) -> Any:
    """Uneven light: a gradient, and often somebody's shadow over table and sheet."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slope = (np.cos(angle) * (x / width - 0.5) + np.sin(angle) * (y / height - 0.5)) * rng.uniform(0.1, 0.5)
    light = rng.uniform(0.8, 1.02) * (1 - slope)
    if rng.random() < 0.5:
        shadow = np.zeros((height, width), np.float32)
        centre = rng.uniform(0.1, 0.9, 2) * (width, height)
        axes = tuple(int(v) for v in rng.uniform(0.12, 0.4, 2) * (width, height))
        cv2.ellipse(shadow, tuple(int(v) for v in centre), axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
        light *= 1 - rng.uniform(0.15, 0.45) * cv2.GaussianBlur(shadow, (0, 0), float(rng.uniform(14, 45)))
    return light


def _curled(rng: np.random.Generator, item: Any) -> tuple[Any, Any]:
    """Bend one edge inwards a little and darken the bend."""
    height, width = item.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    depth = rng.uniform(0.006, 0.018) * height
    bow = np.sin(np.pi * x / width) * depth
    weight = np.clip(1 - y / (0.3 * height), 0, 1)
    mask = ((y >= bow) * 255).astype(np.uint8)
    bent = cv2.remap(item, x, np.clip(y - bow * weight, 0, height - 1), cv2.INTER_LINEAR)
    shade = 1 - 0.25 * weight * np.exp(-((y - bow - 0.05 * height) ** 2) / (0.02 * height) ** 2)
    return np.clip(bent * shade[:, :, None], 0, 255).astype(np.uint8), mask


def overlap(one: Any, other: Any, width: int, height: int) -> float:
    """Intersection over union of two convex quadrangles, inside the picture."""
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    _, one = cv2.intersectConvexConvex(one.astype(np.float32), frame)
    _, other = cv2.intersectConvexConvex(other.astype(np.float32), frame)
    if one is None or other is None:
        return 0.0
    both, _ = cv2.intersectConvexConvex(one, other)
    union = cv2.contourArea(one) + cv2.contourArea(other) - both
    return float(both / union) if union else 0.0


def outside(true: Any, found: Any) -> float:
    """Part of the true sheet that lies outside the one found."""
    whole = float(cv2.contourArea(true.astype(np.float32)))
    both, _ = cv2.intersectConvexConvex(true.astype(np.float32), found.astype(np.float32))
    return 1 - float(both) / whole
