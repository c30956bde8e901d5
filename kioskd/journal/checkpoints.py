r"""Signed checkpoints: what stands before one cannot be changed by anybody without the key file.

The signature is Ed25519 over one line of text,
``kioskd.checkpoint.1 <number> <epoch>.<seq> <chain in hex> <wall> <reason>\n``.
"""

from __future__ import annotations

from collections.abc import Iterator

import apsw

from kioskd.journal.database import last_event
from kioskd.journal.keys import JournalKeys, key_id
from kioskd.journal.records import Position, SignedCheckpoint

_COLUMNS = "number, position, chain, wall, reason, key_id, signature"


def message(number: int, position: Position, chain: bytes, wall: int, reason: str) -> bytes:
    """Return what a checkpoint's signature covers."""
    return f"kioskd.checkpoint.1 {number} {position} {chain.hex()} {wall} {reason}\n".encode()


def sign(connection: apsw.Connection, keys: JournalKeys, reason: str) -> SignedCheckpoint:
    """Sign the last event and store the checkpoint, in the caller's transaction.

    ValueError when there is no event or ``reason`` has white space.
    """
    if not reason or any(c.isspace() for c in reason):
        raise ValueError(f"a checkpoint's reason has no white space: {reason!r}")
    last = last_event(connection)
    if last is None:
        raise ValueError("there is no event to sign")
    position, chain, wall = last.position, last.chain, last.wall
    number = int(next(connection.execute("SELECT ifnull(max(number), 0) + 1 FROM checkpoint"))[0])
    signature = keys.sign(message(number, position, chain, wall, reason))
    signer = key_id(keys.public_key())
    connection.execute(
        f"INSERT INTO checkpoint({_COLUMNS}) VALUES(?,?,?,?,?,?,?)",
        (number, position.number, chain, wall, reason, signer, signature),
    )
    return SignedCheckpoint(number, position, chain, wall, reason, signer, signature)


def newest(connection: apsw.Connection) -> SignedCheckpoint | None:
    """Return the last checkpoint."""
    for row in connection.execute(f"SELECT {_COLUMNS} FROM checkpoint ORDER BY number DESC LIMIT 1"):
        return _checkpoint(*row)
    return None


def every(connection: apsw.Connection) -> Iterator[SignedCheckpoint]:
    """Walk through all checkpoints in the order they were made."""
    for row in connection.execute(f"SELECT {_COLUMNS} FROM checkpoint ORDER BY number"):
        yield _checkpoint(*row)


def _checkpoint(
    number: int, position: int, chain: bytes, wall: int, reason: str, signer: str, signature: bytes
) -> SignedCheckpoint:
    place = Position.from_number(position)
    return SignedCheckpoint(number, place, chain, wall, reason, signer, signature)
