r"""The hash chain: every event's hash covers the event and the hash before it.

    chain = SHA-256(chain before ‖ header ‖ body)
    header = "kioskd.event.1 <epoch>.<seq> <kind> <version> <at> <wall> <boot> <length of body>\n", UTF-8

The first event of all is chained to 32 zero bytes; the first of a later epoch to the last event of its
parent. So a copy of the events is enough to check them with no more than a SHA-256 tool.
"""

from __future__ import annotations

from hashlib import sha256

from kioskd.journal.records import NewEvent, Position, StoredEvent

GENESIS = bytes(32)

_HASHED = b"%bkioskd.event.1 %d.%d %b %d %d %d %b %d\n%b"
"""All bytes at once: a central server makes this for every event of every hall, and text takes longer."""


def link(before: bytes, epoch: int, seq: int, event: NewEvent | StoredEvent, boot: str) -> bytes:
    """Return the chain of an event that follows the one whose chain is ``before``."""
    return linked(before, epoch, seq, event.kind, event.version, event.at, event.wall, boot, event.body)


def linked(
    before: bytes, epoch: int, seq: int, kind: str, version: int, at: int, wall: int, boot: str, body: bytes
) -> bytes:
    """Do as `link` for an event in parts."""
    parts = (before, epoch, seq, kind.encode(), version, at, wall, boot.encode(), len(body), body)
    return sha256(_HASHED % parts).digest()


def event_id(chain: bytes) -> str:
    """Return the id of the event with this chain: 32 hex digits."""
    return chain[:16].hex()


def store(before: bytes, position: Position, event: NewEvent, boot: str) -> StoredEvent:
    """Give an event its place. Raises ValueError for what the chain cannot hold."""
    if event.kind.split() != [event.kind]:
        raise ValueError(f"an event's kind has no white space: {event.kind!r}")
    if type(event.body) is not bytes:
        raise ValueError("an event's body is bytes")
    chain = link(before, position.epoch, position.seq, event, boot)
    return StoredEvent(
        position, event_id(chain), event.kind, event.version, event.at, event.wall, boot, event.body, chain
    )
