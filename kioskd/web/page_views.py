"""What is asked and said about the pages taken at a window."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from kioskd.documents.work import Shape, Tone
from kioskd.hall.rules import Name
from kioskd.web.fields import Id, Line

Page = Annotated[str, Meta(pattern=r"^p_[0-9a-f]{32}$")]
Quarters = Annotated[int, Meta(ge=0, le=3)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class TakeBody(_Body, frozen=True, kw_only=True):
    """How a page is made. ``shape``: find a ``sheet`` (paper) or a ``card``, or keep the ``whole`` picture;
    ``tone`` is ``colour``, ``grey`` or ``bilevel``. ``material`` is a paper of the service by its Chinese
    name, empty for any other; ``replaces`` a page that is taken again; ``front`` the page with a card's other
    side: both come onto one page in its place.
    """

    ticket: Id | None = None
    shape: Shape = "sheet"
    tone: Tone = "colour"
    material: Line = ""
    quarters: Quarters = 0
    replaces: Page | None = None
    front: Page | None = None


class DropBody(_Body, frozen=True, kw_only=True):
    """Pages that are not wanted."""

    ticket: Id | None = None
    pages: Annotated[tuple[Page, ...], Meta(max_length=300)]


class ArrangeBody(_Body, frozen=True, kw_only=True):
    """Every page in its new order, each with its material: ``[["p_…", "身份证"], …]``."""

    ticket: Id | None = None
    pages: Annotated[tuple[tuple[Page, Line], ...], Meta(max_length=300)]


class TurnBody(_Body, frozen=True, kw_only=True):
    """Turn a page clockwise by quarters; it gets a new name."""

    ticket: Id | None = None
    page: Page
    quarters: Annotated[int, Meta(ge=1, le=3)] = 1


class PageView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page. ``warnings``: ``not_found`` (no sheet was found, the whole picture was kept), ``cut`` (the
    sheet goes beyond the picture), ``dark``, ``blank``, ``blurred``.
    """

    id: str
    material: str = ""
    warnings: tuple[str, ...] = ()


class TakenView(PageView, frozen=True, kw_only=True, omit_defaults=True):
    """A page just taken; ``small`` is its thumbnail (JPEG, Base64), ``codes`` what bar codes on it say."""

    width: int
    height: int
    small: bytes
    codes: tuple[str, ...] = ()


class MaterialView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A paper of the ticket's services, and how many pages of it there are."""

    name: Name
    copies: int = 1
    original: bool = True
    pages: int = 0


class CameraView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The camera of a window; ``code`` says what is wrong with it."""

    device: str
    state: str
    code: str = ""
    sentence: str = ""


class PagesView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was taken at a window for the ticket there. ``camera`` is missing where the window has none; a
    browser's own camera may be used then. ``closed`` says why no page can be taken, ``reader`` that writing
    can be read.
    """

    ticket: str = ""
    number: str = ""
    pages: tuple[PageView, ...] = ()
    materials: tuple[MaterialView, ...] = ()
    scans: int = 0
    camera: CameraView | None = None
    closed: str = ""
    sentence: str = ""
    reader: bool = False


class ImageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``small``: the thumbnail."""

    small: bool = False


class TextView(msgspec.Struct, frozen=True, kw_only=True):
    """The writing on a page, line by line, as far as it could be read."""

    lines: tuple[str, ...]
