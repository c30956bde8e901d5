"""Accounts and sessions of the office: scripts, and the rules that they and the hall's accounts share."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import LABEL_STYLE_TABLENAME_PLUS_COL as _LABELS
from sqlalchemy import delete, func, insert, select, update

from kioskd.access import tries
from kioskd.access.accounts import NAME, account_key, address_key
from kioskd.access.errors import AccountRefusedError
from kioskd.access.sessions import digest
from kioskd.central.database import Running
from kioskd.central.office.tables import NOTED, PERSON, SESSION, WRONG

IDLE_MS = 15 * 60_000
LIFE_MS = 12 * 3600_000
ACTIVE_STEP_MS = 30_000
"""A session that was used is written down so rarely: each press would be a commit otherwise."""


class OfficeRole(StrEnum):
    """What a person of the office may do: ``office`` works, ``auditor`` looks, ``admin`` gives accounts."""

    OFFICE = "office"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is told of an account; times are UTC milliseconds."""

    name: str
    person: str
    role: OfficeRole
    must_change: bool = False
    seen: int | None = None
    disabled: int | None = None


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A living session: its id, whose it is, and whether it may do no more than the public."""

    id: str
    who: Person
    locked: bool

    @property
    def limited(self) -> bool:
        """Locked, or the password must be changed first."""
        return self.locked or self.who.must_change


def noted(
    at: int, name: str, role: str, action: str, subject: str = "", params: Mapping[str, Any] | None = None
) -> Running[None]:
    """Note who did what, in the caller's transaction."""
    yield insert(NOTED).values(
        id=secrets.token_hex(12),
        at=at,
        name=name,
        role=role,
        action=action,
        subject=subject,
        params=msgspec.json.encode(params or {}),
    )


def everybody() -> Running[list[Person]]:
    """Return every account, by name."""
    rows = yield select(PERSON).order_by(PERSON.c.name)
    return [_person(row) for row in rows]


def add(
    name: str, person: str, role: OfficeRole, kept: str, wall: int, *, by: str, one_time: bool = True
) -> Running[None]:
    """Make an account; ``kept`` is the hash of its password, which must be changed if it is a one-time one.

    Raises ``account_name_invalid``, ``account_name_taken``.
    """
    if NAME.fullmatch(name) is None:
        raise AccountRefusedError("account_name_invalid", {"name": name[:40]})
    if (yield select(PERSON.c.name).where(PERSON.c.name == name)):
        raise AccountRefusedError("account_name_taken", {"name": name})
    yield insert(PERSON).values(
        name=name,
        person=person.strip() or name,
        role=role.value,
        hash=kept,
        must_change=one_time,
        made=wall,
        seen=None,
        disabled=None,
    )
    yield from noted(wall, by, "admin", "account.added", name, {"role": role.value})


def disable(name: str, wall: int, *, by: str) -> Running[None]:
    """Close an account and end its sessions. Raises ``unknown_account``, ``last_admin``."""
    who = yield from _known(name)
    others = yield select(func.count()).where(
        PERSON.c.role == OfficeRole.ADMIN.value, PERSON.c.disabled.is_(None), PERSON.c.name != name
    )
    if who.role is OfficeRole.ADMIN and not others[0][0]:
        raise AccountRefusedError("last_admin", {"name": name})
    yield update(PERSON).where(PERSON.c.name == name).values(disabled=wall)
    yield delete(SESSION).where(SESSION.c.name == name)
    yield from noted(wall, by, "admin", "account.disabled", name)


def enable(name: str, wall: int, *, by: str) -> Running[None]:
    """Open a closed account again, also one that wrong passwords closed. Raises ``unknown_account``."""
    yield from _known(name)
    yield update(PERSON).where(PERSON.c.name == name).values(disabled=None)
    yield delete(WRONG).where(WRONG.c.who == account_key(name))
    yield from noted(wall, by, "admin", "account.enabled", name)


def reset(name: str, kept: str, wall: int, *, by: str) -> Running[None]:
    """Give an account a one-time password and end its sessions. Raises ``unknown_account``."""
    yield from _known(name)
    yield update(PERSON).where(PERSON.c.name == name).values(hash=kept, must_change=True)
    yield delete(SESSION).where(SESSION.c.name == name)
    yield delete(WRONG).where(WRONG.c.who == account_key(name))
    yield from noted(wall, by, "admin", "account.reset", name)


