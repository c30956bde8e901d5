"""Private values: sealed by AES-256-GCM under the key of their group, which the key file wraps.

Each row is sealed with its own random nonce (12 bytes before the ciphertext) and bound to its name and
time limit. Deleted rows are overwritten (`secure_delete`); destroying a group's key makes every copy of
its values in this database unreadable.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from kioskd.journal.keys import JournalKeys
from kioskd.journal.records import PrivateValue

_NONCE = 12


class Vault:
    """The private tables of one database, for a holder of the key file."""

    def __init__(self, keys: JournalKeys) -> None:
        self._keys = keys

    def put(self, connection: apsw.Connection, value: PrivateValue) -> None:
        """Seal a value, making its group's key when there is none. Within the caller's transaction."""
        number, key = self._group_key(connection, value.key_group)
        sealed = _seal(key, value.salt + value.data, _value_name(value.ref, value.purge_at))
        connection.execute(
            "INSERT OR REPLACE INTO private(ref, key, purge_at, salt, sealed) VALUES(?,?,?,?,?)",
            (value.ref, number, value.purge_at, value.salt, sealed),
        )

    def get(self, connection: apsw.Connection, ref: str) -> PrivateValue | None:
        """Return a value; None when it is erased or was sealed under a key that is gone."""
        row = next(
            connection.execute(
                "SELECT key_group, wrapped_by, vault_key.sealed, key, purge_at, salt, private.sealed"
                " FROM private JOIN vault_key ON vault_key.id = private.key WHERE ref = ?",
                (ref,),
            ),
            None,
        )
        if row is None:
            return None
        group, wrapped_by, wrapped, number, purge_at, salt, sealed = row
        key = self._unwrap(wrapped_by, wrapped, _key_name(number, group))
        content = None if key is None else _open(key, sealed, _value_name(ref, purge_at))
        if content is None or content[: len(salt)] != salt:
            return None
        return PrivateValue(ref, group, purge_at, content[len(salt) :], salt)

    def secret(self, connection: apsw.Connection, group: str) -> bytes:
        """Return 32 secret bytes that live exactly as long as the group's key."""
        return hmac.digest(self._group_key(connection, group)[1], b"kioskd.secret", "sha256")

    def sound(self, connection: apsw.Connection) -> Iterator[tuple[str, bool]]:
        """Go through all rows: the name of each group key and value, and whether it opens unchanged.

        What another key file sealed is left out, since nothing can be said of it.
        """
        groups: dict[int, bytes | None] = {}
        for number, group, wrapped_by, wrapped in connection.execute(
            "SELECT id, key_group, wrapped_by, sealed FROM vault_key"
        ):
            groups[number] = self._unwrap(wrapped_by, wrapped, _key_name(number, group))
            if wrapped_by == self._keys.vault_id:
                yield group, groups[number] is not None
        for ref, number, purge_at, salt, sealed in connection.execute(
            "SELECT ref, key, purge_at, salt, sealed FROM private"
        ):
            key = groups.get(number)
            if key is not None:
                content = _open(key, sealed, _value_name(ref, purge_at))
                yield ref, content is not None and content[: len(salt)] == salt
            elif number not in groups:
                yield ref, False

    def _group_key(self, connection: apsw.Connection, group: str) -> tuple[int, bytes]:
        for number, wrapped_by, wrapped in connection.execute(
            "SELECT id, wrapped_by, sealed FROM vault_key WHERE key_group = ? ORDER BY id DESC", (group,)
        ):
            key = self._unwrap(wrapped_by, wrapped, _key_name(number, group))
            if key is not None:
                return number, key
        key = os.urandom(32)
        number = int(next(connection.execute("SELECT ifnull(max(id), 0) + 1 FROM vault_key"))[0])
        wrapped = _seal(self._keys.vault_key(), key, _key_name(number, group))
        connection.execute(
            "INSERT INTO vault_key VALUES(?,?,?,?)", (number, group, self._keys.vault_id, wrapped)
        )
        return number, key

    def _unwrap(self, wrapped_by: str, wrapped: bytes, name: str) -> bytes | None:
        return _open(self._keys.vault_key(), wrapped, name) if wrapped_by == self._keys.vault_id else None


def erase(connection: apsw.Connection, refs: tuple[str, ...]) -> None:
    """Delete values with their salts."""
    with overwriting(connection):
        connection.executemany("DELETE FROM private WHERE ref = ?", [(ref,) for ref in refs])


def destroy(connection: apsw.Connection, groups: tuple[str, ...]) -> None:
    """Delete groups' keys and, with them, their values."""
    with overwriting(connection):
        for group in groups:
            connection.execute(
                "DELETE FROM private WHERE key IN (SELECT id FROM vault_key WHERE key_group = ?)", (group,)
            )
            connection.execute("DELETE FROM vault_key WHERE key_group = ?", (group,))


def due(connection: apsw.Connection, now: int) -> tuple[str, ...]:
    """Names of values whose time is over at hall time ``now``."""
    rows = connection.execute("SELECT ref FROM private WHERE purge_at <= ?", (now,))
    return tuple(ref for (ref,) in rows)


@contextmanager
def overwriting(connection: apsw.Connection) -> Iterator[None]:
    """Overwrite what is deleted meanwhile with zeros."""
    connection.pragma("secure_delete", 1)
    try:
        yield
    finally:
        connection.pragma("secure_delete", 0)


def _key_name(number: int, group: str) -> str:
    return f"{number} {group}"


def _value_name(ref: str, purge_at: int | None) -> str:
    return f"{ref} {purge_at}"


def _seal(key: bytes, content: bytes, name: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, name.encode())


def _open(key: bytes, sealed: bytes, name: str) -> bytes | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
    except (InvalidTag, ValueError):
        return None
