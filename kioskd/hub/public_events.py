"""Committed events as clients outside see them: small, versioned, and only what an audience may know.

A projection is a function of the event alone, so any past one can be made again from the journal.
``type`` is the event's kind. Fields only ever get added; a change of meaning raises ``v``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

import msgspec

from kioskd.hall import events as e
from kioskd.hall.codec import kind_of
from kioskd.hall.moment import rfc3339
from kioskd.hall.poor import name_of
from kioskd.hub.feed import Committed
from kioskd.hub.public_forms import (
    AlertChange,
    DeskChange,
    DeviceChange,
    HallChange,
    PublicEvent,
    RatingChange,
    TicketChange,
    WindowChange,
)

VERSION = 1


class Audience(IntEnum):
    """Who reads; each sees what the one before sees and more.

    ``DEVICES`` may know tickets by id, ``STAFF`` who did what and why, ``LEADS`` single ratings: a teller
    knows own ratings only as daily totals.
    """

    PUBLIC = 0
    DEVICES = 1
    STAFF = 2
    LEADS = 3


_Made = tuple[Audience, type[Any], dict[str, Any]]


def project(committed: Committed, audience: Audience, offset_min: int) -> PublicEvent | None:
    """Return an event as an audience sees it, None when it isn't for them.

    ``offset_min`` is the hall's zone, in which times are written.
    """
    maker = _MAKERS.get(type(committed.event))
    if maker is None:
        return None
    made = maker(committed.event, audience)
    if made is None:
        return None
    least, form, fields = made
    if audience < least:
        return None
    kind = fields.pop("type", None) or kind_of(committed.event)
    change: PublicEvent = form(
        v=VERSION, type=kind, at=rfc3339(committed.wall, offset_min, ms=True), **fields
    )
    return change


def encode(committed: Committed, audience: Audience, offset_min: int) -> tuple[str, bytes] | None:
    """Return type and JSON of an event as `project` makes it."""
    change = project(committed, audience, offset_min)
    return None if change is None else (change.type, _encoder.encode(change))


_encoder = msgspec.json.Encoder()


# --- tickets ------------------------------------------------------------------------------------


def _ticket(event: Any, audience: Audience, state: str | None, **fields: Any) -> _Made:
    fields.update(number=event.number, state=state)
    if audience >= Audience.DEVICES:
        fields["ticket"] = event.ticket
    if audience >= Audience.STAFF:
        fields["by"] = event.by.role or event.by.kind
        fields["teller"] = getattr(event, "teller", "") or None
    return Audience.PUBLIC, TicketChange, fields


def _issued(event: e.TicketIssued, audience: Audience) -> _Made:
    priority = event.priority if audience >= Audience.STAFF else None
    return _ticket(event, audience, "waiting", queue=event.queue, test=event.test, priority=priority)


def _called(event: e.TicketCalled, audience: Audience) -> _Made:
    extra: dict[str, Any] = {}
    if audience >= Audience.STAFF:
        extra = {"reason": event.reason.code, "params": event.reason.params}
    return _ticket(
        event,
        audience,
        "called",
        window=event.window,
        queue=event.queue,
        call=1,
        caption=event.caption,
        test=event.test,
        **extra,
    )


def _recalled(event: e.TicketRecalled, audience: Audience) -> _Made:
    return _ticket(event, audience, "called", window=event.window, call=event.call, caption=event.caption)


def _at_window(state: str) -> Callable[[Any, Audience], _Made]:
    return lambda event, audience: _ticket(event, audience, state, window=event.window)


def _to_queue(event: e.TicketPassedOn | e.TicketTransferred, audience: Audience) -> _Made:
    return _ticket(event, audience, "waiting", window=event.window, queue=event.to_queue)


def _moved(event: e.TicketMoved, audience: Audience) -> _Made:
    return _ticket(event, audience, "waiting", queue=event.to_queue)


def _of_ticket(state: str | None) -> Callable[[Any, Audience], _Made]:
    return lambda event, audience: _ticket(event, audience, state)


def _staff_ticket(event: Any, audience: Audience) -> _Made:
    _, form, fields = _ticket(event, audience, None)
    return Audience.STAFF, form, fields


def _paper(event: e.PaperRangeEntered, audience: Audience) -> _Made:
    # A range can be hundreds of tickets; readers fetch the queue they show again.
    return Audience.PUBLIC, HallChange, {"queue": event.queue}


# --- ratings ------------------------------------------------------------------------------------


def _rating_opened(event: e.RatingOpened, audience: Audience) -> _Made:
    return (
        Audience.DEVICES,
        RatingChange,
        {
            "number": event.number,
            "window": event.window,
            "ticket": event.ticket,
            "item": event.item,
            "of": event.of,
            "asked": event.asked,
            "timeout_s": event.timeout_ms // 1000,
        },
    )


def _rating_ended(event: Any, audience: Audience) -> _Made:
    fields = {
        "number": event.number,
        "window": event.window,
        "ticket": event.ticket,
        "item": event.item,
    }
    if audience < Audience.LEADS:
        return Audience.DEVICES, RatingChange, fields | {"type": "rating.closed"}
    if not isinstance(event, e.RatingMissed):
        fields |= {"level": event.level, "options": event.options}
    return Audience.DEVICES, RatingChange, fields


def _rating_corrected(event: Any, audience: Audience) -> _Made | None:
    return _rating_ended(event, audience) if audience >= Audience.LEADS else None


# --- windows ------------------------------------------------------------------------------------


def _window(event: Any, audience: Audience, state: str, **fields: Any) -> _Made:
    fields.update(window=event.window, state=state)
    if audience >= Audience.STAFF:
        fields["teller"] = getattr(event, "teller", "") or None
    return Audience.PUBLIC, WindowChange, fields


def _duty(state: str) -> Callable[[Any, Audience], _Made]:
    return lambda event, audience: _window(event, audience, state)


def _paused(event: e.Paused | e.PauseDetailed, audience: Audience) -> _Made:
    return _window(
        event,
        audience,
        "paused",
        reason=event.reason or None,
        minutes=event.minutes,
        contact=event.contact or None,
    )


def _skills_moved(event: e.SkillsMoved, audience: Audience) -> _Made:
    fields = {"window": event.window, "state": "skills", "minutes": event.minutes}
    return Audience.STAFF, WindowChange, fields | {"teller": event.teller or None}


# --- the hall, alerts, devices ------------------------------------------------------------------


def _hall(*names: str) -> Callable[[Any, Audience], _Made]:
    return lambda event, audience: (
        Audience.PUBLIC,
        HallChange,
        {name: getattr(event, name) for name in names},
    )


def _staffs(event: Any, audience: Audience) -> _Made:
    return Audience.STAFF, HallChange, {}


def _questioned(event: e.DayQuestioned, audience: Audience) -> _Made:
    return Audience.STAFF, HallChange, {"date": event.date, "question": event.why}


def alert_audience(alert: str) -> Audience:
    """Return who may know of an alert, by its kind or id: a bad rating is no teller's to see."""
    private = alert.startswith(("bad_rating", "poor_rating", "approval"))
    return Audience.LEADS if private else Audience.STAFF


