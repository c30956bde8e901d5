"""What waits for a second person, and no longer does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.approvals import Approval
from kioskd.hall.clock import MINUTE_MS
from kioskd.hall.events import ApprovalAsked, ApprovalDecided, ApprovalEnded
from kioskd.hall.state import State


def _asked(state: State, event: ApprovalAsked) -> None:
    state.approvals[event.approval] = Approval(
        id=event.approval,
        about=event.about,
        subject=event.subject,
        params=event.params,
        person=event.person,
        why=event.why,
        at=state.at,
        wall=state.wall,
        until=state.at + event.minutes * MINUTE_MS,
    )


def _over(state: State, event: ApprovalDecided | ApprovalEnded) -> None:
    state.approvals.pop(event.approval, None)


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {
    ApprovalAsked: _asked,
    ApprovalDecided: _over,
    ApprovalEnded: _over,
}
