"""What a worker process does: pictures in, pages out; nothing is read or written but these messages.

Messages are msgpack. Importing this module imports no OpenCV: the daemon speaks the same messages.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Tone = Literal["colour", "grey", "bilevel"]
Shape = Literal["sheet", "card", "whole"]

SMALL_SIDE = 360
"""Longer side of a thumbnail, in pixels."""

QUALITY = 85
"""Of JPEGs made here: letters of 8 pt stay clean at 200 dots an inch."""

PIXELS_MOST = 60_000_000
"""A picture that claims more is not unpacked."""


class MakePage(msgspec.Struct, frozen=True, kw_only=True, tag="page"):
    """Make a page of a camera's JPEG.

    ``shape``: find a ``sheet`` or a ``card``, or take the ``whole`` picture as it is. ``quarters``: turn it
    so often clockwise afterwards. ``front``: a page made before, the front of the card whose back this is;
    both come onto one page.
    """

    picture: bytes
    shape: Shape = "sheet"
    tone: Tone = "colour"
    quarters: int = 0
    codes: bool = True
    front: bytes | None = None


class TurnPage(msgspec.Struct, frozen=True, kw_only=True, tag="turn"):
    """Turn a finished page clockwise by quarters."""

    page: bytes
    quarters: int


class BuildPdf(msgspec.Struct, frozen=True, kw_only=True, tag="pdf"):
    """Bind pages into one PDF; ``signature`` (PNG) with ``signed`` (lines of text) becomes the last page."""

    pages: tuple[bytes, ...]
    title: str = ""
    signature: bytes | None = None
    signed: tuple[str, ...] = ()
    font: str = ""


class LayPaper(msgspec.Struct, frozen=True, kw_only=True, tag="paper"):
    """Lay a slip (`drivers.printer.api.Slip`, as JSON) out on A4 and bind it into a PDF."""

    slip: bytes
    title: str
    font: str


class Thumbnail(msgspec.Struct, frozen=True, kw_only=True, tag="small"):
    """Make a thumbnail of a page."""

    page: bytes


class PageMade(msgspec.Struct, frozen=True, kw_only=True, tag="made"):
    """A page: JPEG, or PNG when it is black and white.

    ``warnings``: ``not_found`` (the whole picture was kept), ``cut`` (the sheet goes beyond it), ``dark``,
    ``blank``, ``blurred``. ``as_it_was``: the camera's own bytes, untouched.
    """

    data: bytes
    width: int
    height: int
    small: bytes
    warnings: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    as_it_was: bool = False


class PdfBuilt(msgspec.Struct, frozen=True, kw_only=True, tag="built"):
    """A PDF."""

    data: bytes


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """Nothing was made: ``unreadable`` (not a picture) or ``broken`` (a fault of ours)."""

    code: str
    detail: str = ""


Task = MakePage | TurnPage | BuildPdf | LayPaper | Thumbnail
Answer = PageMade | PdfBuilt | Failed
