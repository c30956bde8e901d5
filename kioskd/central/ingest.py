"""May this push be appended? The central server's side of the log, without I/O.

The shell locks the hall's cursor, looks up the one chain that `basis` names, asks `judge`, and in the same
transaction inserts, advances and commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kioskd.journal.chain import GENESIS
from kioskd.sync.messages import Cursor, Mark, Push, Why, WireEvent
from kioskd.sync.wire import links


@dataclass(frozen=True, slots=True)
class HallCursor:
    """Where a hall's log ends here. A hall never heard of stands at epoch 0, next 1, chain of zeros."""

    epoch: int = 0
    next: int = 1
    chain: bytes = GENESIS


@dataclass(frozen=True, slots=True)
class Append:
    """Insert these events, with the chain of each, from ``first`` on; the cursor is ``cursor`` then.

    ``branched`` is the place that a new epoch goes on from, when what the hall had sent past it is not
    part of its log any more (it happened all the same, and stays).
    """

    epoch: int
    first: int
    events: Sequence[WireEvent]
    chains: Sequence[bytes]
    cursor: HallCursor
    branched: Mark | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing is appended. ``corrupt``: the push contradicts itself, so it was damaged on the way."""

    why: Why
    corrupt: bool = False


@dataclass(frozen=True, slots=True)
class PutBack:
    """The hall knows that this server once had more: its database is an older copy. It must take a new
    incarnation before it takes anything else.
    """


def basis(cursor: HallCursor, push: Push) -> Mark | None:
    """Return the place whose chain `judge` has to know, None when the cursor is enough."""
    if push.epoch > cursor.epoch and push.first == 1:
        return push.parent
    last = push.first + len(push.events) - 1
    if push.epoch == cursor.epoch and last < cursor.next - 1:
        return Mark(push.epoch, last) if last >= 1 else None
    return None


def judge(inc: str, cursor: HallCursor, push: Push, known: bytes | None) -> Append | Refuse | PutBack:
    """Say what becomes of a push. ``known`` is the chain at `basis`, None when there is no event there."""
    witness = push.acked
    stand = (cursor.epoch, cursor.next)
    if witness is not None and witness.inc == inc and (witness.epoch, witness.next) > stand:
        return PutBack()
    if push.inc != inc:
        return Refuse(Why.INC_CHANGED)
    if push.epoch < cursor.epoch:
        return Refuse(Why.FENCED)
    chains = list(links(bytes.fromhex(push.prev), push.epoch, push.first, push.events))
    if (chains[-1].hex() if chains else push.prev) != push.head:
        return Refuse(Why.DIVERGED, corrupt=True)
    if push.epoch > cursor.epoch:
        return _new_epoch(cursor, push, known, chains)
    return _same_epoch(cursor, push, known, chains)


def _new_epoch(cursor: HallCursor, push: Push, known: bytes | None, chains: list[bytes]) -> Append | Refuse:
    if push.first != 1 or not push.events:
        return Refuse(Why.GAP)
    if push.parent is None:
        # A log that begins at nothing may only be the first that is heard of this hall.
        if cursor.epoch:
            return Refuse(Why.DIVERGED)
        known = GENESIS
    elif known is None:
        beyond = (push.parent.epoch, push.parent.seq) >= (cursor.epoch, cursor.next)
        return Refuse(Why.GAP if beyond else Why.DIVERGED)
    if known.hex() != push.prev:
        return Refuse(Why.DIVERGED)
    whole = push.parent is None or push.parent == Cursor(cursor.epoch, cursor.next).have
    return _append(push, 0, chains, None if whole else push.parent)


def _same_epoch(cursor: HallCursor, push: Push, known: bytes | None, chains: list[bytes]) -> Append | Refuse:
    if push.first > cursor.next:
        return Refuse(Why.GAP)
    have = cursor.next - push.first  # how many of the push are here already
    if have > len(chains):
        mine, theirs = known, chains[-1] if chains else bytes.fromhex(push.prev)
        if not chains and push.first == 1:
            mine = theirs  # asks from the very beginning and shows nothing
    else:
        mine, theirs = cursor.chain, chains[have - 1] if have else bytes.fromhex(push.prev)
    if mine != theirs:
        return Refuse(Why.DIVERGED)
    if have >= len(chains):
        return Append(cursor.epoch, cursor.next, (), (), cursor)
    return _append(push, have, chains)


def _append(push: Push, skip: int, chains: list[bytes], branched: Mark | None = None) -> Append:
    cursor = HallCursor(push.epoch, push.first + len(push.events), chains[-1])
    return Append(push.epoch, push.first + skip, push.events[skip:], chains[skip:], cursor, branched)
