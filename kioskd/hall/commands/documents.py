"""Signatures, pages of papers and printed notices of a ticket."""

from __future__ import annotations

from kioskd.hall.commands.base import Asked, AtWindow


class AskSignature(AtWindow, frozen=True):
    """The window's pad takes a signature for the ticket in hand."""


class DropSignature(Asked, frozen=True, kw_only=True):
    """No signature is wanted any more."""

    window: str


class KeepSignature(AtWindow, frozen=True, kw_only=True):
    """Somebody signed at a window. ``signature`` and ``picture`` are references, never the strokes."""

    signature: str
    picture: str


class KeepPage(AtWindow, frozen=True, kw_only=True):
    """A page of a paper was taken at a window and lies encrypted in the spool: its name there, ``page``.

    ``material`` is a paper of the service (its Chinese name in the catalogue), empty for any other;
    ``replaces`` an earlier page that this one is taken again for. ``sha256`` and ``size`` (bytes) are those
    of the page before it was encrypted; ``source`` is ``camera`` or ``browser``.
    """

    page: str
    sha256: str
    size: int
    material: str = ""
    replaces: str = ""
    source: str = "camera"
    warnings: tuple[str, ...] = ()


class DropPages(AtWindow, frozen=True, kw_only=True):
    """Pages are not wanted after all."""

    pages: tuple[str, ...]


class ArrangePages(AtWindow, frozen=True, kw_only=True):
    """Every page of the ticket in its new order, each with its material."""

    pages: tuple[tuple[str, str], ...]


class PrintNotice(AtWindow, frozen=True, kw_only=True):
    """Print a paper for the citizen at a window: ``notice``, the 一次性告知单 with what is ``missing``
    (papers of the ticket's services, by their Chinese names), or ``receipt``, the 受理回执.

    ``printer``: an office printer by its name in the settings, empty for the hall's ticket printer.
    """

    paper: str
    language: str = "zh"
    missing: tuple[str, ...] = ()
    printer: str = ""


class ReportArchived(Asked, frozen=True, kw_only=True):
    """An archive has a document and said so by its SHA-256. ``sink`` is the archive's name."""

    document: str
    sink: str
    sha256: str
    size: int


class ReportRemoved(Asked, frozen=True, kw_only=True):
    """A document's pages are no longer in the spool. ``why`` is ``archived`` (all archives have it and its
    time is over) or ``purged``.
    """

    document: str
    why: str
