"""差评 as items to be worked off, and ratings taken out of the count."""

from __future__ import annotations

from kioskd.hall.events.base import OfTicket, Recorded


class PoorRatingRegistered(OfTicket, frozen=True, kw_only=True, tag="poor_rating.registered"):
    """A bad rating that can no longer be changed became the item ``rating``, to be ended by ``due``.

    ``date`` is the business day of the service. ``comment`` and ``contact`` are references; without a contact
    the citizen is unknown (匿名，无法回访).
    """

    rating: str
    date: str
    due: str
    window: str
    level: int
    teller: str = ""
    service: str = ""
    item: int = 1
    options: tuple[int, ...] = ()
    comment: str | None = None
    contact: str | None = None
    source: str = ""
    late: bool = False


class PoorRatingMoved(OfTicket, frozen=True, kw_only=True, tag="poor_rating.moved"):
    """A step was done. ``state``, ``version``, ``handler`` and ``attempts`` hold from now on.

    ``step`` is a `kioskd.hall.poor.Step`, or ``void`` where the rating itself was taken out of the count.
    ``person`` is an account, ``central:`` before one of the city's office. ``ground`` is why there was an
    appeal, ``result`` what came of a call back, ``outcome`` how a closed item ended; ``note`` is a reference.
    """

    rating: str
    step: str
    state: str
    version: int
    person: str = ""
    handler: str = ""
    ground: str = ""
    result: str = ""
    outcome: str = ""
    note: str | None = None
    attempts: int = 0


class RatingVoided(OfTicket, frozen=True, kw_only=True, tag="rating.voided"):
    """A rating counts no more, after two persons said so: ``asked_by`` and ``approved_by``.

    ``date`` is the business day of the service; ``approval`` what was decided, empty for an appeal that
    was upheld. ``why`` is ``mistaken``, ``unfounded`` or a reason in somebody's words.
    """

    date: str
    level: int
    window: str
    why: str
    teller: str = ""
    service: str = ""
    item: int = 1
    approval: str = ""
    asked_by: str = ""
    approved_by: str = ""


class PrivateErased(Recorded, frozen=True, kw_only=True, tag="private.erased"):
    """Personal values were deleted with their salts in this event's transaction, at the word of two persons.

    ``refs`` are their references as earlier events have them, ``rating`` is the item of 差评 that they came
    with. Whoever was given a copy deletes it when this arrives.
    """

    refs: tuple[str, ...]
    rating: str = ""
    approval: str = ""
    asked_by: str = ""
    approved_by: str = ""
