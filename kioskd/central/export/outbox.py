"""The outbox: one parcel a rating, durable from the moment the log says so until somebody has it.

A parcel is sent again after every doubt; its ``assessNumber`` never changes, so the receiver has it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    func,
    insert,
    select,
    update,
)

from kioskd.central.database import Running
from kioskd.central.export.form import CHINA, Rated, assess_number
from kioskd.central.reading import Reader
from kioskd.central.schema import RULES, metadata
from kioskd.hall import events as e
from kioskd.hall.codec import UnknownEventError, decode
from kioskd.hall.rules import DefaultRating

PARCEL = Table(
    "parcel",
    metadata,
    Column("number", String, primary_key=True),  # the assessNumber
    Column("hall", String, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),  # a `Rated` in JSON
    Column("version", Integer, nullable=False),  # of the answer: a citizen may change it
    Column("state", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("error", String, nullable=False),
    Column("sent", BigInteger),
)

FACTS = Table(
    "parcel_facts",
    metadata,
    Column("hall", String, primary_key=True),
    Column("ticket", String, primary_key=True),
    Column("wall", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""What is known of a ticket until its rating comes, or it is too old to be rated."""

WAITING, SENT, REFUSED, WITHDRAWN, LATER = "waiting", "sent", "refused", "withdrawn", "later"
"""``refused``: the receiver does not want it as it is, a person must look; ``withdrawn``: the rating was
taken out of the count before it was sent; ``later``: a default rating whose days are not over yet.
"""

SYSTEM = "7"
"""``pf`` of a default rating: nobody gave it."""

DAY_MS = 24 * 3600 * 1000

SETTLE_MS = 15_000
"""A citizen may change the answer for a few seconds; so long it waits."""

FACTS_MS = 10 * 24 * 3600 * 1000
"""A late answer comes within so many days."""

KINDS = frozenset(
    {
        "ticket.called",
        "ticket.case_attached",
        "ticket.finished",
        "ticket.passed_on",
        "rating.given",
        "rating.changed",
        "rating.late",
        "rating.missed",
        "rating.voided",
    }
)


class TicketFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rating does not say of its ticket."""

    called: int | None = None
    queue: str = ""
    case: str = ""
    task_code: str = ""
    task_name: str = ""
    status: str = ""
    accepted: str = ""
    result: str = "done"
    services: tuple[str, ...] = ()


class Standing(msgspec.Struct, frozen=True):
    """How many parcels there are in each state, and since when the oldest waits (UTC milliseconds)."""

    counts: dict[str, int]
    oldest: int | None
    error: str


class Parcel(msgspec.Struct, frozen=True):
    """One to be sent now, for the ``tries``-th time."""

    number: str
    rated: Rated
    version: int
    tries: int


def reader(since: date) -> Reader:
    """Return what puts the ratings of all halls from a day on into the outbox."""
    first = datetime.combine(since, time(), timezone(CHINA))
    begin = int(first.timestamp() * 1000)

    def make(hall: str, row: Row[Any]) -> Running[None]:
        if row.wall >= begin:
            yield from _make(hall, row)

    return Reader("export", KINDS, make)


def _make(hall: str, row: Row[Any]) -> Running[None]:
    try:
        event = decode(row.kind, row.version, bytes(row.body))
    except UnknownEventError:
        return  # of a newer hall: it stays in the log
    match event:
        case e.TicketCalled():
            yield from _know(hall, event.ticket, row.wall, called=row.wall, queue=event.queue)
        case e.CaseAttached():
            yield from _know(
                hall,
                event.ticket,
                row.wall,
                case=event.project_no,
                task_code=event.task_code,
                task_name=event.task_name,
                status=event.status,
                accepted=event.accepted,
            )
        case e.TicketFinished() | e.TicketPassedOn():
            done = {"result": event.result.value, "services": event.services}
            yield from _know(hall, event.ticket, row.wall, **done)
        case e.RatingGiven() | e.RatingChanged() | e.RatingLate():
            if not event.test:
                yield from _rated(hall, event, row.wall)
        case e.RatingMissed():
            if event.asked and not event.test:
                yield from _missed(hall, event, row.wall)
        case e.RatingVoided():
            number = assess_number(hall, f"{event.ticket}.{event.item}")
            unsent = (PARCEL.c.number == number, PARCEL.c.state != SENT)
            yield update(PARCEL).where(*unsent).values(state=WITHDRAWN)


def _know(hall: str, ticket: str, wall: int, **more: Any) -> Running[None]:
    ours = (FACTS.c.hall == hall, FACTS.c.ticket == ticket)
    rows = yield select(FACTS.c.body).where(*ours)
    known = msgspec.json.decode(rows[0].body, type=TicketFacts) if rows else TicketFacts()
    if known.called is not None:
        more.pop("called", None)  # it was accepted when it was called first
    body = msgspec.json.encode(msgspec.structs.replace(known, **more))
    if rows:
        yield update(FACTS).where(*ours).values(body=body, wall=wall)
    else:
        yield insert(FACTS).values(hall=hall, ticket=ticket, wall=wall, body=body)


class _Rating(msgspec.Struct, frozen=True):
    default: DefaultRating | None = None


class _Policy(msgspec.Struct, frozen=True):
    rating: _Rating = _Rating()


class _Rules(msgspec.Struct, frozen=True):
    policy: _Policy = _Policy()


_rules = msgspec.json.Decoder(_Rules)


def _missed(hall: str, event: e.RatingMissed, wall: int) -> Running[None]:
    """Have the city's default stand for no answer once its days are over, where the hall works by that rule.

    An answer that comes late takes its place, also after it was sent: it has the same number.
    """
    rows = yield select(RULES.c.body).where(RULES.c.hall == hall)
    default = _rules.decode(rows[0].body).policy.rating.default if rows else None
    number = assess_number(hall, f"{event.ticket}.{event.item}")
    if default is None or (yield select(PARCEL.c.number).where(PARCEL.c.number == number)):
        return
    answer = _Answer(default.level, SYSTEM)
    after = default.after_days * DAY_MS
    yield from _put(hall, event, answer, wall + after, wall + after, wall + after, LATER)


@dataclass(frozen=True, slots=True)
class _Answer:
    level: int
    pf: str
    options: tuple[int, ...] = ()


def _rated(hall: str, event: e.RatingGiven | e.RatingChanged | e.RatingLate, wall: int) -> Running[None]:
    answer = _Answer(event.level, event.source or "4", event.options)
    yield from _put(hall, event, answer, wall - event.age_ms, wall + SETTLE_MS, wall, WAITING)


_Rates = e.RatingGiven | e.RatingChanged | e.RatingLate | e.RatingMissed


def _put(
    hall: str, event: _Rates, answer: _Answer, at: int, due: int, made: int, state: str
) -> Running[None]:
    """Put a rating of ``at`` into the outbox, to be sent at ``due``; instead of what stood there for it."""
    rows = yield select(FACTS.c.body).where(FACTS.c.hall == hall, FACTS.c.ticket == event.ticket)
    known = msgspec.json.decode(rows[0].body, type=TicketFacts) if rows else TicketFacts()
    rating = f"{event.ticket}.{event.item}"
    rated = Rated(
        hall=hall,
        rating=rating,
        at=at,
        level=answer.level,
        pf=answer.pf,
        options=answer.options,
        teller=event.teller,
        service=event.service or next(iter(known.services), ""),
        queue=known.queue,
        case=known.case,
        task_code=known.task_code,
        task_name=known.task_name,
        status=known.status,
        accepted=known.accepted,
        result=known.result,
        called=known.called,
    )
    number, body = assess_number(hall, rating), msgspec.json.encode(rated)
    before = yield select(PARCEL.c.version).where(PARCEL.c.number == number)
    fresh = {"body": body, "state": state, "tries": 0, "due": due, "error": ""}
    if before:
        changed = {**fresh, "version": before[0].version + 1}
        yield update(PARCEL).where(PARCEL.c.number == number).values(**changed)
    else:
        yield insert(PARCEL).values(number=number, hall=hall, made=made, version=1, sent=None, **fresh)


# --- sending ------------------------------------------------------------------------------------


def claim(now: int, lease_ms: int, most: int) -> Running[list[Parcel]]:
    """Return what is due, and let nobody else have it for ``lease_ms``: if we die, it is due again then."""
    rows = yield (
        select(PARCEL)
        .where(PARCEL.c.state.in_((WAITING, LATER)), PARCEL.c.due <= now)
        .order_by(PARCEL.c.due)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    numbers = [row.number for row in rows]
    if numbers:
        leased = {"state": WAITING, "due": now + lease_ms, "tries": PARCEL.c.tries + 1}
        yield update(PARCEL).where(PARCEL.c.number.in_(numbers)).values(**leased)
    return [
        Parcel(row.number, msgspec.json.decode(row.body, type=Rated), row.version, row.tries + 1)
        for row in rows
    ]


def sent(parcel: Parcel, now: int) -> Running[None]:
    """The receiver has it; an answer that was changed meanwhile is still to be sent."""
    ours = (PARCEL.c.number == parcel.number, PARCEL.c.version == parcel.version)
    yield update(PARCEL).where(*ours, PARCEL.c.state == WAITING).values(state=SENT, sent=now, error="")


def failed(parcel: Parcel, due: int, error: str, *, refused: bool) -> Running[None]:
    """Nobody has it, or nobody knows; try again at ``due``, unless it was ``refused`` for what it is."""
    ours = (PARCEL.c.number == parcel.number, PARCEL.c.version == parcel.version)
    values = {"due": due, "error": error[:300], "state": REFUSED if refused else WAITING}
    yield update(PARCEL).where(*ours, PARCEL.c.state == WAITING).values(**values)


def retry(now: int) -> Running[int]:
    """Try again now what was refused, after a person looked into it; return how many there are."""
    rows = yield select(func.count()).where(PARCEL.c.state == REFUSED)
    yield update(PARCEL).where(PARCEL.c.state == REFUSED).values(state=WAITING, due=now, tries=0)
    return int(rows[0][0])


def standing() -> Running[Standing]:
    """Return how the outbox stands."""
    counts = yield select(PARCEL.c.state, func.count().label("n")).group_by(PARCEL.c.state)
    oldest = yield select(func.min(PARCEL.c.made)).where(PARCEL.c.state == WAITING)
    errors = yield (
        select(PARCEL.c.error)
        .where(PARCEL.c.state.in_((WAITING, REFUSED)), PARCEL.c.error != "")
        .order_by(PARCEL.c.due.desc())
        .limit(1)
    )
    return Standing({row.state: row.n for row in counts}, oldest[0][0], errors[0].error if errors else "")
