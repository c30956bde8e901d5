"""How far the central server's orders have been dealt with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.events import CommandApplied
from kioskd.hall.model import Followed
from kioskd.hall.state import State


def _command_applied(state: State, event: CommandApplied) -> None:
    state.followed = Followed(event.feed, event.seq, event.order)


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {CommandApplied: _command_applied}
