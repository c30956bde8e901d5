"""How well straightened pages are read, beside the originals: ``python -m tests.documents.reading [PAGES
[FIRST]]``, some ten seconds a page; with ``FIRST`` the set is read in pieces.

Needs rapidocr-onnxruntime (Apache-2.0), which is no dependency of kioskd. Pages hold real sentences of the
sample catalogue; each is read as it was drawn, and as the page that was made of a photograph of it.
"""

from __future__ import annotations

import difflib
import sys
import tomllib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kioskd.documents.page import make_page
from kioskd.documents.work import MakePage
from tests.documents import sheets

CATALOGUE = Path(__file__).parents[2] / "config" / "sample" / "services.toml"
WIDE, HIGH = 1654, 2339
"""A4 at 200 dots an inch."""
LETTER = 34
ROW = 30
PHOTO = (3264, 2448)


def sentences() -> list[str]:
    """What citizens are told about services, cut into lines."""
    found: list[str] = []
    for service in tomllib.loads(CATALOGUE.read_text("utf-8"))["service"]:
        for value in service.values():
            text = value.get("zh", "") if isinstance(value, dict) else ""
            found += [text[at : at + ROW] for at in range(0, len(text), ROW) if len(text) - at >= 12]
    return found


def drawn(rng: np.random.Generator, lines: list[str]) -> tuple[Any, str]:
    """A page, BGR, and what stands on it."""
    page = Image.new("RGB", (WIDE, HIGH), (250, 250, 248))
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(sheets.FONT), LETTER)
    chosen = [lines[int(index)] for index in rng.integers(0, len(lines), 26)]
    for row, line in enumerate(chosen):
        draw.text((170, 190 + row * 74), line, fill=(25, 25, 30), font=font)
    return np.array(page)[:, :, ::-1].copy(), "".join(chosen)


def photographed(rng: np.random.Generator, page: Any) -> bytes:
    """A camera's JPEG of the page, lying askew in uneven light."""
    wide, high = PHOTO
    item = cv2.rotate(page, cv2.ROTATE_90_COUNTERCLOCKWISE)
    size = np.array([high * 0.86 * 297 / 210, high * 0.86])
    angle = np.deg2rad(rng.uniform(-4, 4))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * size @ turn.T
    corners *= 1 + rng.uniform(-0.02, 0.02, (4, 1))
    corners += np.array(PHOTO) / 2
    kind = str(rng.choice(["dark", "mat", "wood", "grey"]))
    small = sheets.table(rng, wide // 2, high // 2, kind).astype(np.float32)
    scene = cv2.resize(small, PHOTO)
    ih, iw = item.shape[:2]
    way = cv2.getPerspectiveTransform(
        np.array([[0, 0], [iw, 0], [iw, ih], [0, ih]], np.float32), corners.astype(np.float32)
    )
    there = cv2.warpPerspective(item, way, PHOTO, flags=cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(np.full((ih, iw), 255, np.uint8), way, PHOTO) > 127
    scene[mask] = there[mask]
    light = cv2.resize(sheets._light(rng, wide // 4, high // 4), PHOTO)
    scene *= light[:, :, None]
    scene = cv2.GaussianBlur(scene, (0, 0), 0.8) + rng.normal(0, 2.5, scene.shape)
    done = np.clip(scene, 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", done, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()


def right(read: str, true: str) -> float:
    """Part of the true characters that were read, in order."""
    matched = difflib.SequenceMatcher(None, true, read, autojunk=False).get_matching_blocks()
    return sum(block.size for block in matched) / len(true)


def main() -> int:
    """Read pages both ways; exit status 1 below 99 %."""
    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR()

    def text(picture: Any) -> str:
        found, _ = engine(picture)
        rows = sorted(found or [], key=lambda one: (round(one[0][0][1] / 40), one[0][0][0]))
        return "".join(one[1] for one in rows)

    lines, originals, straightened = sentences(), [], []
    count, first, *_ = (*map(int, sys.argv[1:]), *(20, 0)[len(sys.argv) - 1 :])
    for seed in range(first, first + count):
        rng = np.random.default_rng(seed)
        page, true = drawn(rng, lines)
        made = make_page(MakePage(picture=photographed(rng, page), codes=False))
        flat = cv2.imdecode(np.frombuffer(made.data, np.uint8), cv2.IMREAD_COLOR)
        originals.append(right(text(page), true))
        straightened.append(right(text(flat), true))
        said = " ".join(made.warnings)
        sys.stdout.write(f"{seed}: {originals[-1]:.4f} {straightened[-1]:.4f} {said}\n")
        sys.stdout.flush()
    ratio = float(np.mean(straightened) / np.mean(originals))
    means = f"originals {np.mean(originals):.4f}, straightened {np.mean(straightened):.4f}"
    sys.stdout.write(f"{means}: {ratio:.4f} of it\n")
    return 0 if ratio >= 0.99 else 1


if __name__ == "__main__":
    sys.exit(main())
