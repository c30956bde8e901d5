"""Proving who somebody is at a standby: by the hub's accounts as they were last sent.

Nothing is written to them here: the hub's word on who works in the hall stays the only one. Wrong tries are
counted as at the hub, in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import apsw
import msgspec

from kioskd.access import tries
from kioskd.access.accounts import account_key, address_key
from kioskd.access.errors import AccountRefusedError
from kioskd.access.passwords import Passwords
from kioskd.access.roles import Role
from kioskd.access.tokens import wall_ms
from kioskd.backup.parts import ACCESS

MAY = frozenset({Role.LEAD, Role.TECHNICIAN, Role.ADMIN})
"""Who may make a standby the hub."""

_TRIES = "CREATE TABLE tries(who TEXT PRIMARY KEY, failures INTEGER, last INTEGER, until INTEGER)"


class Somebody(msgspec.Struct, frozen=True):
    """Who has proved who they are."""

    name: str
    person: str
    role: Role


class _Kept(msgspec.Struct, frozen=True):
    who: Somebody
    hash: str
    must_change: bool
    disabled: bool


class Door:
    """The accounts of a data folder. `check` blocks for tens of milliseconds: keep it off the event loop."""

    def __init__(
        self, data: Path, passwords: Passwords | None = None, wall: Callable[[], int] = wall_ms
    ) -> None:
        self._file = data / ACCESS
        self._passwords = passwords or Passwords()
        self._wall = wall
        self._lock = threading.Lock()
        self._tries = apsw.Connection(":memory:")
        self._tries.execute(_TRIES)

    def check(self, name: str, password: str, address: str) -> Somebody:
        """Return who this is.

        Raises `AccountRefusedError` ``sign_in_wrong``, ``sign_in_closed``, ``account_disabled``,
        ``password_change_needed`` (a one-time password: only the hub takes another), ``not_allowed``; OSError
        and `apsw.Error` where the accounts cannot be read.
        """
        name = name.strip().lower()
        keys = (account_key(name), address_key(address))
        with self._lock:
            closed = max(tries.closed_for(self._tries, key, self._wall()) for key in keys)
        if closed:
            raise _closed(closed)
        kept = self._account(name)
        if not self._passwords.verify(None if kept is None else kept.hash, password) or kept is None:
            with self._lock:
                closed = max(tries.count_wrong(self._tries, key, self._wall()) for key in keys)
            raise _closed(closed) if closed else AccountRefusedError("sign_in_wrong")
        with self._lock:
            tries.forget(self._tries, keys[0])
        if kept.disabled:
            raise AccountRefusedError("account_disabled")
        if kept.must_change:
            raise AccountRefusedError("password_change_needed")
        if kept.who.role not in MAY:
            raise AccountRefusedError("not_allowed", {"role": kept.who.role.value})
        return kept.who

    def _account(self, name: str) -> _Kept | None:
        """Read an account out of the file as it is now; a new one may take its place at any moment."""
        connection = apsw.Connection(":memory:")
        try:
            connection.deserialize("main", self._file.read_bytes())
            row = connection.execute(
                "SELECT person, role, hash, must_change, disabled FROM account WHERE name=?", (name,)
            ).fetchone()
        finally:
            connection.close()
        if row is None:
            return None
        who = Somebody(name=name, person=str(row[0]), role=Role(row[1]))
        return _Kept(who=who, hash=str(row[2]), must_change=bool(row[3]), disabled=row[4] is not None)


def _closed(milliseconds: int) -> AccountRefusedError:
    return AccountRefusedError(
        "sign_in_closed", {"retry_ms": milliseconds, "seconds": -(-milliseconds // 1000)}
    )
