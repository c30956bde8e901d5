"""Bearer tokens: 256 random bits, kept only as SHA-256.

A random token of this size needs no slow hash: nobody can try 2²⁵⁶ of them.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import apsw
import msgspec
import structlog

from kioskd.access.database import AccessDatabase
from kioskd.access.errors import AccessError
from kioskd.access.roles import Principal, Role

_log = structlog.get_logger(__name__)

FILE_NAME = "access.db"
"""Name of the store inside a data folder."""

PREFIX = "kd_"
"""Makes a leaked token recognisable to people and scanners."""

ORIGIN = re.compile(r"https?://[^/\s?#@]+")

RECHECK_S = 1.0
"""How soon a token made or revoked by another process is noticed."""

USED_STEP_MS = 60_000
"""How exact ``last_used`` is."""


class Token(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of a token; times are UTC milliseconds."""

    id: str
    role: Role
    label: str
    window: str | None
    station: str | None
    created: int
    last_used: int | None
    revoked: int | None
    origins: tuple[str, ...] = ()


def wall_ms() -> int:
    """Return UTC milliseconds."""
    return time.time_ns() // 1_000_000


class TokenStore:
    """All tokens of one hall."""

    def __init__(
        self,
        database: AccessDatabase,
        *,
        wall: Callable[[], int] = wall_ms,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.database = database
        self._wall = wall
        self._monotonic = monotonic
        self._known: dict[bytes, Principal] = {}
        self._unused_stations: set[str] = set()
        self._used: dict[str, int] = {}
        self._flushed: dict[str, int] = {}
        self._refused = False
        self._origins: frozenset[str] = frozenset()
        self._version: int | None = None
        self._checked = 0.0
        self.reload()

    @classmethod
    def open(cls, path: Path) -> TokenStore:
        """Open the store in this file, made if absent."""
        return cls(AccessDatabase.open(path))

    def add(
        self,
        role: Role,
        label: str,
        *,
        window: str | None = None,
        station: str | None = None,
        origins: Sequence[str] = (),
    ) -> tuple[Token, str]:
        """Make a token; the returned secret is shown once and can't be had again.

        A station's new token takes the place of its earlier ones when it is first used, so that a
        lost answer locks nobody out.
        """
        if role is Role.PUBLIC:
            raise AccessError("access.public", "the public needs no token")
        for origin in origins:
            if not ORIGIN.fullmatch(origin):
                raise AccessError("access.origin", f"{origin!r} is not scheme://host or scheme://host:port")
        secret = PREFIX + secrets.token_urlsafe(32)
        with self.database.change() as connection:
            token = insert_token(
                connection, secret, role, label, window, station, self._wall(), tuple(origins)
            )
        self.reload()
        return token, secret

    def revoke(self, token_id: str) -> bool:
        """End a token at once; False when there is no such living token."""
        with self.database.change() as connection:
            connection.execute(
                "UPDATE token SET revoked=? WHERE id=? AND revoked IS NULL", (self._wall(), token_id)
            )
            found = connection.changes() == 1
        self.reload()
        return found

    def tokens(self) -> list[Token]:
        """Return all tokens ever made, oldest first."""
        self.flush()
        with self.database.look() as connection:
            rows = connection.execute(
                "SELECT id, role, label, window, station, created, last_used, revoked, origins"
                " FROM token ORDER BY created, id"
            ).fetchall()
        fields = Token.__struct_fields__
        told = [(*row[:-1], tuple(str(row[-1]).split())) for row in rows]
        return [msgspec.convert(dict(zip(fields, row, strict=True)), Token) for row in told]

    @property
    def origins(self) -> frozenset[str]:
        """Sites that any living token may be used from."""
        return self._origins

    def authenticate(self, secret: str) -> Principal | None:
        """Return whose token this is, or None. Costs a hash and a dictionary look-up."""
        now = self._monotonic()
        if now - self._checked >= RECHECK_S:
            self._refresh(now)
        digest = _digest(secret)
        principal = self._known.get(digest)
        if principal is None:
            self._refresh(now)
            principal = self._known.get(digest)
            if principal is None:
                return None
        self._used[principal.id] = self._wall()
        if principal.id in self._unused_stations:
            self._replace_earlier(principal)
        return principal

    def flush(self) -> None:
        """Write down when tokens were last used. May be called from any thread.

        Where the disk refuses, that is tried again at the next call: nothing depends on it.
        """
        due = {
            token: used
            for token, used in self._used.copy().items()
            if used - self._flushed.get(token, 0) >= USED_STEP_MS
        }
        if not due:
            return
        try:
            with self.database.change() as connection:
                connection.executemany(
                    "UPDATE token SET last_used=? WHERE id=?", [(used, token) for token, used in due.items()]
                )
        except apsw.Error as error:
            if not self._refused:
                _log.warning("access.use_not_noted", reason=f"{type(error).__name__}: {error}")
            self._refused = True
            return
        self._refused = False
        self._flushed.update(due)

    def close(self) -> None:
        """Write what is left and close the file."""
        self.flush()
        self.database.close()

    def _replace_earlier(self, principal: Principal) -> None:
        now = self._wall()
        with self.database.change() as connection:
            connection.execute("UPDATE token SET last_used=? WHERE id=?", (now, principal.id))
            connection.execute(
                "UPDATE token SET revoked=? WHERE station=? AND revoked IS NULL"
                " AND rowid < (SELECT rowid FROM token WHERE id=?)",
                (now, principal.station, principal.id),
            )
        self.reload()

    def _refresh(self, now: float) -> None:
        version = self.database.data_version()
        if version is not None:
            self._checked = now
            if version != self._version:
                self.reload()

    def reload(self) -> None:
        """Read all living tokens anew."""
        with self.database.look() as connection:
            # Read first: a write that comes between is then seen by the next check.
            self._version = int(connection.pragma("data_version"))
            rows = connection.execute(
                "SELECT hash, last_used, origins, id, role, label, window, station"
                " FROM token WHERE revoked IS NULL"
            ).fetchall()
        known: dict[bytes, Principal] = {}
        unused = set()
        for digest, used, origins, name, role, label, window, station in cast("list[tuple[Any, ...]]", rows):
            known[digest] = Principal(
                name, Role(role), label, window, station, origins=tuple(str(origins).split())
            )
            if used is None and known[digest].station is not None:
                unused.add(known[digest].id)
        self._known = known
        self._unused_stations = unused
        self._origins = frozenset(origin for one in known.values() for origin in one.origins)


def insert_token(
    connection: apsw.Connection,
    secret: str,
    role: Role,
    label: str,
    window: str | None,
    station: str | None,
    now: int,
    origins: tuple[str, ...] = (),
) -> Token:
    """Write one token inside the caller's transaction."""
    token = Token(
        id=f"{role.value}-{secrets.token_hex(4)}",
        role=role,
        label=label,
        window=window,
        station=station,
        created=now,
        last_used=None,
        revoked=None,
        origins=origins,
    )
    connection.execute(
        "INSERT INTO token(id, hash, role, label, window, station, created, origins) VALUES(?,?,?,?,?,?,?,?)",
        (token.id, _digest(secret), role.value, label, window, station, now, " ".join(origins)),
    )
    return token


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
