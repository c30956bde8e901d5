"""Duty and pauses of windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.clock import MINUTE_MS
from kioskd.hall.events import Paused, PauseDetailed, PressDropped, Resumed, SignedIn, SignedOut, SkillsMoved
from kioskd.hall.model import Pause, SkillMove, WindowState
from kioskd.hall.state import State


def _touch(state: State, event: SignedIn | SignedOut | Paused | PauseDetailed | Resumed) -> WindowState:
    window = state.windows[event.window]
    window.active_at = state.at
    if event.key:
        window.key, window.key_at = event.key, state.at
    return window


def _signed_in(state: State, event: SignedIn) -> None:
    window = _touch(state, event)
    if window.teller != event.teller:
        window.move = None
    window.teller, window.skills = event.teller, event.skills
    window.deserted = False
    state.index.reset_pools(state)


def _signed_out(state: State, event: SignedOut) -> None:
    window = _touch(state, event)
    window.teller = window.skills = window.move = None
    window.deserted = True
    state.index.reset_pools(state)


def _skills_moved(state: State, event: SkillsMoved) -> None:
    window = state.windows[event.window]
    until = state.at + event.minutes * MINUTE_MS
    wall = state.wall + event.minutes * MINUTE_MS
    move = SkillMove(add=event.add, remove=event.remove, until=until, wall=wall)
    window.move = move if event.minutes else None
    state.index.reset_pools(state)


def _paused(state: State, event: Paused) -> None:
    window = _touch(state, event)
    window.pause = Pause(
        at=state.at, wall=state.wall, reason=event.reason, minutes=event.minutes, contact=event.contact
    )
    state.index.reset_pools(state)


def _pause_detailed(state: State, event: PauseDetailed) -> None:
    window = _touch(state, event)
    if window.pause is not None:
        window.pause.reason, window.pause.minutes = event.reason, event.minutes
        window.pause.contact = event.contact


def _resumed(state: State, event: Resumed) -> None:
    window = _touch(state, event)
    window.pause = None
    state.index.reset_pools(state)


def _press_dropped(state: State, event: PressDropped) -> None:
    pass


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {
    SignedIn: _signed_in,
    SignedOut: _signed_out,
    SkillsMoved: _skills_moved,
    Paused: _paused,
    PauseDetailed: _pause_detailed,
    Resumed: _resumed,
    PressDropped: _press_dropped,
}
