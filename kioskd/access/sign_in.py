"""From a name and a password to a session. Slow on purpose: call it outside the event loop."""

from __future__ import annotations

from collections.abc import Callable

from kioskd.access import tries
from kioskd.access.accounts import Accounts, account_key, address_key
from kioskd.access.errors import AccountRefusedError
from kioskd.access.notes import Note, insert_note
from kioskd.access.passwords import Passwords, check_strength
from kioskd.access.sessions import Session, Sessions, insert_session
from kioskd.access.tokens import wall_ms
from kioskd.hall.commands import By


class SignIn:
    """The door."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        passwords: Passwords,
        *,
        wall: Callable[[], int] = wall_ms,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._passwords = passwords
        self._database = accounts.database
        self._wall = wall

    def open(self, name: str, password: str, address: str, before: Session | None) -> str:
        """Begin a session and return its secret; ``before``, which the browser still named, ends.

        Raises ``sign_in_wrong`` (name or password: which of them is not said), ``sign_in_closed`` while
        too many wrong tries keep the door closed, ``account_disabled``.
        """
        name = name.strip().lower()
        kept = self._prove(name, password, address)
        now = self._wall()
        with self._database.change() as connection:
            self._check_open(name, address)
            account = self._accounts.get(name)
            if account.disabled is not None:
                raise AccountRefusedError("account_disabled")
            tries.forget(connection, account_key(name))
            tries.forget_old(connection, now)
            if self._passwords.outdated(kept):
                connection.execute(
                    "UPDATE account SET hash=? WHERE name=?", (self._passwords.hash(password), name)
                )
            if before is not None:
                connection.execute("DELETE FROM session WHERE id=?", (before.id,))
            secret = insert_session(connection, name, address, now)
            connection.execute("UPDATE account SET seen=? WHERE name=?", (now, name))
            insert_note(
                connection,
                Note(
                    at=now,
                    by=By("person", name, account.role.value, "page"),
                    action="account.signed_in",
                    subject=name,
                    params={"address": address},
                ),
            )
        self._sessions.reload()
        return secret

    def unlock(self, session: Session, password: str, address: str) -> None:
        """Give a locked page back to its person. Raises ``own_password_wrong``, ``sign_in_closed``."""
        name = session.principal.id
        self._prove(name, password, address, own=True)
        now = self._wall()
        with self._database.change() as connection:
            tries.forget(connection, account_key(name))
            connection.execute("UPDATE session SET locked=0, active=? WHERE id=?", (now, session.id))
        self._sessions.reload()

    def change_password(self, session: Session, old: str, new: str, address: str) -> str:
        """Change one's own password: every session of the account ends, and the returned one begins.

        Raises like `unlock`, ``password_weak`` and ``password_same``.
        """
        name = session.principal.id
        self._prove(name, old, address, own=True)
        if old == new:
            raise AccountRefusedError("password_same")
        check_strength(name, new)
        hashed, now = self._passwords.hash(new), self._wall()
        with self._database.change() as connection:
            connection.execute(
                "UPDATE account SET hash=?, must_change=0, changed=? WHERE name=?", (hashed, now, name)
            )
            connection.execute("DELETE FROM session WHERE account=?", (name,))
            tries.forget(connection, account_key(name))
            secret = insert_session(connection, name, address, now)
            insert_note(
                connection,
                Note(
                    at=now,
                    by=By("person", name, session.principal.role.value, "page"),
                    action="account.password_changed",
                    subject=name,
                ),
            )
        self._sessions.reload()
        return secret

    def close(self, session: Session) -> None:
        """Sign out."""
        principal = session.principal
        with self._database.change() as connection:
            connection.execute("DELETE FROM session WHERE id=?", (session.id,))
            insert_note(
                connection,
                Note(
                    at=self._wall(),
                    by=By("person", principal.id, principal.role.value, "page"),
                    action="account.signed_out",
                    subject=principal.id,
                ),
            )
        self._sessions.reload()

    def _prove(self, name: str, password: str, address: str, *, own: bool = False) -> str:
        """Return the hash that the password fits, or count a wrong try and raise.

        ``own``: the name is not asked for, so nothing but the password can be wrong.
        """
        self._check_open(name, address)
        with self._database.look() as connection:
            row = connection.execute("SELECT hash FROM account WHERE name=?", (name,)).fetchone()
        kept = str(row[0]) if row is not None else None
        # Not under the lock: everybody else's requests need the file meanwhile.
        if self._passwords.verify(kept, password) and kept is not None:
            return kept
        now = self._wall()
        with self._database.change() as connection:
            closed = max(
                tries.count_wrong(connection, account_key(name), now),
                tries.count_wrong(connection, address_key(address), now),
            )
            insert_note(
                connection,
                Note(
                    at=now,
                    by=By("person", "unknown", "public", "page"),
                    action="account.closed_for_a_while" if closed else "account.sign_in_failed",
                    # A name that nobody has may be a password in the wrong field.
                    subject=name if kept is not None else "",
                    params={"address": address, **({"seconds": closed // 1000} if closed else {})},
                ),
            )
        if closed:
            raise AccountRefusedError("sign_in_closed", {"retry_ms": closed, "seconds": closed // 1000})
        if own:
            raise AccountRefusedError("own_password_wrong")
        raise AccountRefusedError("sign_in_wrong")

    def _check_open(self, name: str, address: str) -> None:
        now = self._wall()
        with self._database.look() as connection:
            closed = max(
                tries.closed_for(connection, account_key(name), now),
                tries.closed_for(connection, address_key(address), now),
            )
        if closed:
            raise AccountRefusedError("sign_in_closed", {"retry_ms": closed, "seconds": -(-closed // 1000)})
