"""Routes by which anybody takes a time at a hall, looks at it, and gives it back."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.central import booking, halls
from kioskd.central.asker import asker
from kioskd.central.bell import Bell
from kioskd.central.database import Database
from kioskd.central.guesses import Guesses
from kioskd.central.naming import Names
from kioskd.central.persons import Persons, document
from kioskd.central.server import answer, problem, wall_ms
from kioskd.hall.appointments import hhmm
from kioskd.hall.calendar import minutes
from kioskd.hall.rules import Name
from kioskd.hub.appointments import appointment_digest, new_code, read_code, written

WRONG = 10
"""Codes of nothing that one address may ask for in a minute."""
WISHES = 20
"""Times that one address may ask for in a minute: a whole family behind one router, and no program."""

STATUS = {
    "full": 409,
    "already_booked": 409,
    "person_refused": 409,
    "unknown_service": 409,
    "blocked": 409,
    "not_offered": 409,
    "too_late": 409,
    "not_waiting": 409,
    "key_reused": 422,
}


class SlotShown(msgspec.Struct, frozen=True):
    """A time, and how many can still have it."""

    start: str
    end: str
    left: int


class DayShown(msgspec.Struct, frozen=True):
    """The times of a date."""

    date: str
    slots: tuple[SlotShown, ...]


class ServiceShown(msgspec.Struct, frozen=True):
    """Something that a time can be had for."""

    code: str
    name: Name


class OfferShown(msgspec.Struct, frozen=True):
    """What can be had of a queue; ``services`` are what one may say that it is for."""

    queue: str
    name: Name
    days: tuple[DayShown, ...]
    services: tuple[ServiceShown, ...] = ()


class OffersShown(msgspec.Struct, frozen=True):
    """All that a hall gives, and its rules."""

    offers: tuple[OfferShown, ...]
    cancel_before_min: int
    early_min: int
    late_min: int


class BookAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST …/appointments. ``person`` is a document number; it is hashed at once and never kept.

    ``service`` is what it is for, empty to leave that to the window. ``codes`` are those of appointments that
    whoever asks has already: only with one of the same person they are told of what that person has booked.
    """

    queue: Annotated[str, Meta(min_length=1, max_length=64)]
    date: datetime.date
    start: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    person: Annotated[str, Meta(min_length=1, max_length=40)]
    service: Annotated[str, Meta(max_length=64)] = ""
    codes: Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(max_length=5)] = ()


class AppointmentShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A time somebody has. ``code`` is only ever in the answer to booking it and to whoever shows it.

    ``state``: ``asked`` (the hall will hear of it), ``booked``, ``refused`` (the hall could not take it),
    ``cancelled``, ``arrived`` (``number``), ``missed``, ``excused``. ``qr`` are the rows of the QR code that
    a kiosk reads, ``1`` for dark.
    """

    code: str
    hall: str
    hall_name: str
    queue: str
    date: str
    start: str
    end: str
    opens: str = msgspec.field(name="from")
    until: str
    state: str
    may_cancel: bool
    cancel_before_min: int
    queue_name: Name | None = None
    service: str | None = None
    service_name: Name | None = None
    number: str | None = None
    qr: tuple[str, ...] = ()
    hall_name_en: str = ""


def mount(
    database: Database, persons: Persons, bell: Bell, wall: Callable[[], int] = wall_ms
) -> Callable[[web.Application], None]:
    """Return what adds the routes to an application."""
    wrong, wishes = Guesses(free=WRONG), Guesses(free=WISHES)
    names = Names(database)

    async def shown(code: str, given: booking.Given) -> AppointmentShown:
        return AppointmentShown(
            code=written(code),
            hall=given.hall,
            hall_name=given.hall_name,
            hall_name_en=(await names.english()).get(given.hall, ""),
            queue=given.queue,
            queue_name=given.queue_name,
            service=given.service,
            service_name=given.service_name,
            date=given.date,
            start=hhmm(given.start),
            end=hhmm(given.end),
            opens=hhmm(max(0, given.start - given.plan.early_min)),
            until=hhmm(min(24 * 60 - 1, given.end + given.plan.late_min)),
            state=given.state,
            may_cancel=given.may_cancel,
            cancel_before_min=given.plan.cancel_before_min,
            number=given.number,
            qr=qr_rows(written(code)) if given.state in ("asked", "booked") else (),
        )

    async def handle_offers(request: web.Request) -> web.Response:
        found = await database.read(partial(booking.offered, request.match_info["hall"], wall()))
        if found is None:
            return problem(404, "unknown_hall")
        plan, queues = found
        offers = tuple(
            OfferShown(
                offer.queue,
                offer.name,
                tuple(
                    DayShown(
                        day.date,
                        tuple(SlotShown(hhmm(slot.start), hhmm(slot.end), left) for slot, left in day.slots),
                    )
                    for day in offer.days
                ),
                tuple(ServiceShown(service.code, service.name) for service in offer.services),
            )
            for offer in queues
        )
        return answer(OffersShown(offers, plan.cancel_before_min, plan.early_min, plan.late_min))

    async def handle_book(request: web.Request) -> web.Response:
        who = asker(request)
        if not wishes.may(who):
            return problem(429, "too_many_attempts", retry_after=60)
        wishes.failed(who)
        key = request.headers.get("Idempotency-Key", "")
        if not 16 <= len(key) <= 200 or not key.isascii() or not key.isprintable():
            return problem(400, "key_missing")
        try:
            asked = msgspec.json.decode(await request.read(), type=BookAsked)
            start = minutes(asked.start)
        except (msgspec.DecodeError, ValueError) as error:
            return problem(400, "body_invalid", str(error))
        number = document(asked.person)
        if number is None:
            return problem(422, "person_invalid")
        hall = request.match_info["hall"]
        person = persons.known_as(number)
        name, drawn = persons.drawn(f"{hall} {key}")
        code = new_code(drawn).replace("-", "")
        held = tuple(appointment_digest(one) for one in map(read_code, asked.codes) if one is not None)
        day = asked.date.isoformat()
        wish = booking.Wish(
            name, hall, appointment_digest(code), person, asked.queue, day, start, asked.service, held
        )
        try:
            given = await database.write(partial(booking.book, wish, wall()))
        except booking.BookingRefusedError as error:
            return refused(error)
        except halls.NoSuchHallError:
            return problem(404, "unknown_hall")
        bell.ring(hall)
        return answer(await shown(code, given), 200 if given.repeated else 201)

    async def found(request: web.Request, act: Callable[..., Any]) -> web.Response:
        who = asker(request)
        if not wrong.may(who):
            return problem(429, "too_many_attempts", retry_after=60)
        code = read_code(request.match_info["code"])
        given = None
        if code is not None:
            try:
                given = await act(partial(_SCRIPTS[request.method], appointment_digest(code), wall()))
            except booking.BookingRefusedError as error:
                return refused(error)
        if code is None or given is None:
            wrong.failed(who)
            return problem(404, "unknown_appointment")
        if request.method == "POST":
            bell.ring(given.hall)
        return answer(await shown(code, given))

    async def handle_look(request: web.Request) -> web.Response:
        return await found(request, database.read)

    async def handle_cancel(request: web.Request) -> web.Response:
        return await found(request, database.write)

    def add(app: web.Application) -> None:
        app.router.add_get("/api/v1/halls/{hall}/slots", handle_offers)
        app.router.add_post("/api/v1/halls/{hall}/appointments", handle_book)
        app.router.add_get("/api/v1/appointments/{code}", handle_look)
        app.router.add_post("/api/v1/appointments/{code}/cancel", handle_cancel)

    return add


def qr_rows(text: str) -> tuple[str, ...]:
    """Return the rows of a QR code, without a margin."""
    import qrcode  # heavy, and only bookings need it

    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make()
    return tuple("".join("1" if dark else "0" for dark in row) for row in code.get_matrix())


_SCRIPTS: dict[str, Any] = {"GET": booking.look, "POST": booking.cancel}


def refused(error: booking.BookingRefusedError) -> web.Response:
    """Return the answer to what the rules do not allow."""
    return problem(STATUS[error.code], error.code, params=error.params)
