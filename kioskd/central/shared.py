"""Values that a hall's settings let go up: sealed here, for as long as the hall may keep them, by reference.

The key is made of the server's own key file, so a copy of the database alone tells nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os

import msgspec
from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, delete, insert, select

from kioskd.central.database import Running
from kioskd.central.schema import metadata
from kioskd.sync.sharing import SharedValue

SHARED = Table(
    "shared_value",
    metadata,
    Column("hall", String, primary_key=True),
    Column("ref", String, primary_key=True),
    Column("purge_at", BigInteger, nullable=False, index=True),  # UTC milliseconds
    Column("box", LargeBinary, nullable=False),
)

_NONCE = 12


class Sealer:
    """Seals and opens values; ``key`` is 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, hall: str, value: SharedValue) -> bytes:
        """Return the box of a value, good for this hall and reference only."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, value.text.encode(), f"{hall} {value.ref}".encode())

    def open(self, hall: str, ref: str, box: bytes) -> str | None:
        """Return what is in a box; None where it was made for something else or by another key."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._key).decrypt(box[:_NONCE], box[_NONCE:], f"{hall} {ref}".encode()).decode()
        except (InvalidTag, ValueError):
            return None


class DigestError(ValueError):
    """The digest in a reference is of something else than what came with it."""


def read(data: bytes) -> SharedValue:
    """Read a body; what it says must be what its reference is the digest of.

    Raises `msgspec.DecodeError`, and `DigestError` where that is something else.
    """
    value = msgspec.json.decode(data, type=SharedValue)
    made = hashlib.sha256(bytes.fromhex(value.salt) + value.text.encode()).hexdigest()
    if not hmac.compare_digest(made, value.ref.partition(" ")[2]):
        raise DigestError(value.ref.partition("/")[0])
    return value


def put(hall: str, ref: str, purge_at: int, box: bytes) -> Running[None]:
    """Keep a value; again is the same."""
    yield delete(SHARED).where(SHARED.c.hall == hall, SHARED.c.ref == ref)
    yield insert(SHARED).values(hall=hall, ref=ref, purge_at=purge_at, box=box)


def get(hall: str, ref: str, now: int) -> Running[bytes | None]:
    """Return the box of a value whose time is not over."""
    rows = yield select(SHARED.c.box).where(
        SHARED.c.hall == hall, SHARED.c.ref == ref, SHARED.c.purge_at > now
    )
    return bytes(rows[0].box) if rows else None
