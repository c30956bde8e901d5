"""The hall as a whole: alerts, notices, queues, and what is only for the record."""

from __future__ import annotations

import msgspec

from kioskd.hall.events.base import Params, Recorded
from kioskd.hall.rules import Order


class AlertRaised(Recorded, frozen=True, kw_only=True, tag="alert.raised"):
    """The lead should know. ``tier`` counts from 1; a higher tier of the same alert raises it again.

    ``about`` is the alert's kind (``empty_window``, ``long_wait``, ``long_service``, ``waiting``, ``pause``,
    ``device``, ``opening_check``, ``bad_rating``, ``poor_rating_overdue``, ``approval``,
    ``calendar_missing``, ``day_question``, ``help``, ``backup``, ``standby``) and ``subject`` a window,
    queue, device, ticket, date or place.
    """

    alert: str
    about: str
    subject: str
    tier: int = 1
    params: Params = msgspec.field(default_factory=dict)


class AlertCleared(Recorded, frozen=True, kw_only=True, tag="alert.cleared"):
    """Its cause is over."""

    alert: str


class AlertAcknowledged(Recorded, frozen=True, kw_only=True, tag="alert.acknowledged"):
    """A lead has seen it."""

    alert: str


class NoticeSet(Recorded, frozen=True, kw_only=True, tag="notice.set"):
    """The hall notice; empty texts remove it."""

    zh: str = ""
    en: str = ""


class QuietSet(Recorded, frozen=True, kw_only=True, tag="quiet.set"):
    """The voice is low for ``minutes``; 0: no longer."""

    minutes: int


class QueueOpened(Recorded, frozen=True, kw_only=True, tag="queue.opened"):
    """A lead lets a queue give tickets again."""

    queue: str


class QueueClosed(Recorded, frozen=True, kw_only=True, tag="queue.closed"):
    """A lead ended a queue's ticketing for the day."""

    queue: str


class OrderSet(Recorded, frozen=True, kw_only=True, tag="calling_order.set"):
    """For the rest of the day the next ticket is chosen like this; None: as the settings say again."""

    order: Order | None = None


class AuditNoted(Recorded, frozen=True, kw_only=True, tag="audit.noted"):
    """For the record only: ``by`` did ``action`` (``account.signed_in``, ``account.added``, …) to
    ``subject``. ``wall`` is when, where that was before the event (UTC milliseconds).
    """

    action: str
    subject: str = ""
    params: Params = msgspec.field(default_factory=dict)
    wall: int | None = None
