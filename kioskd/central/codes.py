"""One-time codes that a person reads at the central server and types at a hall."""

from __future__ import annotations

import hashlib
import secrets

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 12


def new_code() -> str:
    """Return a code without look-alikes, in groups of four: 31¹² is more than anybody can try."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return "-".join(text[n : n + 4] for n in range(0, _LENGTH, 4))


def code_digest(typed: str) -> bytes:
    """Return what is kept of a code; dashes, spaces and case do not matter."""
    return digest("".join(c for c in typed.upper() if c in _ALPHABET))


def digest(secret: str) -> bytes:
    """Return what is kept of a code or token, both too random to need a slow hash."""
    return hashlib.sha256(secret.encode()).digest()
