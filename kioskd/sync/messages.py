"""What hall and central server send each other, as JSON (version 1; docs/sync-protocol.md).

Chains are lower-case hex of 32 bytes, made as `kioskd.journal.chain` says, so that the receiving side can
recompute every one of them. ``wall`` and ``expires`` are UTC in milliseconds, ``at`` hall time.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta


class Mark(msgspec.Struct, frozen=True, order=True):
    """A place in a hall's log; (0, 0) stands before everything."""

    epoch: int
    seq: int


class Cursor(msgspec.Struct, frozen=True, order=True):
    """The first place that a central server does not have."""

    epoch: int
    next: int

    @property
    def have(self) -> Mark:
        """The last place it has; seq 0 when it has none of the epoch."""
        return Mark(self.epoch, self.next - 1)


class Witness(msgspec.Struct, frozen=True):
    """The furthest a central server ever acknowledged to this hall, and under which incarnation.

    A central database that was put back without anybody saying so is found out by it.
    """

    inc: str
    epoch: int
    next: int


class WireEvent(msgspec.Struct, frozen=True, gc=False):
    """One event; its seq follows from its place in the batch. ``body`` is carried verbatim."""

    kind: str
    version: int
    at: int
    wall: int
    boot: str
    body: msgspec.Raw


Chain = Annotated[str, Meta(min_length=64, max_length=64, pattern="^[0-9a-f]{64}$")]
"""The chain after an event, SHA-256."""


class Push(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hall → central: events ``first``, ``first + 1``, … of ``epoch``.

    ``prev`` is the chain before the first of them, ``head`` the chain after the last (``prev`` when there
    are none: a heartbeat). ``parent`` is the place that ``epoch`` branched off from, None when nothing came
    before it.
    ``inc`` is the incarnation the hall believes it talks to, empty when it knows none.
    """

    epoch: Annotated[int, Meta(ge=1)]
    first: Annotated[int, Meta(ge=1)]
    prev: Chain
    head: Chain
    parent: Mark | None = None
    inc: str = ""
    acked: Witness | None = None
    events: tuple[WireEvent, ...] = ()


class Taken(msgspec.Struct, frozen=True):
    """200: everything before ``next`` of ``epoch`` is durable at the central server.

    ``hash`` is its chain there. Nothing above ``safe`` may be deleted at the hall: it is what the oldest
    backup that the central server can be put back from holds. ``max`` is how many events it takes at once.
    """

    inc: str
    epoch: int
    next: int
    hash: str
    safe: Mark
    max: int = 500


class Why(StrEnum):
    """Why a push was not taken."""

    INC_CHANGED = "inc_changed"
    """The central server is not the one the hall believes it is: go on from its cursor."""
    GAP = "gap"
    """Something between its cursor and the push is missing: go on from its cursor."""
    FENCED = "fenced"
    """A later epoch of this hall exists: another PC is the hub now, or this one was put back."""
    DIVERGED = "diverged"
    """Both have something else at the same place. Nothing is taken until a person has looked."""


class NotTaken(msgspec.Struct, frozen=True):
    """409: nothing of the push was taken; ``epoch`` and ``next`` are where the central server stands."""

    code: Why
    inc: str
    epoch: int
    next: int


class Order(msgspec.Struct, frozen=True):
    """Central → hall: something to be done there; ``seq`` counts from 1 within a feed without gaps.

    ``id`` is unique for ever. One that is read after ``expires`` is noted and not done.
    """

    seq: int
    id: str
    kind: str
    body: msgspec.Raw
    expires: int | None = None


class Orders(msgspec.Struct, frozen=True):
    """200 of the feed: what follows ``after``, in order; empty when nothing came within the wait."""

    feed: str
    after: int
    orders: tuple[Order, ...] = ()


class Refetch(msgspec.Struct, frozen=True):
    """409 of the feed: it is another one now; start at its beginning, known ids change nothing."""

    feed: str
    code: str = "must_refetch"