def _alert_raised(event: e.AlertRaised, audience: Audience) -> _Made:
    return (
        alert_audience(event.about),
        AlertChange,
        {
            "alert": event.alert,
            "about": event.about,
            "subject": event.subject,
            "tier": event.tier,
            "params": event.params,
        },
    )


def _alert_over(event: e.AlertCleared | e.AlertAcknowledged, audience: Audience) -> _Made:
    return alert_audience(event.alert), AlertChange, {"alert": event.alert}


def _desk(event: Any, audience: Audience) -> _Made:
    rating, approval = getattr(event, "rating", None), getattr(event, "approval", None)
    if isinstance(event, e.RatingVoided):
        rating, approval = name_of(event.ticket, event.item), None
    return Audience.LEADS, DeskChange, {"rating": rating, "approval": approval}


def _device(event: e.DeviceChanged, audience: Audience) -> _Made:
    return (
        Audience.STAFF,
        DeviceChange,
        {
            "device": event.device,
            "device_class": event.device_class,
            "state": event.state,
            "code": event.code or None,
            "paper": event.paper,
            "window": event.window,
        },
    )


def _roll(event: e.RollChanged | e.RollJudged, audience: Audience) -> _Made:
    fields = {"device": event.device, "device_class": "printer", "clear": getattr(event, "clear", None)}
    return Audience.DEVICES, DeviceChange, fields


