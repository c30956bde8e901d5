"""Items of 差评: what a bad rating becomes, and which step leads where (登记 → 核实 → 整改 → 回访).

Texts and phone numbers are never here: ``comment``, ``contact`` and ``note`` are references to sealed values.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class PoorState(StrEnum):
    """登记, 核实, 整改, 申诉复核, and the end."""

    REGISTERED = "registered"
    VERIFIED = "verified"
    RECTIFIED = "rectified"
    APPEALED = "appealed"
    CLOSED = "closed"


class Step(StrEnum):
    """What a person does with an item."""

    TAKE = "take"
    VERIFY = "verify"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    REJECT = "reject"
    RECTIFY = "rectify"
    FOLLOW_UP = "follow_up"
    REOPEN = "reopen"


OPEN = frozenset({PoorState.REGISTERED, PoorState.VERIFIED, PoorState.RECTIFIED, PoorState.APPEALED})

STEPS: Mapping[Step, frozenset[PoorState]] = {
    Step.TAKE: OPEN,
    Step.VERIFY: frozenset({PoorState.REGISTERED}),
    Step.APPEAL: frozenset({PoorState.REGISTERED, PoorState.VERIFIED}),
    Step.UPHOLD: frozenset({PoorState.APPEALED}),
    Step.REJECT: frozenset({PoorState.APPEALED}),
    Step.RECTIFY: frozenset({PoorState.VERIFIED}),
    Step.FOLLOW_UP: frozenset({PoorState.RECTIFIED}),
    Step.REOPEN: frozenset({PoorState.CLOSED}),
}
"""From which states each step can be done."""

REVIEW = frozenset({Step.UPHOLD, Step.REJECT})
"""Steps for another person than who appealed."""

HANDLING = frozenset({Step.VERIFY, Step.APPEAL, Step.RECTIFY, Step.FOLLOW_UP})
"""Steps for the handler."""

GROUNDS = ("mistaken", "unfounded")
"""误评 and 不实."""

RESULTS = ("satisfied", "dissatisfied", "no_answer", "anonymous")
"""What came of a 回访."""

TRIES = 3
"""A citizen who did not answer that often was not reached."""

VOIDED = "voided"
"""Outcome of an item whose rating was taken out of the count."""

KEPT_DAYS = 31
"""Closed items are at hand that long; the journal has them for good."""


class PoorMove(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step that was done, by ``person`` at ``wall``."""

    version: int
    step: str
    state: PoorState
    wall: int
    person: str = ""
    handler: str = ""
    ground: str = ""
    result: str = ""
    note: str | None = None


class PoorRating(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One item. ``id`` is ``ticket.item``; ``date`` the business day of the service, ``due`` the last day to
    end it by, ``version`` the number of steps so far.
    """

    id: str
    ticket: str
    number: str
    item: int
    date: str
    due: str
    window: str
    level: int
    wall: int
    teller: str = ""
    service: str = ""
    options: tuple[int, ...] = ()
    comment: str | None = None
    contact: str | None = None
    source: str = ""
    late: bool = False
    state: PoorState = PoorState.REGISTERED
    version: int = 0
    handler: str = ""
    appealed_by: str = ""
    ground: str = ""
    outcome: str = ""
    attempts: int = 0
    closed_on: str = ""
    moves: list[PoorMove] = []


def said_with(item: PoorRating) -> tuple[str, ...]:
    """Return the references of all that was written about an item, and of the phone number left with it."""
    found = (item.comment, item.contact, *(move.note for move in item.moves))
    return tuple(reference for reference in found if reference is not None)


def name_of(ticket: str, item: int) -> str:
    """Return the id of the item that a bad rating becomes."""
    return f"{ticket}.{item}"
