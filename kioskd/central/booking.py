"""Scripts that give times and take them back. Every change a hall must know goes into its feed with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, delete, func, insert, select, text, update

from kioskd.central import feed
from kioskd.central.database import Running
from kioskd.central.reading import Reader
from kioskd.central.schema import APPOINTMENT, HALL, PERSON_DAY, PLAN, RULES
from kioskd.central.slots import (
    BookingPlan,
    Day,
    Slot,
    blocked_until,
    days,
    here,
    may_give_back,
    wall_of,
)
from kioskd.hall.appointments import hhmm
from kioskd.hall.rules import Calendar, Name
from kioskd.sync.orders import Booked, Cancelled

ACTIVE = ("asked", "booked", "arrived", "missed", "excused")
"""States in which a time counts as given."""

KEEP_PERSON_DAYS = 210
"""How long it is known that two times were the same person's: no plan looks further back."""


class _Queue(msgspec.Struct, frozen=True):
    id: str
    name: Name


class ServiceName(msgspec.Struct, frozen=True):
    """A service of a hall's catalogue: its code, what it is called, whose queue it waits in."""

    code: str
    name: Name
    queue: str


class HallRules(msgspec.Struct, frozen=True):
    """What a city needs of a hall's rules; the rest of them is not looked at."""

    queues: tuple[_Queue, ...]
    calendar: Calendar
    services: tuple[ServiceName, ...] = ()
    utc_offset_min: int = 480


class _Applied(msgspec.Struct, frozen=True):
    rules: msgspec.Raw


