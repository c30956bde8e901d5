"""Named accounts: who works in the hall, in which role, and how they prove it.

Everything here waits for the disk, and much of it hashes: call it outside the event loop. Every change
leaves a note for the journal in its own transaction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import apsw
import msgspec
import structlog

from kioskd.access import tries
from kioskd.access.database import AccessDatabase
from kioskd.access.errors import AccountRefusedError
from kioskd.access.notes import Note, insert_note
from kioskd.access.passwords import Passwords, one_time
from kioskd.access.roles import PERSONS, Role
from kioskd.access.tokens import wall_ms
from kioskd.hall.commands import By

_log = structlog.get_logger(__name__)

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
TOKEN_LIKE = re.compile(r"[a-z]+-[0-9a-f]{8}")
"""What ids of tokens look like: no account may be taken for one."""

FIRST = "admin"
FIRST_PERSON = "管理员"
"""The account that a new hall begins with."""


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is told of an account; times are UTC milliseconds.

    ``teller`` is who the person is at the hall's windows. ``must_change``: the password was given by
    somebody else and opens nothing but the form for a new one. ``closed_s``: for how many seconds wrong
    tries keep it closed.
    """

    name: str
    person: str
    role: Role
    teller: str | None = None
    must_change: bool = False
    created: int = 0
    changed: int = 0
    seen: int | None = None
    disabled: int | None = None
    closed_s: int = 0


class ClosedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A PC from which nobody may sign in for ``closed_s`` seconds: too many wrong tries came from there."""

    address: str
    closed_s: int


class Accounts:
    """All accounts of one hall."""

    def __init__(
        self, database: AccessDatabase, passwords: Passwords, *, wall: Callable[[], int] = wall_ms
    ) -> None:
        self.database = database
        self._passwords = passwords
        self._wall = wall

    def all(self) -> list[Account]:
        """Return every account, by name."""
        now = self._wall()
        with self.database.look() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM account ORDER BY name").fetchall()
            closed = {row[0]: tries.closed_for(connection, account_key(str(row[0])), now) for row in rows}
        return [_account(row, closed[row[0]]) for row in rows]

    def get(self, name: str) -> Account:
        """Return one account. Raises ``unknown_account``."""
        with self.database.look() as connection:
            return self._known(connection, name)

    def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        return self._passwords.hash(password)

    def add(
        self,
        name: str,
        person: str,
        role: Role,
        *,
        teller: str | None,
        by: By,
        password: str | None = None,
        hashed: str | None = None,
    ) -> str:
        """Make an account; return its one-time password, or the given one, which need not be changed.

        ``hashed`` is what `hash` made of the given one: many accounts of one password are hashed once.
        Raises ``account_name_invalid``, ``account_name_taken``, ``account_role_invalid``.
        """
        name = name.lower()
        if NAME.fullmatch(name) is None or TOKEN_LIKE.fullmatch(name):
            raise AccountRefusedError("account_name_invalid", {"name": name[:40]})
        if role not in PERSONS:
            raise AccountRefusedError("account_role_invalid", {"role": role.value})
        secret = password or one_time()
        hashed = hashed or self._passwords.hash(secret)
        now = self._wall()
        with self._change(now, by, "account.added", name, role=role.value, teller=teller) as connection:
            if connection.execute("SELECT 1 FROM account WHERE name=?", (name,)).fetchone():
                raise AccountRefusedError("account_name_taken", {"name": name})
            connection.execute(
                "INSERT INTO account(name, person, role, teller, hash, must_change, created, changed)"
                " VALUES(?,?,?,?,?,?,?,?)",
                (name, person.strip() or name, role.value, teller, hashed, password is None, now, now),
            )
        return secret

    def change(self, name: str, *, person: str, role: Role, teller: str | None, by: By) -> None:
        """Change who an account is. Its sessions end when the role does.

        Raises ``unknown_account``, ``account_role_invalid``, ``last_admin``.
        """
        if role not in PERSONS:
            raise AccountRefusedError("account_role_invalid", {"role": role.value})
        with self._change(
            self._wall(), by, "account.changed", name, role=role.value, teller=teller
        ) as connection:
            before = self._known(connection, name)
            if before.role is Role.ADMIN and role is not Role.ADMIN:
                _keep_an_admin(connection, before)
            connection.execute(
                "UPDATE account SET person=?, role=?, teller=? WHERE name=?",
                (person.strip() or name, role.value, teller, name),
            )
            if before.role is not role or before.teller != teller:
                connection.execute("DELETE FROM session WHERE account=?", (name,))

    def disable(self, name: str, *, by: By) -> None:
        """Close an account and end its sessions. Raises ``unknown_account``, ``last_admin``."""
        now = self._wall()
        with self._change(now, by, "account.disabled", name) as connection:
            _keep_an_admin(connection, self._known(connection, name))
            connection.execute("UPDATE account SET disabled=? WHERE name=? AND disabled IS NULL", (now, name))
            connection.execute("DELETE FROM session WHERE account=?", (name,))

    def enable(self, name: str, *, by: By) -> None:
        """Open a closed account again, and forget wrong tries as `unlock` does.

        Raises ``unknown_account``.
        """
        with self._change(self._wall(), by, "account.enabled", name) as connection:
            self._known(connection, name)
            connection.execute("UPDATE account SET disabled=NULL WHERE name=?", (name,))
            _let_in(connection, name)

    def reset(self, name: str, *, by: By) -> str:
        """Give an account a one-time password, end its sessions, and forget wrong tries as `unlock` does.

        Raises ``unknown_account``.
        """
        secret = one_time()
        hashed = self._passwords.hash(secret)
        now = self._wall()
        with self._change(now, by, "account.reset", name) as connection:
            self._known(connection, name)
            connection.execute(
                "UPDATE account SET hash=?, must_change=1, changed=? WHERE name=?", (hashed, now, name)
            )
            connection.execute("DELETE FROM session WHERE account=?", (name,))
            _let_in(connection, name)
        return secret

    def unlock(self, name: str, *, by: By) -> None:
        """Forget wrong tries, of every address too: a lead who stands beside the person says it is them.

        Raises ``unknown_account``.
        """
        with self._change(self._wall(), by, "account.unlocked", name) as connection:
            self._known(connection, name)
            _let_in(connection, name)

    def closed_addresses(self) -> list[ClosedAddress]:
        """Return from where nobody may sign in just now."""
        with self.database.look() as connection:
            left = tries.closed_of(connection, address_key(""), self._wall())
        return [ClosedAddress(address=one, closed_s=-(-ms // 1000)) for one, ms in left.items()]

    def open_addresses(self, *, by: By) -> None:
        """Forget the wrong tries of every address, and of no account."""
        now = self._wall()
        with self.database.change() as connection:
            closed = tries.closed_of(connection, address_key(""), now)
            tries.forget_all(connection, address_key(""))
            note = Note(
                at=now, by=by, action="account.addresses_unlocked", params={"addresses": ", ".join(closed)}
            )
            insert_note(connection, note)

    def first_admin(self) -> str | None:
        """Where there is no account yet, make the first one and return its one-time password.

        Where the disk refuses, a hall works without: the next start makes it.
        """
        try:
            with self.database.look() as connection:
                if connection.execute("SELECT 1 FROM account LIMIT 1").fetchone():
                    return None
            return self.add(FIRST, FIRST_PERSON, Role.ADMIN, teller=None, by=_SYSTEM)
        except apsw.Error as error:
            _log.error("access.no_first_account", reason=f"{type(error).__name__}: {error}")
            return None

    @contextmanager
    def _change(
        self, now: int, by: By, action: str, name: str, **params: str | None
    ) -> Iterator[apsw.Connection]:
        with self.database.change() as connection:
            yield connection
            insert_note(connection, Note(at=now, by=by, action=action, subject=name, params=dict(params)))

    def _known(self, connection: apsw.Connection, name: str) -> Account:
        row = connection.execute(f"SELECT {_COLUMNS} FROM account WHERE name=?", (name,)).fetchone()
        if row is None:
            raise AccountRefusedError("unknown_account", {"name": name[:40]})
        return _account(row, tries.closed_for(connection, account_key(name), self._wall()))


def account_key(name: str) -> str:
    """Return what an account's wrong tries are counted under."""
    return f"account:{name}"


def address_key(address: str) -> str:
    """Return what an address's wrong tries are counted under."""
    return f"address:{address}"


def _let_in(connection: apsw.Connection, name: str) -> None:
    """Forget a person's wrong tries wherever they were made: who is let in is to get in."""
    tries.forget(connection, account_key(name))
    tries.forget_all(connection, address_key(""))


def _keep_an_admin(connection: apsw.Connection, leaving: Account) -> None:
    """Raise ``last_admin`` where nobody else could give accounts any more."""
    others = connection.execute(
        "SELECT 1 FROM account WHERE role='admin' AND disabled IS NULL AND name<>? LIMIT 1", (leaving.name,)
    ).fetchone()
    if leaving.role is Role.ADMIN and leaving.disabled is None and others is None:
        raise AccountRefusedError("last_admin", {"name": leaving.name})


_COLUMNS = "name, person, role, teller, must_change, created, changed, seen, disabled"
_SYSTEM = By(kind="system", id="hub", role="system", via="hub")


def _account(row: tuple[object, ...], closed_ms: int) -> Account:
    fields = dict(zip(_COLUMNS.split(", "), row, strict=True))
    fields["must_change"] = bool(fields["must_change"])
    return msgspec.convert({**fields, "closed_s": -(-closed_ms // 1000)}, Account)
