"""What became of orders of the central server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.commands import NoteOrder
from kioskd.hall.decide.find import Decision
from kioskd.hall.events import CommandApplied
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State

_OUTCOMES = frozenset(("done", "refused", "known", "expired", "unreadable"))


def _note_order(state: State, command: NoteOrder, now: Moment) -> Decision:
    if command.outcome not in _OUTCOMES:
        return Refusal("bad_value", {"field": "outcome"})
    return [
        CommandApplied(
            by=command.by,
            feed=command.feed,
            seq=command.seq,
            order=command.order,
            order_kind=command.order_kind,
            outcome=command.outcome,
            code=command.code,
        )
    ]


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {NoteOrder: _note_order}
