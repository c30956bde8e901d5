"""What an order of the central server asks of the hall, as the hall's own commands."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from kioskd.hall.commands import (
    BookAppointment,
    By,
    CancelAppointment,
    Command,
    IssueTicket,
    MovePoorRating,
    SetNotice,
    SetQueueOpen,
)
from kioskd.sync.messages import Order

CENTRAL = By(kind="system", id="central", role="central", via="sync")

_Name = Annotated[str, Meta(min_length=1, max_length=80)]
_Text = Annotated[str, Meta(max_length=500)]
_Id = Annotated[str, Meta(min_length=1, max_length=64)]


class _Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zh: _Text = ""
    en: _Text = ""


class _Queue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    queue: _Id
    open: bool


class Booked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``appointment.book``: ``code`` is a digest (`kioskd.hub.appointments.appointment_digest`)."""

    appointment: _Id
    code: _Id
    queue: _Id
    date: _Id
    start: _Id
    end: _Id
    services: tuple[_Id, ...] = ()
    early_min: int = 15
    late_min: int = 15


class Requested(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``ticket.request``: somebody would like a number by phone. Only the hall gives it."""

    ticket: _Id
    code: _Id
    queue: _Id
    services: tuple[_Id, ...] = ()
    language: Literal["zh", "en"] = "zh"


class Cancelled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``appointment.cancel``."""

    appointment: _Id


class _PoorRating(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``person`` is an account of the office; what it wrote about the step stays with it."""

    rating: _Name
    step: _Name
    person: _Name
    version: int | None = None
    ground: Annotated[str, Meta(max_length=32)] = ""
    result: Annotated[str, Meta(max_length=32)] = ""
    handler: Annotated[str, Meta(max_length=64)] = ""


_BODIES: dict[str, type[Any]] = {
    "notice.set": _Notice,
    "queue.set": _Queue,
    "appointment.book": Booked,
    "appointment.cancel": Cancelled,
    "ticket.request": Requested,
    "poor_rating.move": _PoorRating,
}


class UnreadableOrderError(ValueError):
    """An order of a kind that this version does not know, or whose body makes no sense."""


def wish(order: Order) -> Command:
    """Return the command an order stands for. Raises `UnreadableOrderError`."""
    kind = _BODIES.get(order.kind)
    if kind is None:
        raise UnreadableOrderError(order.kind)
    try:
        body = msgspec.json.decode(order.body, type=kind)
    except msgspec.DecodeError as error:
        raise UnreadableOrderError(f"{order.kind}: {error}") from error
    match body:
        case _Notice():
            return SetNotice(by=CENTRAL, zh=body.zh, en=body.en)
        case Booked():
            return BookAppointment(
                by=CENTRAL,
                id=body.appointment,
                code=body.code,
                queue=body.queue,
                services=body.services,
                date=body.date,
                start=body.start,
                end=body.end,
                early_min=body.early_min,
                late_min=body.late_min,
            )
        case Requested():
            return IssueTicket(
                by=CENTRAL,
                id=body.ticket,
                code=body.code,
                queue=body.queue,
                services=body.services,
                language=body.language,
                remote=True,
            )
        case Cancelled():
            return CancelAppointment(by=CENTRAL, id=body.appointment)
        case _PoorRating():
            return MovePoorRating(
                by=CENTRAL,
                rating=body.rating,
                step=body.step,
                person=f"central:{body.person}",
                version=body.version,
                handler=body.handler,
                ground=body.ground,
                result=body.result,
            )
    return SetQueueOpen(by=CENTRAL, queue=body.queue, open=body.open)
