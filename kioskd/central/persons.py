"""Tells the same person again without knowing who it is.

A document number becomes a keyed hash at once. The key lies beside the data folder's database, not in it, and
is the same for every process of one central server: a database alone tells nobody's number.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from pathlib import Path

from sqlalchemy import insert, select

from kioskd.central.database import Running
from kioskd.central.schema import KEYMARK
from kioskd.journal.files import write_new

KEY_FILE = "persons.key"
_SIZE = 32
_DOCUMENT = re.compile(r"[A-Z0-9]{6,20}")
_CHINESE = re.compile(r"\d{17}[\dX]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


class OtherKeyError(Exception):
    """The key file is not the one that this database was begun with: nobody would be known again."""


class Persons:
    """Holder of the key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def known_as(self, number: str) -> str:
        """Return what is kept of a document number (128 bits, hex)."""
        return hmac.digest(self._key, b"person " + number.encode(), "sha256").hex()[:32]

    def drawn(self, key: str) -> tuple[str, int]:
        """Return id and random number of an appointment from the key of the request that asked for it.

        The same request gives the same, so that a repeat gets its code again, which nobody keeps.
        """
        digest = hmac.digest(self._key, b"appointment " + key.encode(), "sha256")
        return "a_" + digest[:10].hex(), int.from_bytes(digest[16:], "big")

    def ticket(self, key: str) -> tuple[str, str]:
        """Return id and code of a ticket from the key of the request that asked for it, as `drawn`."""
        secret = hmac.digest(self._key, b"ticket " + key.encode(), "sha256").hex()[:28]
        return f"t_{secret[:12]}", f"c_{secret}"

    @property
    def sealing(self) -> bytes:
        """The key that values which halls share are sealed with."""
        return hmac.digest(self._key, b"shared values", "sha256")

    @property
    def mark(self) -> str:
        """What a database remembers the key by."""
        return hmac.digest(self._key, b"mark", "sha256").hex()[:32]


def load(folder: Path, *, may_make: bool = True) -> Persons:
    """Read the key, or make one where there is none; blocks. Raises `OtherKeyError`, also for one that is not
    there and may not be made, as the database was begun with another.
    """
    file = folder / KEY_FILE
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        if not may_make:
            raise OtherKeyError(os.fspath(file)) from None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = secrets.token_bytes(_SIZE)
        write_new(file, key, 0o600)
    if len(key) != _SIZE:
        raise OtherKeyError(os.fspath(file))
    return Persons(key)


def is_marked() -> Running[bool]:
    """Return whether the database was begun with a key."""
    rows = yield select(KEYMARK.c.id)
    return bool(rows)


def same_key(persons: Persons, folder: Path) -> Running[None]:
    """See that the key is the database's. Raises `OtherKeyError`."""
    rows = yield select(KEYMARK.c.mark)
    if not rows:
        yield insert(KEYMARK).values(id=1, mark=persons.mark)
    elif not hmac.compare_digest(rows[0].mark, persons.mark):
        raise OtherKeyError(os.fspath(folder / KEY_FILE))


def document(typed: str) -> str | None:
    """Return a document number as it is hashed, None for what is none.

    A number of 18 digits must be a Chinese identity number, whose last digit checks the others.
    """
    number = re.sub(r"[\s\-]", "", typed).upper()
    if _DOCUMENT.fullmatch(number) is None:
        return None
    if len(number) == 18 and number[:17].isdigit():
        total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
        if _CHINESE.fullmatch(number) is None or _CHECKS[total % 11] != number[17]:
            return None
    return number
