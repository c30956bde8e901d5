"""A reason for an alert."""

from __future__ import annotations

import msgspec

from kioskd.hall.events import Params


class Condition(msgspec.Struct, frozen=True):
    """A reason for an alert that holds from hall time ``due`` on if nothing changes."""

    alert: str
    about: str
    subject: str
    due: int
    tier: int = 1
    params: Params = {}