def _rebound(event: e.DeviceRebound, audience: Audience) -> _Made:
    return Audience.STAFF, DeviceChange, {"device": " ".join(event.devices)}


def _job(event: Any, audience: Audience) -> _Made:
    return (
        Audience.DEVICES,
        DeviceChange,
        {
            "job": event.job,
            "ticket": event.ticket,
            "copy": event.copy,
            "code": event.code or None,
            "printed": getattr(event, "printed", None),
        },
    )


_MAKERS: dict[type[Any], Callable[[Any, Audience], _Made | None]] = {
    e.TicketIssued: _issued,
    e.PaperRangeEntered: _paper,
    e.TicketCalled: _called,
    e.TicketRecalled: _recalled,
    e.TicketStarted: _at_window("serving"),
    e.TicketFinished: _at_window("finished"),
    e.TicketPassedOn: _to_queue,
    e.TicketNoShow: _at_window("no_show"),
    e.TicketHeld: _at_window("held"),
    e.TicketWoken: _of_ticket("waiting"),
    e.TicketTransferred: _to_queue,
    e.TicketRequeued: _at_window("waiting"),
    e.TicketReturned: _of_ticket("waiting"),
    e.TicketMoved: _moved,
    e.TicketCancelled: _of_ticket("cancelled"),
    e.TicketVoided: _of_ticket("voided"),
    e.TicketEnded: _of_ticket("ended"),
    e.PriorityDecided: _staff_ticket,
    e.ServicesChanged: _staff_ticket,
    e.TicketAmended: _staff_ticket,
    e.CaseAttached: _staff_ticket,
    e.SignatureAsked: _staff_ticket,
    e.SignatureDropped: _staff_ticket,
    e.TicketSigned: _staff_ticket,
    e.PageScanned: _staff_ticket,
    e.PagesDropped: _staff_ticket,
    e.PagesArranged: _staff_ticket,
    e.NoticeAsked: _staff_ticket,
    e.DocumentsFiled: _staff_ticket,
    e.ReprintAsked: _staff_ticket,
    e.RatingOpened: _rating_opened,
    e.RatingGiven: _rating_ended,
    e.RatingMissed: _rating_ended,
    e.RatingChanged: _rating_corrected,
    e.RatingLate: _rating_corrected,
    e.PoorRatingRegistered: _desk,
    e.PoorRatingMoved: _desk,
    e.RatingVoided: _desk,
    e.PrivateErased: _desk,
    e.ApprovalAsked: _desk,
    e.ApprovalDecided: _desk,
    e.ApprovalEnded: _desk,
    e.SignedIn: _duty("open"),
    e.SignedOut: _duty("unstaffed"),
    e.Paused: _paused,
    e.PauseDetailed: _paused,
    e.Resumed: _duty("open"),
    e.SkillsMoved: _skills_moved,
    e.HubStarted: _hall(),
    e.SettingsApplied: _hall(),
    e.DayOpened: _hall("date"),
    e.DayClosed: _hall("date"),
    e.DayConfirmed: _hall("date"),
    e.DayQuestioned: _questioned,
    e.HoursChanged: _hall("ticketing", "serving"),
    e.NoticeSet: _hall("zh", "en"),
    e.QuietSet: _hall("minutes"),
    e.QueueOpened: _hall("queue"),
    e.QueueClosed: _hall("queue"),
    e.RosterSet: _staffs,
    e.OrderSet: _staffs,
    e.AlertRaised: _alert_raised,
    e.AlertCleared: _alert_over,
    e.AlertAcknowledged: _alert_over,
    e.DeviceChanged: _device,
    e.RollChanged: _roll,
    e.RollJudged: _roll,
    e.DeviceRebound: _rebound,
    e.JobDone: _job,
    e.JobFailed: _job,
    e.JobUnknown: _job,
    e.JobSettled: _job,
}
"""What is public. A kind that is not here stays inside."""
