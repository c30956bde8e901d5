"""Values that a hall's settings let go up: sealed here, for as long as the hall may keep them, by reference.

The key is made of the server's own key file, so a copy of the database alone tells nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterable

import msgspec
from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, delete, insert, select

from kioskd.central.database import Running
from kioskd.central.schema import HALL, metadata
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

ERASED = b""
"""In place of a box whose value was erased."""

_REF = re.compile(r"[a-z_]{1,20}/[0-9a-f]{32} [0-9a-f]{64}")


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
    """Keep a value; again is the same. One that the hall has erased meanwhile is let go."""
    yield from _locked(hall)
    ours = (SHARED.c.hall == hall, SHARED.c.ref == ref)
    rows = yield select(SHARED.c.box).where(*ours)
    if rows and rows[0].box == ERASED:
        return
    yield delete(SHARED).where(*ours)
    yield insert(SHARED).values(hall=hall, ref=ref, purge_at=purge_at, box=box)


def erase(hall: str, refs: Iterable[str], until: int) -> Running[int]:
    """Delete values at the hall's word; return how many were here.

    An empty box stands for each until ``until`` (UTC milliseconds): what the hall sent before it erased it
    may be on its way still.
    """
    yield from _locked(hall)
    gone = 0
    for ref in sorted({ref for ref in refs if _REF.fullmatch(ref)}):
        ours = (SHARED.c.hall == hall, SHARED.c.ref == ref)
        rows = yield select(SHARED.c.box).where(*ours)
        gone += sum(row.box != ERASED for row in rows)
        yield delete(SHARED).where(*ours)
        yield insert(SHARED).values(hall=hall, ref=ref, purge_at=until, box=ERASED)
    return gone


def _locked(hall: str) -> Running[None]:
    """Keep whoever else puts or erases a value of the hall waiting until the end of the transaction."""
    yield select(HALL.c.id).where(HALL.c.id == hall).with_for_update()


def get(hall: str, ref: str, now: int) -> Running[bytes | None]:
    """Return the box of a value whose time is not over."""
    rows = yield select(SHARED.c.box).where(
        SHARED.c.hall == hall, SHARED.c.ref == ref, SHARED.c.purge_at > now
    )
    return bytes(rows[0].box) if rows and rows[0].box != ERASED else None
