"""Epochs: each stretch of history that no copy of the database can contradict."""

from __future__ import annotations

import os

import apsw
import msgspec

from kioskd.journal.chain import GENESIS, store
from kioskd.journal.database import chain_at, insert_events, last_event
from kioskd.journal.records import (
    EpochOpen,
    GuardState,
    NewEvent,
    Parent,
    Position,
    StoredEvent,
)

FIRST = "first"
RESTORED = "restored"
BEHIND_GUARD = "behind_guard"
SALVAGED = "salvaged"
PROMOTED = "promoted"
CONTINUED = "continued"


def contradicts(connection: apsw.Connection, guard: GuardState) -> bool:
    """Whether the database lacks what the guard knows it once held.

    An honest database holds the event the guard speaks of, with the same chain.
    """
    chain = chain_at(connection, guard.position)
    return chain is None or chain.hex() != guard.chain


def open_epoch(
    connection: apsw.Connection,
    reason: str,
    guard: GuardState | None,
    *,
    wall: int,
    boot: str,
    above: int = 0,
) -> StoredEvent:
    """Append ``epoch.open`` in the caller's transaction.

    Its epoch is above every epoch of the database and the guard, and above ``above``. ``guard`` goes into
    the event, so that the numbers it names are heeded whenever the journal is replayed; so does the guard
    of an epoch that nothing has followed yet.
    """
    last = last_event(connection)
    if guard is None and last is not None:
        unheeded = opening_of(last)
        guard = None if unheeded is None else unheeded.guard
    parent = None if last is None else Parent(last.position.epoch, last.position.seq, last.chain.hex())
    epoch = 1 + max(
        0 if last is None else last.position.epoch, above, 0 if guard is None else guard.position.epoch
    )
    body = EpochOpen(reason, parent, os.urandom(16).hex(), guard)
    at = wall if last is None else last.at
    event = NewEvent(EpochOpen.KIND, EpochOpen.VERSION, msgspec.json.encode(body), at, wall)
    stored = store(GENESIS if last is None else last.chain, Position(epoch, 1), event, boot)
    insert_events(connection, [stored])
    return stored


def opening_of(event: StoredEvent) -> EpochOpen | None:
    """Return what an event says when it opens an epoch, None for any other event."""
    if event.kind != EpochOpen.KIND:
        return None
    try:
        return msgspec.json.decode(event.body, type=EpochOpen)
    except msgspec.DecodeError:
        return None
