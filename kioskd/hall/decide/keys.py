"""Rule 7 by hardware keypad: what each key does at the moment it was pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET

from kioskd.hall.commands import HoldKind, PressKey
from kioskd.hall.decide import visit
from kioskd.hall.decide.calls import call_by_hand, next_here, no_show_here, not_callable
from kioskd.hall.decide.duty import toggle_pause
from kioskd.hall.decide.find import Decision, Here, find_here, moved_on, ticket_here
from kioskd.hall.decide.service import evaluate
from kioskd.hall.events import PressDropped
from kioskd.hall.model import Ticket, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.noshow import no_show
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State


def _press(state: State, command: PressKey, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window, command.key)
    if isinstance(here, Refusal):
        return here
    action = _KEYS.get(command.key)
    if action is None:
        return Refusal("unknown_key", {"key": command.key})
    calling = here.book.rules.policy.calling
    age = max(0, command.age_ms)
    if age > calling.press_shelf_s * 1000:
        return [PressDropped(by=command.by, window=here.window.id, key=command.key, age_ms=age)]
    if here.window.key == command.key and now.at - age - here.window.key_at < calling.debounce_ms:
        return Refusal("debounced", {"window": here.window.id, "key": command.key})
    ticket = here.ticket
    # A sign that still shows a ticket which has left is only late; one that shows another ticket
    # than the one in hand means that the press was for that other one.
    if command.shown is not UNSET and ticket is not None and command.shown not in (ticket.id, ticket.number):
        return moved_on(here)
    return action(here)


def _call(here: Here) -> Decision:
    refusal = not_callable(here)
    if refusal is not None:
        return refusal
    ticket = here.ticket
    if ticket is None or ticket.state is not TicketState.CALLED:
        return next_here(here)
    if no_show(ticket, here.book.rules.policy.calling).ready(here.now.at):
        return [visit.mark_no_show(here, ticket), *visit.call_next(here)]
    return visit.recall(here, ticket)


def _with_ticket(action: Callable[[Here, Ticket], Decision]) -> Callable[[Here], Decision]:
    def act(here: Here) -> Decision:
        ticket = ticket_here(here, None)
        return ticket if isinstance(ticket, Refusal) else action(here, ticket)

    return act


def _call_back(here: Here) -> Decision:
    """Call the ticket that this window last held or marked no-show."""
    away = [
        ticket
        for ticket in here.state.tickets.values()
        if ticket.window == here.window.id and ticket.state in (TicketState.HELD, TicketState.NO_SHOW)
    ]
    if not away:
        return Refusal("nothing_to_call_back", {"window": here.window.id})
    return call_by_hand(here, max(away, key=lambda ticket: (ticket.called_at or 0, ticket.id)))


def _transfer(here: Here) -> Decision:
    return Refusal("needs_page", {"key": here.key})


_KEYS: Mapping[str, Callable[[Here], Decision]] = {
    "call": _call,
    "recall": _with_ticket(visit.recall),
    "evaluate": evaluate,
    "confirm": _with_ticket(lambda here, ticket: visit.start(here, ticket, "teller")),
    "no_show": _with_ticket(no_show_here),
    "hold": _with_ticket(lambda here, ticket: visit.hold(here, ticket, HoldKind.ANY_WINDOW)),
    "call_back": _call_back,
    "pause": toggle_pause,
    "transfer": _transfer,
}

DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {PressKey: _press}
