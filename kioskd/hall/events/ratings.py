"""好差评: slots for ratings and what was answered."""

from __future__ import annotations

from kioskd.hall.events.base import OfTicket, Recorded


class RatingOpened(OfTicket, frozen=True, kw_only=True, tag="rating.opened"):
    """A slot for a rating. ``asked``: the pad asks the citizen; ``item`` of ``of`` services.

    It closes after ``timeout_ms`` or when the window's next ticket starts.
    """

    window: str
    timeout_ms: int
    teller: str = ""
    service: str = ""
    item: int = 1
    of: int = 1
    asked: bool = True
    test: bool = False


class _Rated(OfTicket, frozen=True, kw_only=True, omit_defaults=True):
    """An answer. ``age_ms``: how long before the event the key was pressed. ``comment`` and ``contact`` are
    references.
    """

    window: str
    level: int
    teller: str = ""
    service: str = ""
    item: int = 1
    options: tuple[int, ...] = ()
    comment: str | None = None
    source: str = ""
    age_ms: int = 0
    test: bool = False
    contact: str | None = None


class RatingGiven(_Rated, frozen=True, kw_only=True, tag="rating.given"):
    """The citizen answered."""


class RatingChanged(_Rated, frozen=True, kw_only=True, tag="rating.changed"):
    """A later key within the time for second thoughts; it replaces the answer."""


class RatingLate(_Rated, frozen=True, kw_only=True, tag="rating.late"):
    """An answer of ``date`` that came after its slot was recorded as 未评价 and replaces that."""

    date: str


class RatingMissed(OfTicket, frozen=True, kw_only=True, tag="rating.missed"):
    """No answer: 未评价. ``why`` is ``timeout``, ``next_started`` or ``day_end``."""

    window: str
    why: str
    teller: str = ""
    service: str = ""
    item: int = 1
    asked: bool = True
    test: bool = False


class RatingStray(Recorded, frozen=True, kw_only=True, tag="rating.stray"):
    """A rating key outside any slot; it counts for nobody."""

    window: str
    level: int
    ticket: str | None = None
    age_ms: int = 0
