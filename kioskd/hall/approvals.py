"""What waits for a second person."""

from __future__ import annotations

import msgspec

from kioskd.hall.events.base import Params


class Approval(msgspec.Struct, kw_only=True):
    """Asked by ``person`` at hall time ``at``; nobody can agree any more from ``until`` on."""

    id: str
    about: str
    subject: str
    params: Params
    person: str
    why: str
    at: int
    wall: int
    until: int
