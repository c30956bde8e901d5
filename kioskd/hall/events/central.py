"""What came of the central server's orders."""

from __future__ import annotations

from kioskd.hall.events.base import Recorded


class CommandApplied(Recorded, frozen=True, kw_only=True, tag="command.applied"):
    """An order of the central server was dealt with, in the same transaction as what it did here.

    ``outcome`` is ``done``, ``refused``, ``known``, ``expired`` or ``unreadable``.
    """

    feed: str
    seq: int
    order: str
    order_kind: str
    outcome: str
    code: str = ""
