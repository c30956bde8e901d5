"""Sessions of people who signed in: kept here, named by a cookie that says nothing.

A session ends by signing out, by its age, by another password or role, or with its account. It *locks*
after a while in which its person did nothing: a locked session may do no more than the public until the
password is given again, and nothing of the hall (duty, the ticket in hand) hangs on it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import apsw
import msgspec
import structlog

from kioskd.access.database import AccessDatabase
from kioskd.access.roles import Principal, Role
from kioskd.access.tokens import RECHECK_S, USED_STEP_MS, wall_ms

_log = structlog.get_logger(__name__)


class Session(msgspec.Struct, kw_only=True):
    """One person's page on one PC. Only `Sessions` changes it. ``id`` is no secret."""

    id: str
    principal: Principal
    must_change: bool
    created: int
    active: int
    locked: bool
    flushed: int

    @property
    def limited(self) -> bool:
        """Whether it may do no more than the public: locked, or its password must be changed first."""
        return self.locked or self.must_change


class Sessions:
    """All sessions of one hall. `find` is quick and never waits; what writes, waits for the disk."""

    def __init__(
        self,
        database: AccessDatabase,
        *,
        idle_ms: int,
        life_ms: int,
        wall: Callable[[], int] = wall_ms,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._idle_ms = idle_ms
        self._life_ms = life_ms
        self._wall = wall
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: dict[bytes, Session] = {}
        self._version: int | None = None
        self._checked = 0.0
        self._refused = False
        self.reload()

    def find(self, secret: str) -> Session | None:
        """Return the living session that a cookie names."""
        now = self._monotonic()
        if now - self._checked >= RECHECK_S:
            self._checked = now
            version = self._database.data_version()
            if version is not None and version != self._version:
                self.reload()
        session = self._known.get(digest(secret))
        return session if session is not None and self._living(session) else None

    def living(self) -> dict[str, bool]:
        """Return every living session by id, and whether it may do no more than the public."""
        return {one.id: one.limited for one in tuple(self._known.values()) if self._living(one)}

    def touch(self, session: Session) -> None:
        """The person did something."""
        if not session.locked:
            session.active = self._wall()

    def lock(self, session: Session) -> None:
        """Lock a session now."""
        session.locked = True
        with self._database.change() as connection:
            connection.execute("UPDATE session SET locked=1 WHERE id=?", (session.id,))

    def end(self, session: Session) -> None:
        """End a session."""
        with self._database.change() as connection:
            connection.execute("DELETE FROM session WHERE id=?", (session.id,))
        self.reload()

    def flush(self) -> None:
        """Write down who was active when, and forget what has ended. From any thread.

        Where the disk refuses, that is tried again at the next call.
        """
        now = self._wall()
        known = tuple(self._known.values())
        ended = [(one.id,) for one in known if not self._living(one)]
        due = [one for one in known if one.locked or one.active - one.flushed >= USED_STEP_MS]
        if not ended and not due:
            return
        try:
            with self._database.change() as connection:
                connection.executemany("DELETE FROM session WHERE id=?", ended)
                connection.executemany(
                    "UPDATE session SET active=?, locked=max(locked, ?) WHERE id=?",
                    [(one.active, one.locked, one.id) for one in due],
                )
                connection.executemany(
                    "UPDATE account SET seen=? WHERE name=?", [(one.active, one.principal.id) for one in due]
                )
        except apsw.Error as error:
            if not self._refused:
                _log.warning("access.sessions_not_noted", reason=f"{type(error).__name__}: {error}", at=now)
            self._refused = True
            return
        self._refused = False
        for one in due:
            one.flushed = one.active
        if ended:
            self.reload()

    def reload(self) -> None:
        """Read all sessions anew; what is known of those that stay is kept."""
        with self._lock, self._database.look() as connection:
            self._version = int(connection.pragma("data_version"))
            rows = cast(
                "list[tuple[Any, ...]]",
                connection.execute(
                    "SELECT session.hash, id, session.created, active, locked, name, role, person, teller,"
                    " must_change FROM session JOIN account ON account.name = session.account"
                    " WHERE disabled IS NULL"
                ).fetchall(),
            )
            before, known = self._known, {}
            for hashed, id_, created, active, locked, name, role, person, teller, must_change in rows:
                principal = Principal(name, Role(role), person, session=id_, teller=teller)
                kept = before.get(hashed)
                known[hashed] = Session(
                    id=id_,
                    principal=principal,
                    must_change=bool(must_change),
                    created=created,
                    active=max(active, kept.active) if kept is not None else active,
                    locked=bool(locked),
                    flushed=active,
                )
            self._known = known

    def _living(self, session: Session) -> bool:
        now = self._wall()
        if not -self._idle_ms <= now - session.created < self._life_ms:
            return False
        if not session.locked and now - session.active >= self._idle_ms:
            session.locked = True
        return True


def digest(secret: str) -> bytes:
    """Return what is kept of a session's secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def csrf_of(secret: str) -> str:
    """Return the word that a page must say beside its cookie to change anything."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), b"kioskd page", hashlib.sha256).hexdigest()[:32]


def insert_session(connection: apsw.Connection, account: str, address: str, now: int) -> str:
    """Write a new session inside the caller's transaction; return its secret."""
    secret = secrets.token_urlsafe(32)
    connection.execute(
        "INSERT INTO session(hash, id, account, address, created, active) VALUES(?,?,?,?,?,?)",
        (digest(secret), f"s-{secrets.token_hex(6)}", account, address, now, now),
    )
    return secret
