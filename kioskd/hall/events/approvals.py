"""What needs a second person."""

from __future__ import annotations

import msgspec

from kioskd.hall.events.base import Params, Recorded


class ApprovalAsked(Recorded, frozen=True, kw_only=True, tag="approval.asked"):
    """``person`` asks that another one agree to ``about`` (``rating.void``, ``scan.purge``,
    ``words.erase``) for ``subject`` within ``minutes``. ``params`` hold what will be done; ``why`` is said by
    the person.
    """

    approval: str
    about: str
    subject: str
    person: str
    minutes: int
    params: Params = msgspec.field(default_factory=dict)
    why: str = ""


class ApprovalDecided(Recorded, frozen=True, kw_only=True, tag="approval.decided"):
    """Another person, ``person``, agreed or did not. What was agreed to is done in the same transaction."""

    approval: str
    granted: bool
    person: str


class ApprovalEnded(Recorded, frozen=True, kw_only=True, tag="approval.ended"):
    """Nobody decided in time (``why`` ``expired``), or who asked took it back (``withdrawn``)."""

    approval: str
    why: str
