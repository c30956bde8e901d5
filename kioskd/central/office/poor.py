"""The register of 差评 of all halls: mirrored from their logs, worked off by orders to them.

A hall decides and its log says what came of it; so a step that the office takes shows as asked for until
then, or with the hall's reason why not.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from msgspec import Meta, structs
from sqlalchemy import Row, insert, select, update

from kioskd.central import feed, shared
from kioskd.central.bell import Bell
from kioskd.central.database import Running
from kioskd.central.naming import Names
from kioskd.central.office.accounts import noted
from kioskd.central.office.door import WORKING, Asked, Door, respond
from kioskd.central.office.halls import local_date
from kioskd.central.office.tables import POOR
from kioskd.central.reading import Reader
from kioskd.central.schema import HALL
from kioskd.central.server import wall_ms
from kioskd.central.shared import Sealer
from kioskd.hall.codec import UnknownEventError, decode
from kioskd.hall.events import CommandApplied, PoorRatingMoved, PoorRatingRegistered, PrivateErased
from kioskd.hall.poor import OPEN, STEPS, PoorState, Step
from kioskd.web.problem import ProblemError

ORDER = "poor_rating.move"
EXPIRES_MS = 3 * 24 * 3600 * 1000
"""A hall that is out of reach for longer does not do what was asked so long ago: somebody looks again."""

KINDS = frozenset({"poor_rating.registered", "poor_rating.moved", "private.erased", "command.applied"})

ERASED_MS = 366 * 24 * 3600 * 1000
"""How long it is remembered that a value was erased: as long as one may be kept at most."""


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the registering event says beside the columns; whether there is a text or a phone, never which."""

    options: tuple[int, ...] = ()
    has_comment: bool = False
    has_contact: bool = False
    late: bool = False
    at: int = 0
    words_ref: str = ""
    phone_ref: str = ""


