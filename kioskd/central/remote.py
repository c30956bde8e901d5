"""Numbers taken by phone: a wish that goes to the hall, which alone gives numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from msgspec import Meta
from sqlalchemy import Row, delete, insert, select, text, update

from kioskd.central import feed, halls
from kioskd.central.asker import asker
from kioskd.central.bell import Bell
from kioskd.central.database import Database, Running
from kioskd.central.guesses import Guesses
from kioskd.central.persons import Persons, document
from kioskd.central.reading import Reader
from kioskd.central.schema import PERSON_DAY, REMOTE, RULES
from kioskd.central.server import answer, problem, wall_ms
from kioskd.central.slots import here
from kioskd.sync.orders import Requested
from kioskd.sync.status import ticket_digest

KIND = "ticket.request"
LIVES_MS = 180_000
"""A hall that hears of a wish later does not give the number: whoever asked has gone another way."""

SAID_MS = 60_000
"""Within this a hall has said where a ticket stands that it has given."""

WISHES = 20
"""Numbers that one address may ask for in a minute."""


class TakeAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST …/tickets. ``person`` is a document number; it is hashed at once and never kept."""

    queue: Annotated[str, Meta(min_length=1, max_length=64)]
    person: Annotated[str, Meta(min_length=1, max_length=40)]
    language: Literal["zh", "en"] = "zh"


class Asked(msgspec.Struct, frozen=True):
    """The hall is asked. ``code`` finds the number as soon as there is one."""

    hall: str
    code: str


class _Ticketing(msgspec.Struct, frozen=True):
    remote_most: int = 0
    remote_min: int = 45


class _Policy(msgspec.Struct, frozen=True):
    ticketing: _Ticketing = _Ticketing()


class RemoteRules(msgspec.Struct, frozen=True):
    """What a hall's rules say of numbers by phone."""

    policy: _Policy = _Policy()
    utc_offset_min: int = 480


class RemoteRefusedError(Exception):
    """The hall was not asked; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody would like a number; ``person`` is a keyed hash."""

    hall: str
    ticket: str
    code: str
    person: str
    queue: str
    language: Literal["zh", "en"]


def remote_rules(hall: str) -> Running[RemoteRules]:
    """Return what a hall says of numbers by phone; none are given where it has said nothing."""
    rows = yield select(RULES.c.body).where(RULES.c.hall == hall)
    return msgspec.json.decode(rows[0].body, type=RemoteRules) if rows else RemoteRules()


_ONCE = text(
    "INSERT INTO person_day(person, date, appointment) VALUES(:person, :date, :appointment)"
    " ON CONFLICT DO NOTHING RETURNING appointment"
)


def ask(wish: Wish, wall: int) -> Running[bool]:
    """Ask the hall for a number; False where this wish was sent before.

    Raises `RemoteRefusedError` (``remote_off``, ``person_refused``) and `halls.NoSuchHallError`.
    """
    yield from feed.lock(wish.hall)
    if (yield select(REMOTE.c.ticket).where(REMOTE.c.ticket == wish.ticket)):
        return False
    rules = yield from remote_rules(wish.hall)
    if rules.policy.ticketing.remote_most < 1:
        raise RemoteRefusedError("remote_off")
    today = here(wall, rules.utc_offset_min).date().isoformat()
    mine = {"person": wish.person, "date": f"{today} phone", "appointment": wish.ticket}
    if not (yield _ONCE.bindparams(**mine)):
        raise RemoteRefusedError("person_refused")
    yield insert(REMOTE).values(
        ticket=wish.ticket,
        hall=wish.hall,
        code=ticket_digest(wish.code),
        state="asked",
        reason="",
        made=wall,
        changed=wall,
    )
    order = Requested(wish.ticket, wish.code, wish.queue, language=wish.language)
    yield from feed.send(wish.hall, f"{wish.ticket}.request", KIND, order, wall, wall + LIVES_MS)
    return True


def standing(hall: str, code: str, wall: int) -> Running[str | None]:
    """Return how a wish stands, by the digest of its code: asked or refused; None for no wish of ours.

    One that was given stands as asked until the hall has had time to say where the ticket is.
    """
    rows = yield select(REMOTE).where(REMOTE.c.hall == hall, REMOTE.c.code == code)
    if not rows:
        return None
    if rows[0].state == "given":
        return "asked" if wall - rows[0].changed < SAID_MS else None
    state: str = rows[0].state
    return state


class _Said(msgspec.Struct, frozen=True):
    order: str = ""
    order_kind: str = ""
    outcome: str = ""
    code: str = ""


_read = msgspec.json.Decoder(_Said)


def _heard(hall: str, row: Row[Any]) -> Running[None]:
    said = _read.decode(row.body)
    if said.order_kind != KIND:
        return
    ticket = said.order.removesuffix(".request")
    given = said.outcome in ("done", "known")
    yield (
        update(REMOTE)
        .where(REMOTE.c.hall == hall, REMOTE.c.ticket == ticket, REMOTE.c.state == "asked")
        .values(state="given" if given else "refused", reason=said.code or said.outcome, changed=row.wall)
    )
    if not given:
        yield delete(PERSON_DAY).where(PERSON_DAY.c.appointment == ticket)


READER = Reader("remote", frozenset({"command.applied"}), _heard)
"""Keeps up with what halls say to wishes for numbers."""


def mount(
    database: Database, persons: Persons, bell: Bell, wall: Callable[[], int] = wall_ms
) -> Callable[[web.Application], None]:
    """Return what adds the route to an application."""
    wishes = Guesses(free=WISHES)

    async def handle_take(request: web.Request) -> web.Response:
        who, hall = asker(request), request.match_info["hall"]
        if not wishes.may(who):
            return problem(429, "too_many_attempts", retry_after=60)
        wishes.failed(who)
        key = request.headers.get("Idempotency-Key", "")
        if not 16 <= len(key) <= 200 or not key.isascii() or not key.isprintable():
            return problem(400, "key_missing")
        try:
            asked = msgspec.json.decode(await request.read(), type=TakeAsked)
        except msgspec.DecodeError as error:
            return problem(400, "body_invalid", str(error))
        number = document(asked.person)
        if number is None:
            return problem(422, "person_invalid")
        ticket, code = persons.ticket(f"{hall} {key}")
        wish = Wish(hall, ticket, code, persons.known_as(number), asked.queue, asked.language)
        try:
            await database.write(partial(ask, wish, wall()))
        except RemoteRefusedError as error:
            return problem(409, error.code)
        except halls.NoSuchHallError:
            return problem(404, "unknown_hall")
        bell.ring(hall)
        return answer(Asked(hall, code), 202)

    def add(app: web.Application) -> None:
        app.router.add_post("/api/v1/halls/{hall}/tickets", handle_take)

    return add
