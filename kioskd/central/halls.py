"""Scripts about which halls there are and who may speak for them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, or_, select, update

from kioskd.central.database import Bound, Running
from kioskd.central.schema import HALL, JOINING, TOKEN
from kioskd.journal.chain import GENESIS

_TOGETHER = 500
"""Tokens that one question is about."""


class CodeWrongError(Exception):
    """No such code, or its time is over; which of the two is nobody's business."""


class NoSuchHallError(LookupError):
    """There is no hall of that id."""


class HallExistsError(Exception):
    """There is a hall of that id already."""


def add(hall: str, name: str, wall: int) -> Running[None]:
    """Make a hall known. Raises `HallExistsError`."""
    if (yield select(HALL.c.id).where(HALL.c.id == hall)):
        raise HallExistsError(hall)
    yield insert(HALL).values(
        id=hall,
        name=name,
        epoch=0,
        next=1,
        chain=GENESIS,
        safe_epoch=0,
        safe_seq=0,
        feed=f"{hall}-{secrets.token_hex(8)}",
        joined=wall,
    )


def rename(hall: str, name: str) -> Running[None]:
    """Call a hall something else."""
    yield update(HALL).where(HALL.c.id == hall).values(name=name)


def invite(hall: str, code: bytes, wall: int, lives_ms: int) -> Running[None]:
    """Let whoever knows the code with this digest speak for the hall, once; earlier codes end.

    Raises `NoSuchHallError`.
    """
    if not (yield select(HALL.c.id).where(HALL.c.id == hall)):
        raise NoSuchHallError(hall)
    yield delete(JOINING).where(or_(JOINING.c.hall == hall, JOINING.c.expires <= wall))
    yield insert(JOINING).values(digest=code, hall=hall, made=wall, expires=wall + lives_ms)


def join(code: bytes, token: bytes, wall: int) -> Running[tuple[str, str]]:
    """Trade a code for a token (both as digests); return the hall's id and name. Raises `CodeWrongError`.

    The code is used up; older tokens of the hall end when the new one is first used.
    """
    rows = yield (
        select(JOINING.c.hall, HALL.c.name)
        .join_from(JOINING, HALL, JOINING.c.hall == HALL.c.id)
        .where(JOINING.c.digest == code, JOINING.c.expires > wall)
        .with_for_update(of=JOINING)
    )
    if not rows:
        raise CodeWrongError
    yield delete(JOINING).where(JOINING.c.digest == code)
    yield from give(rows[0].hall, token, wall)
    return rows[0].hall, rows[0].name


def give(hall: str, token: bytes, wall: int) -> Running[None]:
    """Add a token; those before it stay good until it is first used, as its answer may be lost."""
    yield insert(TOKEN).values(digest=token, hall=hall, made=wall, used=None, revoked=False)


_TOKEN = select(TOKEN).where(TOKEN.c.digest == bindparam("of"))


def whose(token: bytes, wall: int) -> Running[str | None]:
    """Return the hall that a token speaks for, None for one that is not good (any more)."""
    rows = yield Bound(_TOKEN, {"of": token})
    if not rows or rows[0].revoked:
        return None
    hall: str = rows[0].hall
    if rows[0].used is None:
        yield update(TOKEN).where(TOKEN.c.digest == token).values(used=wall)
        older = (TOKEN.c.hall == hall, TOKEN.c.digest != token, TOKEN.c.made <= rows[0].made)
        yield update(TOKEN).where(*older).values(revoked=True)
    return hall


def still_good(tokens: Sequence[bytes]) -> Running[frozenset[bytes]]:
    """Return which of these tokens, all used before, are good still."""
    if len(tokens) == 1:
        rows = yield Bound(_TOKEN, {"of": tokens[0]})
        return frozenset(bytes(row.digest) for row in rows if not row.revoked)
    good: set[bytes] = set()
    for n in range(0, len(tokens), _TOGETHER):
        some = TOKEN.c.digest.in_(tokens[n : n + _TOGETHER])
        rows = yield select(TOKEN.c.digest).where(some, TOKEN.c.revoked.is_(False))
        good.update(bytes(row.digest) for row in rows)
    return frozenset(good)


def revoke(hall: str) -> Running[None]:
    """End every token and code of a hall."""
    yield update(TOKEN).where(TOKEN.c.hall == hall).values(revoked=True)
    yield delete(JOINING).where(JOINING.c.hall == hall)


_SAID = (
    update(HALL)
    .where(HALL.c.id == bindparam("at"))
    .values(status=bindparam("said"), status_at=bindparam("now"), heard=bindparam("now"))
)


def keep_statuses(said: Sequence[tuple[str, tuple[bytes, int]]]) -> Running[None]:
    """Keep what halls say of themselves, each with its time, over what they said before."""
    yield Bound(_SAID, [{"at": hall, "said": status, "now": wall} for hall, (status, wall) in said])
