"""Who is on duty where, and pauses: rules 4 and 15."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.commands import (
    By,
    Pause,
    Resume,
    SignIn,
    SignOut,
)
from kioskd.hall.decide.find import (
    Decision,
    Here,
    find_here,
)
from kioskd.hall.events import (
    HallEvent,
    Paused,
    PauseDetailed,
    Resumed,
    SignedIn,
    SignedOut,
    TicketMoved,
)
from kioskd.hall.model import WindowState
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State


def _sign_in(state: State, command: SignIn, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    if not here.book.windows[here.window.id].enabled:
        return Refusal("window_disabled", {"window": here.window.id})
    if command.teller not in here.book.tellers:
        return Refusal("unknown_teller", {"teller": command.teller})
    unknown = [queue for queue in command.skills or () if queue not in here.book.queues]
    if unknown:
        return Refusal("unknown_queue", {"queue": unknown[0]})
    events: list[HallEvent] = []
    window = here.window
    if window.teller == command.teller:
        if window.skills == command.skills:
            return []
    elif window.teller is not None:
        if window.ticket is not None:
            return Refusal("window_busy", _busy(state, window))
        events += sign_out(state, command.by, window, now, "relieved")
    for other in state.windows.values():
        if other.id != window.id and other.teller == command.teller:
            if other.ticket is not None:
                return Refusal("teller_busy", _busy(state, other))
            events += sign_out(state, command.by, other, now, "moved")
    events.append(SignedIn(by=command.by, window=window.id, teller=command.teller, skills=command.skills))
    return events


def _busy(state: State, window: WindowState) -> dict[str, Any]:
    number = state.tickets[window.ticket].number if window.ticket is not None else None
    return {"window": window.id, "number": number, "teller": window.teller}


def _sign_out(state: State, command: SignOut, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    if here.window.teller is None:
        return []
    if here.window.ticket is not None:
        return Refusal("window_busy", _busy(state, here.window))
    return sign_out(state, command.by, here.window, now)


def sign_out(
    state: State, by: By, window: WindowState, now: Moment, why: str = "", *, release: bool = True
) -> list[HallEvent]:
    """End duty at a window; tickets that only this window or person could call go back to all."""
    events: list[HallEvent] = []
    teller = window.teller or ""
    if release and why != "relieved":
        events += release_line(state, by, "w:" + window.id)
    if release and teller and why != "moved":
        events += release_line(state, by, "p:" + teller)
    if window.pause is not None:
        events.append(_resumed(by, window, now))
    events.append(SignedOut(by=by, window=window.id, teller=teller, why=why))
    return events


def release_line(state: State, by: By, name: str) -> list[HallEvent]:
    """Let tickets that wait for one window or person be called by every window of their queue."""
    line = state.index.lines.get(name)
    if line is None:
        return []
    tickets = [state.tickets[key[2]] for key in sorted([*line.ordinary, *line.privileged])]
    return [
        TicketMoved(
            by=by,
            ticket=ticket.id,
            number=ticket.number,
            to_queue=ticket.queue,
            place=ticket.place,
            special=ticket.special,
            released=True,
        )
        for ticket in tickets
    ]


def _resumed(by: By, window: WindowState, now: Moment, key: str = "") -> Resumed:
    since = window.pause.at if window.pause is not None else now.at
    return Resumed(
        by=by, window=window.id, teller=window.teller or "", paused_ms=max(0, now.at - since), key=key
    )


def _pause(state: State, command: Pause, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    if command.minutes is not None and not 0 < command.minutes <= 24 * 60:
        return Refusal("bad_value", {"field": "minutes"})
    pause = here.window.pause
    if pause is None and command.if_paused:
        return []
    if pause is None:
        return [
            Paused(
                by=command.by,
                window=here.window.id,
                teller=here.teller,
                reason=command.reason or "",
                minutes=command.minutes,
                contact=command.contact or "",
            )
        ]
    reason = pause.reason if command.reason is None else command.reason
    minutes = pause.minutes if command.minutes is None else command.minutes
    contact = pause.contact if command.contact is None else command.contact
    if (reason, minutes, contact) == (pause.reason, pause.minutes, pause.contact):
        return []
    return [
        PauseDetailed(by=command.by, window=here.window.id, reason=reason, minutes=minutes, contact=contact)
    ]


def _resume(state: State, command: Resume, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    return [] if here.window.pause is None else [_resumed(command.by, here.window, now)]


def toggle_pause(here: Here) -> Decision:
    """The pause key: go away, or come back."""
    if here.window.pause is not None:
        return [_resumed(here.by, here.window, here.now, here.key)]
    return [Paused(by=here.by, window=here.window.id, teller=here.teller, key=here.key)]


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    SignIn: _sign_in,
    SignOut: _sign_out,
    Pause: _pause,
    Resume: _resume,
}
