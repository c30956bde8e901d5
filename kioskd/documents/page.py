"""A page of a camera's picture; runs in a worker process."""

from __future__ import annotations

import cv2
import numpy as np

from kioskd.documents.codes import read_codes
from kioskd.documents.find import Picture, find_sheet
from kioskd.documents.judge import blank, blurred
from kioskd.documents.straighten import deskewed, on_one_page, quarter_turns, skew, straighten, turned
from kioskd.documents.tone import bilevel, evened, grey
from kioskd.documents.work import PIXELS_MOST, QUALITY, SMALL_SIDE, MakePage, PageMade, Thumbnail, TurnPage


class UnreadableError(Exception):
    """These bytes are no picture that can be used."""


def make_page(task: MakePage) -> PageMade:
    """Find, straighten, even out, judge and pack. Raises `UnreadableError`."""
    picture = _unpack(task.picture)
    warnings: list[str] = []
    page = picture
    if task.shape != "whole":
        sheet = find_sheet(picture)
        if sheet is None:
            warnings.append("not_found")
        else:
            if sheet.cut:
                warnings.append("cut")
            page = straighten(picture, sheet)
    if task.shape == "sheet" and page is not picture:
        page = evened(page)
        page = turned(page, quarter_turns(page))
        page = deskewed(page, skew(page))
    page = turned(page, task.quarters)
    if task.shape == "card" and task.front is not None:
        page = on_one_page(_unpack(task.front), page)
    if blank(page):
        warnings.append("blank")
    elif blurred(page):
        warnings.append("blurred")
    codes = read_codes(page) if task.codes else ()
    untouched = page is picture and task.tone == "colour"
    data = task.picture if untouched else _pack(page, task.tone)
    return PageMade(
        data=data,
        width=page.shape[1],
        height=page.shape[0],
        small=small(page),
        warnings=tuple(warnings),
        codes=codes,
        as_it_was=untouched,
    )


def turn_page(task: TurnPage) -> PageMade:
    """Turn a page that was made before. Raises `UnreadableError`."""
    flat = _unpack(task.page, colour=False)
    page = turned(flat, task.quarters)
    two = task.page.startswith(b"\x89PNG")
    data = _png(page) if two else _jpeg(page)
    return PageMade(data=data, width=page.shape[1], height=page.shape[0], small=small(page))


def thumbnail(task: Thumbnail) -> PageMade:
    """Return a page's thumbnail as the page. Raises `UnreadableError`."""
    page = _unpack(task.page)
    return PageMade(data=b"", width=page.shape[1], height=page.shape[0], small=small(page))


def small(page: Picture) -> bytes:
    """Return a thumbnail, JPEG."""
    scale = min(1.0, SMALL_SIDE / max(page.shape[:2]))
    return _jpeg(
        np.asarray(cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8), 72
    )


def _unpack(data: bytes, *, colour: bool = True) -> Picture:
    if not data.startswith((b"\xff\xd8", b"\x89PNG")):
        raise UnreadableError("neither JPEG nor PNG")
    how = cv2.IMREAD_COLOR if colour else cv2.IMREAD_UNCHANGED
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    except cv2.error as error:
        raise UnreadableError(str(error)) from error
    if picture is None or picture.size == 0:
        raise UnreadableError("cannot be unpacked")
    if picture.shape[0] * picture.shape[1] > PIXELS_MOST or min(picture.shape[:2]) < 16:
        raise UnreadableError("of a size that no camera has")
    return np.asarray(picture, np.uint8)


def _pack(page: Picture, tone: str) -> bytes:
    if tone == "bilevel":
        return _png(bilevel(page))
    return _jpeg(grey(page) if tone == "grey" else page)


def _jpeg(page: Picture, quality: int = QUALITY) -> bytes:
    _, data = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()


def _png(page: Picture) -> bytes:
    """Pack black and white, one bit a pixel."""
    _, data = cv2.imencode(".png", page, [cv2.IMWRITE_PNG_BILEVEL, 1, cv2.IMWRITE_PNG_COMPRESSION, 5])
    return data.tobytes()
