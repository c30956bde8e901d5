"""Scripts about a hall's log and its feed of orders: each one transaction."""

from __future__ import annotations

import secrets
from itertools import count
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, select, update

from kioskd.central.database import Bound, Insert, Running
from kioskd.central.ingest import Append, HallCursor, PutBack, Refuse, basis, judge
from kioskd.central.schema import BRANCH, EVENT, EVENT_COLUMNS, HALL, ORDERS, SERVER
from kioskd.sync.messages import Mark, NotTaken, Order, Orders, Push, Refetch, Taken, Why
from kioskd.sync.wire import MOST_EVENTS

FEED_PAGE = 100
_LOCK = (
    select(HALL, SERVER.c.inc)
    .join_from(HALL, SERVER, SERVER.c.id == 1)
    .where(HALL.c.id == bindparam("at"))
    .with_for_update(of=HALL)
)
_ADVANCE = (
    update(HALL)
    .where(HALL.c.id == bindparam("at"))
    .values(
        epoch=bindparam("epoch"),
        next=bindparam("next"),
        chain=bindparam("chain"),
        heard=bindparam("heard"),
        quarantined=None,
    )
)

_ORDERS = (
    select(ORDERS)
    .where(ORDERS.c.hall == bindparam("at"), ORDERS.c.seq >= bindparam("from"))
    .order_by(ORDERS.c.seq)
    .limit(FEED_PAGE)
)


class UnknownHallError(LookupError):
    """No hall of that id has joined."""


class CorruptPushError(ValueError):
    """The push contradicts itself: it was damaged on its way."""


def take(hall: str, push: Push, wall: int) -> Running[Taken | NotTaken]:
    """Take a push, or say why not; ``wall`` is the time now.

    Raises `UnknownHallError` and `CorruptPushError`.
    """
    row, inc = yield from _locked(hall)
    cursor = HallCursor(row.epoch, row.next, row.chain)
    at = basis(cursor, push)
    known = None if at is None else (yield from _chain(hall, at))
    verdict = judge(inc, cursor, push, known)
    if isinstance(verdict, PutBack):
        inc = yield from rotate(inc)
        verdict = Refuse(Why.INC_CHANGED)
    if isinstance(verdict, Refuse):
        if verdict.corrupt:
            raise CorruptPushError(hall)
        changed: dict[str, Any] = {"heard": wall}
        if verdict.why is Why.DIVERGED and row.quarantined is None:
            changed["quarantined"] = wall
        yield update(HALL).where(HALL.c.id == hall).values(**changed)
        return NotTaken(verdict.why, inc, cursor.epoch, cursor.next)
    yield from _append(hall, verdict, wall)
    after = verdict.cursor
    safe = Mark(row.safe_epoch, row.safe_seq)
    return Taken(inc, after.epoch, after.next, after.chain.hex(), safe, MOST_EVENTS)


def _append(hall: str, verdict: Append, wall: int) -> Running[None]:
    if verdict.branched is not None:
        branch = (hall, verdict.epoch, verdict.branched.epoch, verdict.branched.seq, wall)
        yield Insert(BRANCH, ("hall", "epoch", "parent_epoch", "parent_seq", "found"), [branch])
    yield Insert(EVENT, EVENT_COLUMNS, rows(hall, verdict))
    after = verdict.cursor
    yield Bound(
        _ADVANCE,
        {"at": hall, "epoch": after.epoch, "next": after.next, "chain": after.chain, "heard": wall},
    )


def rows(hall: str, verdict: Append) -> list[tuple[str, int, int, str, int, int, int, str, bytes, bytes]]:
    """Return the events of a verdict as the table has them."""
    epoch = verdict.epoch
    return [
        (hall, epoch, seq, e.kind, e.version, e.at, e.wall, e.boot, bytes(e.body), chain)
        for seq, e, chain in zip(count(verdict.first), verdict.events, verdict.chains, strict=False)
    ]


def _locked(hall: str) -> Running[tuple[Row[Any], str]]:
    """Lock the hall's row and read it with the incarnation."""
    rows = yield Bound(_LOCK, {"at": hall})
    if not rows:
        raise UnknownHallError(hall)
    return rows[0], rows[0].inc


def _chain(hall: str, at: Mark) -> Running[bytes | None]:
    rows = yield (
        select(EVENT.c.chain).where(EVENT.c.hall == hall, EVENT.c.epoch == at.epoch, EVENT.c.seq == at.seq)
    )
    return rows[0].chain if rows else None


def rotate(inc: str) -> Running[str]:
    """Take a new incarnation instead of ``inc``, once, whoever else has found out as well; return it.

    Every hall's feed is another one too: its places may have been given anew.
    """
    rows = yield select(SERVER.c.inc).where(SERVER.c.id == 1).with_for_update()
    if rows[0].inc != inc:
        present: str = rows[0].inc
        return present
    new = secrets.token_hex(8)
    yield update(SERVER).where(SERVER.c.id == 1).values(inc=new)
    yield update(HALL).values(feed=HALL.c.id + f"-{new}")
    return new


def orders(hall: str, feed: str, after: int, last: str) -> Running[Orders | Refetch]:
    """Return what follows ``after`` in the hall's feed, or another feed's id; ``last`` is the id at it.

    Where the hall was told another id, places were given anew after this database was put back: the feed
    gets a new id, so that the hall reads it from the beginning. Raises `UnknownHallError`.
    """
    row, _ = yield from _locked(hall)
    present: str = row.feed
    if feed != present:
        return Refetch(present)
    rows = yield Bound(_ORDERS, {"at": hall, "from": after})
    if after:
        if not rows or rows[0].seq != after or rows[0].id != last:
            fresh = f"{hall}-{secrets.token_hex(8)}"
            yield update(HALL).where(HALL.c.id == hall).values(feed=fresh)
            return Refetch(fresh)
        rows = rows[1:]
    return Orders(
        present, after, tuple(Order(r.seq, r.id, r.kind, msgspec.Raw(r.body), r.expires) for r in rows)
    )
