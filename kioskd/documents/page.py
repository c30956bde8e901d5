"""A page of a camera's picture; runs in a worker process."""

from __future__ import annotations

from concurrent.futures import Executor, Future, ThreadPoolExecutor

import cv2
import msgspec
import numpy as np

from kioskd.documents.codes import LOOK_SIZE as CODES_SIZE
from kioskd.documents.codes import Code, find_codes, in_order
from kioskd.documents.find import LOOK_SIZE, Sheet, find_sheet
from kioskd.documents.judge import blank, blurred, dark
from kioskd.documents.pdf import NotAPictureError, embedded
from kioskd.documents.quads import Picture
from kioskd.documents.straighten import (
    deskewed,
    on_one_page,
    quarter_turns,
    skew,
    straighten,
    turned,
    upside_down,
)
from kioskd.documents.tone import bilevel, evened, grey, reduced
from kioskd.documents.work import PIXELS_MOST, QUALITY, SMALL_SIDE, MakePage, PageMade, Thumbnail, TurnPage

JPEG = b"\xff\xd8"

LIES_SIZE = 1400
"""Longer side, in pixels, of the page by whose writing is seen which way it lies."""


class UnreadableError(Exception):
    """These bytes are no picture that can be used."""


def make_page(task: MakePage) -> PageMade:
    """Find, straighten, even out, judge and pack. Raises `UnreadableError`."""
    _check_size(task.picture)
    with ThreadPoolExecutor(2) as helper:
        return _made(task, helper)


def _made(task: MakePage, helper: ThreadPoolExecutor) -> PageMade:
    # What OpenCV and the reader of codes do lets go of the interpreter: two things at once take hardly longer
    # than one. So codes are read, and the page is judged, beside what the page itself waits for.
    unpacked = helper.submit(_unpack, task.picture)
    warnings: list[str] = []
    sheet = None
    if task.shape != "whole":
        sheet = _sheet(task.picture, unpacked, helper)
        if sheet is None:
            warnings.append("not_found")
        elif sheet.cut:
            warnings.append("cut")
    picture = unpacked.result()
    codes, quarters = None, task.quarters
    if task.shape == "sheet" and sheet is not None:
        light = grey(picture)
        if task.codes:
            codes = helper.submit(_codes, light, sheet)
        around, angle = _lies(light, sheet)
        # Turned by its corners: a page is large, and every step over all of it takes its time.
        page = deskewed(evened(straighten(picture, _turned_by(sheet, around))), angle)
        quarters += around
        page = turned(page, task.quarters)
    else:
        page = turned(picture if sheet is None else straighten(picture, sheet), task.quarters)
    if task.shape == "card" and task.front is not None:
        page = on_one_page(_unpack(task.front), page)
    untouched = page is picture and task.tone == "colour"
    packed = None if untouched else helper.submit(_pack, page, task.tone)
    light = reduced(grey(page), CODES_SIZE)
    if codes is None and task.codes:
        codes, quarters = helper.submit(find_codes, light), 0
    thumbnail = small(page)
    if task.shape == "sheet" and sheet is not None and dark(light):
        warnings.append("dark")
    if blank(light):
        warnings.append("blank")
    elif blurred(light):
        warnings.append("blurred")
    return PageMade(
        data=task.picture if packed is None else packed.result(),
        width=page.shape[1],
        height=page.shape[0],
        small=thumbnail,
        warnings=tuple(warnings),
        codes=() if codes is None else in_order(codes.result(), quarters),
        as_it_was=untouched,
    )


def _lies(light: Picture, sheet: Sheet) -> tuple[int, float]:
    """Return by how many quarters, and then by which small angle (degrees), a sheet of a picture without
    colour is turned clockwise to stand upright.
    """
    page = evened(straighten(light, sheet, longest=LIES_SIZE))
    quarters = quarter_turns(page)
    page = turned(page, quarters)
    if upside_down(page):
        quarters, page = quarters + 2, turned(page, 2)
    return quarters, skew(page)


def _turned_by(sheet: Sheet, quarters: int) -> Sheet:
    return msgspec.structs.replace(sheet, corners=np.roll(sheet.corners, quarters, axis=0))


def _codes(light: Picture, sheet: Sheet) -> list[Code]:
    return find_codes(straighten(light, sheet, longest=CODES_SIZE))


def _sheet(data: bytes, unpacked: Future[Picture], helper: Executor) -> Sheet | None:
    """Find the sheet in a JPEG while it is being unpacked: a quarter of its pixels each way is enough, and a
    JPEG gives them quickly.
    """
    few = None
    if data.startswith(JPEG):
        few = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_COLOR_4)
    if few is None or max(few.shape[:2]) < LOOK_SIZE:
        return find_sheet(unpacked.result(), helper)
    found = find_sheet(np.asarray(few, np.uint8), helper)
    if found is None:
        return None
    # Each of the few is the mean of 4 by 4.
    return msgspec.structs.replace(found, corners=(found.corners + 0.5) * 4 - 0.5)


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
    if max(page.shape[:2]) > 4 * SMALL_SIDE:  # halving is far quicker than any other reduction
        page = np.asarray(cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    return _jpeg(reduced(page, SMALL_SIDE), 72)


def _check_size(data: bytes) -> None:
    """Refuse a picture by what it says of itself, before it takes any memory. Raises `UnreadableError`."""
    try:
        picture = embedded(data)
    except NotAPictureError as error:
        raise UnreadableError(str(error)) from error
    if picture.width * picture.height > PIXELS_MOST or min(picture.width, picture.height) < 16:
        raise UnreadableError("of a size that no camera has")


def _unpack(data: bytes, *, colour: bool = True) -> Picture:
    if not data.startswith((JPEG, b"\x89PNG")):
        raise UnreadableError("neither JPEG nor PNG")
    how = cv2.IMREAD_COLOR if colour else cv2.IMREAD_UNCHANGED
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    except cv2.error as error:
        raise UnreadableError(str(error)) from error
    if picture is None or picture.size == 0:
        raise UnreadableError("cannot be unpacked")
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