class Move(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step that was done; ``at`` UTC milliseconds."""

    step: str
    state: str
    version: int
    at: int
    person: str = ""
    ground: str = ""
    result: str = ""
    outcome: str = ""
    note: str = ""


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step that the office asked a hall for. ``code`` is why the hall did not do it, empty until known."""

    order: str
    step: str
    person: str
    at: int
    ground: str = ""
    result: str = ""
    note: str = ""
    code: str = ""


class PoorItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An item of the register. ``steps`` are those that its state allows, none while one is asked for."""

    hall: str
    hall_name: str
    rating: str
    number: str
    date: str
    due: str
    overdue: bool
    window: str
    level: int
    state: str
    version: int
    teller: str = ""
    service: str = ""
    handler: str = ""
    outcome: str = ""
    attempts: int = 0
    facts: Facts = Facts()
    moves: tuple[Move, ...] = ()
    asked: Wanted | None = None
    steps: tuple[str, ...] = ()
    hall_name_en: str = ""


class ListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which items: ``open``, ``overdue``, ``closed`` or ``all``, of one hall or all."""

    show: Literal["open", "overdue", "closed", "all"] = "open"
    hall: str = ""


class StepBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step. ``version`` is that of the item as it was seen; ``note`` stays here, no hall sees it."""

    step: Literal["verify", "appeal", "uphold", "reject", "rectify", "follow_up", "reopen"]
    version: Annotated[int, Meta(ge=0)]
    ground: Literal["", "mistaken", "unfounded"] = ""
    result: Literal["", "satisfied", "dissatisfied", "no_answer", "anonymous"] = ""
    note: Annotated[str, Meta(max_length=500)] = ""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What came with a 差评 as far as it is here: None where there is none, where the hall keeps it for
    itself or its time is over, and a ``phone`` for everybody but who handles the item.
    """

    words: str | None = None
    phone: str | None = None


class Poor:
    """The routes."""

    def __init__(self, door: Door, bell: Bell, sealer: Sealer | None = None) -> None:
        self._door = door
        self._bell = bell
        self._sealer = sealer
        self._names = Names(door.database)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        one = "/api/v1/office/poor/{hall}/{rating}"
        app.router.add_get("/api/v1/office/poor", self._door.guard(self._list))
        app.router.add_get(one, self._door.guard(self._one))
        app.router.add_get(one + "/said", self._door.guard(self._said, WORKING))
        app.router.add_post(one + "/moves", self._door.guard(self._move, WORKING))

    async def _list(self, asked: Asked) -> web.StreamResponse:
        query = asked.query(ListQuery)
        today = local_date(self._door.wall())
        found = await self._door.database.read(partial(items, query.show, today, query.hall))
        return respond(await self._in_english(found))

    async def _one(self, asked: Asked) -> web.StreamResponse:
        found = await self._find(asked)
        await self._note(asked, "poor_rating.viewed", found)
        return respond(found)

    async def _said(self, asked: Asked) -> web.StreamResponse:
        """Show what the citizen said; the look is noted before anything is shown."""
        found = await self._find(asked)
        await self._note(asked, "poor_rating.words_viewed", found)
        handles = found.handler == f"central:{asked.who.name}"
        words = await self._open(found.hall, found.facts.words_ref)
        phone = await self._open(found.hall, found.facts.phone_ref) if handles else None
        return respond(Said(words=words, phone=phone))

    async def _open(self, hall: str, ref: str) -> str | None:
        if not ref or self._sealer is None:
            return None
        box = await self._door.database.read(partial(shared.get, hall, ref, self._door.wall()))
        return None if box is None else self._sealer.open(hall, ref, box)

    async def _move(self, asked: Asked) -> web.StreamResponse:
        body = await asked.body(StepBody)
        found = await self._find(asked)
        if found.version != body.version:
            raise ProblemError(
                "poor_rating_moved_on",
                {"state": found.state, "version": found.version},
                present=msgspec.to_builtins(found),
            )
        if body.step not in found.steps:
            raise ProblemError("poor_rating_moved_on", {"state": found.state, "version": found.version})
        for step, field in (("appeal", body.ground), ("follow_up", body.result)):
            if (body.step == step) is not bool(field):
                raise ProblemError("bad_value")
        now, order = self._door.wall(), "poor-" + secrets.token_hex(12)
        wanted = Wanted(
            order=order, step=body.step, person=asked.who.name, at=now,
            ground=body.ground, result=body.result, note=body.note,
        )  # fmt: skip
        await self._door.database.write(partial(ask, found, wanted, asked.who.role.value))
        self._bell.ring(found.hall)
        return respond(msgspec.structs.replace(found, asked=wanted, steps=()), 202)

    async def _find(self, asked: Asked) -> PoorItem:
        hall, rating = asked.request.match_info["hall"], asked.request.match_info["rating"]
        found = await self._door.database.read(
            partial(items, "all", local_date(self._door.wall()), hall, rating)
        )
        if not found:
            raise ProblemError("unknown_poor_rating")
        return (await self._in_english(found))[0]

    async def _in_english(self, found: list[PoorItem]) -> list[PoorItem]:
        """Return items with their halls' English names."""
        english = await self._names.english()
        return [structs.replace(item, hall_name_en=english.get(item.hall, "")) for item in found]

    async def _note(self, asked: Asked, action: str, item: PoorItem) -> None:
        at, who, said = self._door.wall(), asked.who, {"hall": item.hall}
        script = partial(noted, at, who.name, who.role.value, action, item.rating, said)
        await self._door.database.write(script)


def ask(item: PoorItem, wanted: Wanted, role: str) -> Running[None]:
    """Put a step into the hall's feed and note it. What has been asked meanwhile is refused by the hall."""
    body = {"rating": item.rating, "step": wanted.step, "person": wanted.person, "version": item.version}
    body |= {key: value for key, value in (("ground", wanted.ground), ("result", wanted.result)) if value}
    yield from feed.send(item.hall, wanted.order, ORDER, body, wanted.at, wanted.at + EXPIRES_MS)
    ours = (POOR.c.hall == item.hall, POOR.c.rating == item.rating)
    yield update(POOR).where(*ours).values(asked=msgspec.json.encode(wanted))
    said = {"hall": item.hall, "step": wanted.step, "number": item.number}
    yield from noted(wanted.at, wanted.person, role, "poor_rating.step_asked", item.rating, said)


def items(show: str, today: str, hall: str = "", rating: str = "") -> Running[list[PoorItem]]:
    """Return items of the register, the most urgent first."""
    wanted = select(POOR, HALL.c.name.label("hall_name")).join_from(POOR, HALL, POOR.c.hall == HALL.c.id)
    closed = POOR.c.state == PoorState.CLOSED.value
    if show in ("open", "overdue"):
        wanted = wanted.where(~closed)
    if show == "overdue":
        wanted = wanted.where(POOR.c.due < today)
    if show == "closed":
        wanted = wanted.where(closed)
    if hall:
        wanted = wanted.where(POOR.c.hall == hall)
    if rating:
        wanted = wanted.where(POOR.c.rating == rating)
    newest_first = show == "closed"
    rows = yield wanted.order_by(POOR.c.due.desc() if newest_first else POOR.c.due, POOR.c.changed).limit(500)
    return [_item(row, today) for row in rows]


def _item(row: Row[Any], today: str) -> PoorItem:
    asked = None if row.asked is None else msgspec.json.decode(row.asked, type=Wanted)
    waits = asked is not None and not asked.code
    state = PoorState(row.state)
    allowed = tuple(s.value for s, states in STEPS.items() if state in states and s is not Step.TAKE)
    return PoorItem(
        hall=row.hall,
        hall_name=row.hall_name,
        rating=row.rating,
        number=row.number,
        date=row.date,
        due=row.due,
        overdue=state in OPEN and row.due < today,
        window=row.window,
        level=row.level,
        state=row.state,
        version=row.version,
        teller=row.teller,
        service=row.service,
        handler=row.handler,
        outcome=row.outcome,
        attempts=row.attempts,
        facts=msgspec.json.decode(row.facts, type=Facts),
        moves=msgspec.json.decode(row.moves, type=tuple[Move, ...]),
        asked=asked,
        steps=() if waits else allowed,
    )


def _make(hall: str, row: Row[Any]) -> Running[None]:
    try:
        event = decode(row.kind, row.version, bytes(row.body))
    except UnknownEventError:
        return  # of a newer hall: it stays in the log
    if isinstance(event, PoorRatingRegistered):
        yield from _registered(hall, event, row.wall)
    elif isinstance(event, PoorRatingMoved):
        yield from _moved(hall, event, row.wall)
    elif isinstance(event, PrivateErased):
        yield from _erased(hall, event)
    elif isinstance(event, CommandApplied) and event.order_kind == ORDER and event.outcome != "done":
        yield from _not_done(hall, event)


def _registered(hall: str, event: PoorRatingRegistered, wall: int) -> Running[None]:
    if (yield select(POOR.c.rating).where(POOR.c.hall == hall, POOR.c.rating == event.rating)):
        return
    facts = Facts(
        options=event.options,
        has_comment=event.comment is not None,
        has_contact=event.contact is not None,
        late=event.late,
        at=wall,
        words_ref=event.comment or "",
        phone_ref=event.contact or "",
    )
    yield insert(POOR).values(
        hall=hall,
        rating=event.rating,
        number=event.number,
        date=event.date,
        due=event.due,
        window=event.window,
        level=event.level,
        teller=event.teller,
        service=event.service,
        state=PoorState.REGISTERED.value,
        version=0,
        handler="",
        outcome="",
        attempts=0,
        facts=msgspec.json.encode(facts),
        moves=b"[]",
        changed=wall,
        asked=None,
    )


def _moved(hall: str, event: PoorRatingMoved, wall: int) -> Running[None]:
    ours = (POOR.c.hall == hall, POOR.c.rating == event.rating)
    rows = yield select(POOR.c.version, POOR.c.moves, POOR.c.asked).where(*ours)
    if not rows or rows[0].version >= event.version:
        return
    asked = None if rows[0].asked is None else msgspec.json.decode(rows[0].asked, type=Wanted)
    by_us = asked is not None and event.person == f"central:{asked.person}" and event.step == asked.step
    move = Move(
        step=event.step,
        state=event.state,
        version=event.version,
        at=wall,
        person=event.person,
        ground=event.ground,
        result=event.result,
        outcome=event.outcome,
        note=asked.note if asked is not None and by_us else "",
    )
    moves = [*msgspec.json.decode(rows[0].moves, type=list[Move]), move]
    values: Mapping[str, Any] = {
        "state": event.state,
        "version": event.version,
        "handler": event.handler,
        "outcome": event.outcome,
        "attempts": event.attempts,
        "moves": msgspec.json.encode(moves),
        "changed": wall,
    }
    if by_us:
        values = {**values, "asked": None}
    yield update(POOR).where(*ours).values(**values)


def _erased(hall: str, event: PrivateErased) -> Running[None]:
    """Delete the copies of what two persons of the hall erased there, and what the office wrote about the
    item; note it.
    """
    now = wall_ms()
    gone = yield from shared.erase(hall, event.refs, now + ERASED_MS)
    ours = (POOR.c.hall == hall, POOR.c.rating == event.rating)
    for row in (yield select(POOR.c.moves, POOR.c.asked).where(*ours)):
        moves = [structs.replace(one, note="") for one in msgspec.json.decode(row.moves, type=list[Move])]
        asked = None if row.asked is None else msgspec.json.decode(row.asked, type=Wanted)
        bare = None if asked is None else msgspec.json.encode(structs.replace(asked, note=""))
        yield update(POOR).where(*ours).values(moves=msgspec.json.encode(moves), asked=bare)
    said = {"hall": hall, "asked_by": event.asked_by, "values": gone}
    yield from noted(now, event.approved_by, "hall", "poor_rating.erased", event.rating, said)


def _not_done(hall: str, event: CommandApplied) -> Running[None]:
    """Keep why the hall did not do what the office asked for."""
    rows = yield select(POOR.c.rating, POOR.c.asked).where(POOR.c.hall == hall, POOR.c.asked.is_not(None))
    for row in rows:
        asked = msgspec.json.decode(row.asked, type=Wanted)
        if asked.order == event.order and event.outcome != "known":
            said = msgspec.structs.replace(asked, code=event.code or event.outcome)
            ours = (POOR.c.hall == hall, POOR.c.rating == row.rating)
            yield update(POOR).where(*ours).values(asked=msgspec.json.encode(said))


READER = Reader("poor", KINDS, _make)
