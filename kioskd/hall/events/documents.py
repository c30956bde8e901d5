"""Pages that were taken of papers, and the documents they became."""

from __future__ import annotations

import msgspec

from kioskd.hall.events.base import AtWindow, Recorded


class PageScanned(AtWindow, frozen=True, kw_only=True, tag="page.scanned"):
    """A page lies encrypted in the spool under its name, ``page``; ``sha256`` and ``size`` are those of the
    page itself. It comes last, or in the place of ``replaces``.

    ``material``: a paper of the service, empty for any other. ``warnings`` are ``not_found``, ``cut``,
    ``dark``, ``blank``, ``blurred``: a person saw them. ``source`` is ``camera`` or ``browser``.
    """

    page: str
    sha256: str
    size: int
    material: str = ""
    replaces: str = ""
    source: str = "camera"
    warnings: tuple[str, ...] = ()


class PagesDropped(AtWindow, frozen=True, kw_only=True, tag="pages.dropped"):
    """These pages were not wanted."""

    pages: tuple[str, ...]


class PagesArranged(AtWindow, frozen=True, kw_only=True, tag="pages.arranged"):
    """Every page of the ticket in its order, with its material."""

    pages: tuple[tuple[str, str], ...]


class NoticeAsked(AtWindow, frozen=True, kw_only=True, tag="notice.asked"):
    """A paper for the citizen is to be printed: ``notice`` (一次性告知单, with what is ``missing``) or
    ``receipt`` (受理回执), by an office printer or, where ``printer`` is empty, by the ticket printer.

    Its job is the position of this event with copy 1; ``number_of`` counts the ticket's notices from 1.
    """

    paper: str
    number_of: int
    language: str = "zh"
    missing: tuple[str, ...] = ()
    printer: str = ""


class FiledDocument(msgspec.Struct, frozen=True):
    """Pages of one material, in order. ``sha256`` is that of their pages' SHA-256, hex, joined by
    newlines: the manifest that the journal's chain and signatures cover.
    """

    document: str
    material: str
    pages: tuple[str, ...]
    sha256: str


class DocumentsFiled(AtWindow, frozen=True, kw_only=True, tag="documents.filed"):
    """The service ended, and the pages taken during it are documents of the ticket and its case."""

    documents: tuple[FiledDocument, ...]
    project_no: str = ""
    services: tuple[str, ...] = ()
    test: bool = False


class DocumentArchived(Recorded, frozen=True, kw_only=True, tag="document.archived"):
    """The archive ``sink`` has the document, a PDF of this SHA-256 and size."""

    document: str
    sink: str
    sha256: str
    size: int


class DocumentRemoved(Recorded, frozen=True, kw_only=True, tag="document.removed"):
    """Its pages are no longer in the spool; ``why`` is ``archived`` or ``purged``."""

    document: str
    why: str
