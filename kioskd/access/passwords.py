"""Passwords: argon2id, one-time passwords, and what is too weak."""

from __future__ import annotations

import secrets
import unicodedata

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from kioskd.access.errors import AccountRefusedError

MEMORY_KIB = 32 * 1024
TIME_COST = 2
"""argon2id with one lane: above OWASP's floor (19 MiB, 2), and about 50 ms on the PC of a hall."""

LEAST = 8
MOST = 128
KINDS = 3
"""A password has at least so many characters, at most so many (hashing is work), and is made of at least
three of: small letters, capitals, digits, others (MLPS asks for a mixture)."""

_ONE_TIME = "23456789abcdefghjkmnpqrstuvwxyz"


class Passwords:
    """Hashes and checks. Every call takes tens of milliseconds and megabytes: keep it off the event loop."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB, time_cost: int = TIME_COST) -> None:
        self._hasher = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=1, type=Type.ID
        )
        self._nobody = ""

    def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        return self._hasher.hash(_normal(password))

    def verify(self, kept: str | None, password: str) -> bool:
        """Return whether this is the password. Nobody (None) takes as long as a wrong one."""
        if kept is None:
            self._nobody = self._nobody or self.hash(secrets.token_hex(8))
        try:
            return self._hasher.verify(kept or self._nobody, _normal(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, kept: str) -> bool:
        """Return whether the hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(kept)


def check_strength(name: str, password: str) -> None:
    """Raise ``password_weak`` for a password that is too short, too plain, or little but the name."""
    kinds = {
        "lower" if c.islower() else "upper" if c.isupper() else "digit" if c.isdigit() else "other"
        for c in password
    }
    plain = len(kinds) < KINDS or len(set(password)) < LEAST // 2
    named = name.lower() in password.lower() and 2 * len(name) >= len(password)
    if not LEAST <= len(password) <= MOST or plain or named:
        raise AccountRefusedError("password_weak", {"least": LEAST, "kinds": KINDS})


def one_time() -> str:
    """Return a password to read out and type once, about 59 bits: ``Kd-abcd-efgh-jkmn``."""
    parts = ("".join(secrets.choice(_ONE_TIME) for _ in range(4)) for _ in range(3))
    return "Kd-" + "-".join(parts)


def _normal(password: str) -> str:
    """Return one spelling of what keyboards and input methods may spell in two."""
    return unicodedata.normalize("NFKC", password)
