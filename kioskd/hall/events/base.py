"""What all events share, and the values several of them hold."""

from __future__ import annotations

import msgspec

from kioskd.hall.commands import By

Place = tuple[int, int]
"""Where a ticket stands in its line: credited arrival in hall milliseconds, then a tie-breaker."""

Params = dict[str, str | int | float | bool | None]


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why this ticket and no other was called; its sentence is made at the edge."""

    code: str
    params: Params = {}


class Wait(msgspec.Struct, frozen=True, gc=False):
    """A promise made on a slip: people before this one, and a range of whole minutes."""

    ahead: int
    low: int
    high: int


class Recorded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", gc=False):
    """Something that happened, and who caused it."""

    by: By


class OfTicket(Recorded, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened to a ticket."""

    ticket: str
    number: str


class AtWindow(OfTicket, frozen=True, kw_only=True, omit_defaults=True):
    """Something done at a window with a ticket.

    ``teller`` is who is credited (empty: nobody known); ``unconfirmed`` (待确认) that nobody was
    signed in; ``key`` the keypad key that asked for it, empty when no keypad did.
    """

    window: str
    teller: str = ""
    unconfirmed: bool = False
    key: str = ""