class BookingRefusedError(Exception):
    """No time was given or taken back; ``code`` says why."""

    def __init__(self, code: str, params: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.params = params or {}


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody would like a time. ``person`` is a keyed hash, ``code`` a digest; ``id`` names the wish.

    ``service`` is what it is for, empty where that is left to the window. ``held`` are digests of codes of
    other appointments that whoever asks can show.
    """

    id: str
    hall: str
    code: str
    person: str
    queue: str
    date: str
    start: int
    service: str = ""
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """A time somebody has. ``repeated``: this wish was granted before."""

    id: str
    hall: str
    hall_name: str
    queue: str
    queue_name: Name | None
    date: str
    start: int
    end: int
    state: str
    number: str | None
    plan: BookingPlan
    may_cancel: bool
    service: str | None = None
    service_name: Name | None = None
    repeated: bool = False


def set_plan(hall: str, plan: BookingPlan, wall: int) -> Running[None]:
    """Say which times a hall gives from now on; those given stay. Raises `NoSuchHallError`."""
    yield from feed.lock(hall)
    yield delete(PLAN).where(PLAN.c.hall == hall)
    yield insert(PLAN).values(hall=hall, body=msgspec.json.encode(plan), made=wall)


def _known(hall: str) -> Running[tuple[BookingPlan, HallRules | None]]:
    plans = yield select(PLAN.c.body).where(PLAN.c.hall == hall)
    rules = yield select(RULES.c.body).where(RULES.c.hall == hall)
    plan = msgspec.json.decode(plans[0].body, type=BookingPlan) if plans else BookingPlan()
    return plan, msgspec.json.decode(rules[0].body, type=HallRules) if rules else None


def _taken(hall: str, queue: str, since: str) -> Running[dict[tuple[str, int], int]]:
    rows = yield (
        select(APPOINTMENT.c.date, APPOINTMENT.c.start, func.count().label("taken"))
        .where(
            APPOINTMENT.c.hall == hall,
            APPOINTMENT.c.queue == queue,
            APPOINTMENT.c.date >= since,
            APPOINTMENT.c.state.in_(ACTIVE),
        )
        .group_by(APPOINTMENT.c.date, APPOINTMENT.c.start)
    )
    return {(row.date, row.start): row.taken for row in rows}


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be had of a queue: its services, and its times."""

    queue: str
    name: Name
    services: tuple[ServiceName, ...]
    days: list[Day]


def offered(hall: str, wall: int) -> Running[tuple[BookingPlan, list[Offered]] | None]:
    """Return a hall's plan, and what can be had of each queue; None where there is no such hall."""
    if not (yield select(HALL.c.id).where(HALL.c.id == hall)):
        return None
    plan, rules = yield from _known(hall)
    found: list[Offered] = []
    if rules is None:
        return plan, found
    now = here(wall, rules.utc_offset_min)
    wanted = {offer.queue for offer in plan.offers}
    for queue in rules.queues:
        if queue.id in wanted:
            taken = yield from _taken(hall, queue.id, now.date().isoformat())
            services = tuple(service for service in rules.services if service.queue == queue.id)
            times = days(plan, rules.calendar, queue.id, now, taken)
            found.append(Offered(queue.id, queue.name, services, times))
    return plan, found


_SAME_DAY = text(
    "INSERT INTO person_day(person, date, appointment) VALUES(:person, :date, :appointment)"
    " ON CONFLICT DO NOTHING RETURNING appointment"
)


def book(wish: Wish, wall: int) -> Running[Given]:
    """Give somebody a time. Raises `BookingRefusedError` and `NoSuchHallError`.

    Codes: ``not_offered``, ``full``, ``unknown_service``, ``key_reused``; ``already_booked`` and ``blocked``
    (``until``) for who holds the code of another appointment of the same person, and ``person_refused`` for
    everybody else: who only knows a document's number does not learn what its owner has booked.
    """
    yield from feed.lock(wish.hall)
    known = yield select(APPOINTMENT).where(APPOINTMENT.c.id == wish.id)
    if known:
        before = known[0]
        same = (before.hall, before.person, before.date, before.start, before.queue, before.service or "")
        if same != (wish.hall, wish.person, wish.date, wish.start, wish.queue, wish.service):
            raise BookingRefusedError("key_reused")
        return (yield from _given(known[0], wall, repeated=True))
    plan, rules = yield from _known(wish.hall)
    slot, now = None, None
    if rules is not None:
        now = here(wall, rules.utc_offset_min)
        taken = yield from _taken(wish.hall, wish.queue, now.date().isoformat())
        slot = _find(days(plan, rules.calendar, wish.queue, now, taken), wish)
    if slot is None or now is None or rules is None:
        raise BookingRefusedError("not_offered")
    if wish.service and (wish.service, wish.queue) not in {(s.code, s.queue) for s in rules.services}:
        raise BookingRefusedError("unknown_service", {"service": wish.service})
    if slot[1] < 1:
        raise BookingRefusedError("full")
    yield from _forget(now.date())
    missed = yield (
        select(APPOINTMENT.c.date).where(APPOINTMENT.c.person == wish.person, APPOINTMENT.c.state == "missed")
    )
    until = blocked_until(plan, [row.date for row in missed], now.date())
    if until is not None:
        raise (yield from _refused(wish, "blocked", {"until": until.isoformat()}))
    mine = {"person": wish.person, "date": wish.date, "appointment": wish.id}
    if not (yield _SAME_DAY.bindparams(**mine)):
        raise (yield from _refused(wish, "already_booked", {"date": wish.date}))
    yield insert(APPOINTMENT).values(
        id=wish.id,
        hall=wish.hall,
        code=wish.code,
        person=wish.person,
        queue=wish.queue,
        service=wish.service or None,
        date=wish.date,
        start=wish.start,
        end=slot[0].end,
        state="asked",
        made=wall,
        changed=wall,
    )
    order = Booked(
        appointment=wish.id,
        code=wish.code,
        queue=wish.queue,
        services=(wish.service,) if wish.service else (),
        date=wish.date,
        start=hhmm(wish.start),
        end=hhmm(slot[0].end),
        early_min=plan.early_min,
        late_min=plan.late_min,
    )
    expires = wall_of(wish.date, slot[0].end, rules.utc_offset_min)
    yield from feed.send(wish.hall, f"{wish.id}.book", "appointment.book", order, wall, expires)
    rows = yield select(APPOINTMENT).where(APPOINTMENT.c.id == wish.id)
    return (yield from _given(rows[0], wall))


def _refused(wish: Wish, code: str, params: dict[str, Any]) -> Running[BookingRefusedError]:
    """Return the reason to who holds an appointment of the same person, no reason to everybody else."""
    held = (APPOINTMENT.c.person == wish.person, APPOINTMENT.c.code.in_(wish.held))
    if wish.held and (yield select(APPOINTMENT.c.id).where(*held).limit(1)):
        return BookingRefusedError(code, params)
    return BookingRefusedError("person_refused")


def _find(found: list[Day], wish: Wish) -> tuple[Slot, int] | None:
    for day in found:
        for slot, left in day.slots:
            if (slot.date, slot.start) == (wish.date, wish.start):
                return slot, left
    return None


def _forget(today: date) -> Running[None]:
    """Let go of who it was where nobody needs to know any more."""
    edge = (today - timedelta(days=KEEP_PERSON_DAYS)).isoformat()
    old = (APPOINTMENT.c.date < edge, APPOINTMENT.c.person.is_not(None))
    yield update(APPOINTMENT).where(*old).values(person=None)
    yield delete(PERSON_DAY).where(PERSON_DAY.c.date < (today - timedelta(days=2)).isoformat())


def _given(row: Row[Any], wall: int, *, repeated: bool = False) -> Running[Given]:
    plan, rules = yield from _known(row.hall)
    names = yield select(HALL.c.name).where(HALL.c.id == row.hall)
    queue_name = service_name = None
    may_cancel = False
    if rules is not None:
        queue_name = next((queue.name for queue in rules.queues if queue.id == row.queue), None)
        service_name = next((one.name for one in rules.services if one.code == row.service), None)
        now = here(wall, rules.utc_offset_min)
        may_cancel = row.state in _WAITING and may_give_back(plan, row.date, row.start, now)
    return Given(
        id=row.id,
        hall=row.hall,
        hall_name=names[0].name,
        queue=row.queue,
        queue_name=queue_name,
        date=row.date,
        start=row.start,
        end=row.end,
        state=row.state,
        number=row.number,
        plan=plan,
        may_cancel=may_cancel,
        service=row.service,
        service_name=service_name,
        repeated=repeated,
    )


_WAITING = ("asked", "booked")


def look(code: str, wall: int) -> Running[Given | None]:
    """Return the time that a code (as a digest) stands for."""
    rows = yield select(APPOINTMENT).where(APPOINTMENT.c.code == code)
    return (yield from _given(rows[0], wall)) if rows else None


def cancel(code: str, wall: int) -> Running[Given | None]:
    """Take a time back from whoever has its code; None for no code of ours.

    Raises `BookingRefusedError`: ``too_late``, ``not_waiting`` (``state``).
    """
    found = yield select(APPOINTMENT.c.hall).where(APPOINTMENT.c.code == code)
    if not found:
        return None
    yield from feed.lock(found[0].hall)
    row = (yield select(APPOINTMENT).where(APPOINTMENT.c.code == code).with_for_update())[0]
    if row.state == "cancelled":
        return (yield from _given(row, wall, repeated=True))
    if row.state not in _WAITING:
        raise BookingRefusedError("not_waiting", {"state": row.state})
    given = yield from _given(row, wall)
    if not given.may_cancel:
        raise BookingRefusedError("too_late", {"minutes": given.plan.cancel_before_min})
    yield from _set(row.hall, row.id, ("asked", "booked"), "cancelled", wall)
    yield delete(PERSON_DAY).where(PERSON_DAY.c.appointment == row.id)
    yield from feed.send(row.hall, f"{row.id}.cancel", "appointment.cancel", Cancelled(row.id), wall)
    row = (yield select(APPOINTMENT).where(APPOINTMENT.c.id == row.id))[0]
    return (yield from _given(row, wall))


def _set(hall: str, name: str, before: tuple[str, ...], state: str, wall: int, **more: Any) -> Running[None]:
    yield (
        update(APPOINTMENT)
        .where(APPOINTMENT.c.id == name, APPOINTMENT.c.hall == hall, APPOINTMENT.c.state.in_(before))
        .values(state=state, changed=wall, **more)
    )


# --- what halls say -----------------------------------------------------------------------------


class _Said(msgspec.Struct, frozen=True):
    """What is read of the events below; each has some of it."""

    appointment: str = ""
    number: str = ""
    excused: bool = False
    order: str = ""
    order_kind: str = ""
    outcome: str = ""


_read = msgspec.json.Decoder(_Said)
_applied = msgspec.json.Decoder(_Applied)


def _heard(hall: str, row: Row[Any]) -> Running[None]:
    """Note what a hall says of a time, or the rules it works by from now on."""
    if row.kind == "settings.applied":
        yield delete(RULES).where(RULES.c.hall == hall)
        yield insert(RULES).values(hall=hall, body=bytes(_applied.decode(row.body).rules), wall=row.wall)
        return
    said = _read.decode(row.body)
    match row.kind:
        case "command.applied" if said.order_kind == "appointment.book":
            name = said.order.removesuffix(".book")
            if said.outcome in ("done", "known"):
                yield from _set(hall, name, ("asked",), "booked", row.wall)
            else:
                yield from _set(hall, name, ("asked", "booked"), "refused", row.wall)
                yield delete(PERSON_DAY).where(PERSON_DAY.c.appointment == name)
        case "ticket.issued" if said.appointment:
            before = ("asked", "booked", "missed", "excused", "arrived")
            yield from _set(hall, said.appointment, before, "arrived", row.wall, number=said.number)
        case "appointment.missed":
            state = "excused" if said.excused else "missed"
            yield from _set(hall, said.appointment, ("asked", "booked"), state, row.wall)


READER = Reader(
    "appointments",
    frozenset({"settings.applied", "command.applied", "ticket.issued", "appointment.missed"}),
    _heard,
)
"""Keeps up with what halls say of the times they were given."""
