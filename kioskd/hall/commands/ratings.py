"""Ratings, and the steps of working off a bad one."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from kioskd.hall.commands.base import Asked


class Rate(Asked, frozen=True, kw_only=True):
    """A rating for one ticket by page, QR or program. ``comment`` and ``contact`` are references, never the
    text.
    """

    ticket: str
    level: int
    options: tuple[int, ...] = ()
    comment: str | None = None
    source: str = "4"
    contact: str | None = None


class PressRating(Asked, frozen=True, kw_only=True):
    """A key of the pad at a window; ``slot`` is the ticket the pad asked about (None: nothing).

    ``age_ms`` may be days: a rating kept on a station's disk arrives late.
    """

    window: str
    level: int
    slot: str | UnsetType | None = UNSET
    age_ms: int = 0


class MovePoorRating(Asked, frozen=True, kw_only=True):
    """A step in working off a 差评 (`kioskd.hall.poor.Step`), done by ``person`` (empty: who ``by`` says).

    ``version`` is how many steps the caller has seen (None: whatever). ``teller`` is who the person is at the
    windows: nobody works off their own. ``note`` is a reference, never the text.
    """

    rating: str
    step: str
    person: str = ""
    version: int | None = None
    teller: str | None = None
    handler: str = ""
    ground: str = ""
    result: str = ""
    note: str | None = None