def kept_hash(name: str, address: str, wall: int) -> Running[str | None]:
    """Return what a password is checked against, None for nobody's. Raises ``sign_in_closed``."""
    for who in (account_key(name), address_key(address)):
        rows = yield select(WRONG.c.until).where(WRONG.c.who == who)
        left = rows[0].until - wall if rows else 0
        if 0 < left <= tries.MOST_MS:
            raise AccountRefusedError("sign_in_closed", {"retry_ms": left, "seconds": -(-left // 1000)})
    rows = yield select(PERSON.c.hash).where(PERSON.c.name == name)
    return rows[0].hash if rows else None


def count_wrong(name: str, address: str, wall: int, *, known: bool) -> Running[int]:
    """Count a wrong password; return for how many milliseconds the door is closed now."""
    closed = 0
    for who in (account_key(name), address_key(address)):
        rows = yield select(WRONG).where(WRONG.c.who == who).with_for_update()
        failures = 0
        if rows and 0 <= wall - max(rows[0].last, rows[0].until) < tries.FORGET_MS:
            failures = rows[0].failures
        failures += 1
        shut = tries.closed_after(failures)
        yield delete(WRONG).where(WRONG.c.who == who)
        yield insert(WRONG).values(who=who, failures=failures, last=wall, until=wall + shut)
        closed = max(closed, shut)
    # A name that nobody has may be a password in the wrong field.
    subject = name if known else ""
    yield from noted(wall, "unknown", "public", "account.sign_in_failed", subject, {"address": address})
    return closed


def enter(name: str, secret: str, address: str, wall: int, *, fresh: str | None = None) -> Running[Person]:
    """Begin a session named by ``secret``; its older ones go on. ``fresh`` is the hash of a new password:
    then they end. Raises ``account_disabled``.
    """
    who = yield from _known(name)
    if who.disabled is not None:
        raise AccountRefusedError("account_disabled")
    yield delete(WRONG).where(WRONG.c.who == account_key(name))
    yield delete(SESSION).where(SESSION.c.made < wall - LIFE_MS)
    if fresh is not None:
        yield delete(SESSION).where(SESSION.c.name == name)
        yield update(PERSON).where(PERSON.c.name == name).values(hash=fresh, must_change=False)
        who = msgspec.structs.replace(who, must_change=False)
    yield update(PERSON).where(PERSON.c.name == name).values(seen=wall)
    yield insert(SESSION).values(
        digest=digest(secret),
        id="s-" + secrets.token_hex(6),
        name=name,
        address=address,
        made=wall,
        active=wall,
        locked=False,
    )
    action = "account.signed_in" if fresh is None else "account.password_changed"
    yield from noted(wall, name, who.role.value, action, name, {"address": address})
    return who


def visit(secret: str, wall: int, *, touch: bool) -> Running[Visit | None]:
    """Return the living session that a cookie names; ``touch``: its person did something."""
    key = digest(secret)
    rows = yield (
        select(SESSION, PERSON)
        .join_from(SESSION, PERSON, SESSION.c.name == PERSON.c.name)
        .where(SESSION.c.digest == key, PERSON.c.disabled.is_(None))
        .set_label_style(_LABELS)
    )
    if not rows:
        return None
    row = rows[0]._mapping
    if not -IDLE_MS <= wall - row["office_session_made"] < LIFE_MS:
        return None
    active = row["office_session_active"]
    locked = bool(row["office_session_locked"]) or wall - active >= IDLE_MS
    if touch and not locked and wall - active >= ACTIVE_STEP_MS:
        yield update(SESSION).where(SESSION.c.digest == key).values(active=wall)
    who = Person(
        name=row["office_person_name"],
        person=row["office_person_person"],
        role=OfficeRole(row["office_person_role"]),
        must_change=bool(row["office_person_must_change"]),
    )
    return Visit(id=row["office_session_id"], who=who, locked=locked)


def lock(secret: str) -> Running[None]:
    """Lock a session: until `unlock` it may do no more than the public."""
    yield update(SESSION).where(SESSION.c.digest == digest(secret)).values(locked=True)


def unlock(secret: str, wall: int) -> Running[None]:
    """Give a session back to its person."""
    yield update(SESSION).where(SESSION.c.digest == digest(secret)).values(locked=False, active=wall)


def leave(secret: str, who: Person, wall: int) -> Running[None]:
    """End a session."""
    yield delete(SESSION).where(SESSION.c.digest == digest(secret))
    yield from noted(wall, who.name, who.role.value, "account.signed_out", who.name)


def _known(name: str) -> Running[Person]:
    rows = yield select(PERSON).where(PERSON.c.name == name).with_for_update()
    if not rows:
        raise AccountRefusedError("unknown_account", {"name": name[:40]})
    return _person(rows[0])


def _person(row: Any) -> Person:
    return Person(
        name=row.name,
        person=row.person,
        role=OfficeRole(row.role),
        must_change=bool(row.must_change),
        seen=row.seen,
        disabled=row.disabled,
    )
