"""What happens to rating slots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.events import (
    RatingChanged,
    RatingGiven,
    RatingLate,
    RatingMissed,
    RatingOpened,
    RatingStray,
)
from kioskd.hall.model import BAD_LEVEL, Slot, SlotState, Ticket
from kioskd.hall.state import State


def slot_of(ticket: Ticket, item: int) -> Slot | None:
    """Return the slot of one item."""
    return next((slot for slot in ticket.slots if slot.item == item), None)


def watch(state: State, ticket: Ticket) -> None:
    """Keep the tickets whose slots time will do something about: close one, or report a bad one."""
    due = any(
        slot.state is SlotState.OPEN
        or (slot.state is SlotState.GIVEN and slot.level <= BAD_LEVEL and not slot.alerted)
        for slot in ticket.slots
    )
    if due:
        state.index.slots[ticket.id] = None
    else:
        state.index.slots.pop(ticket.id, None)


def _opened(state: State, event: RatingOpened) -> None:
    ticket = state.tickets[event.ticket]
    slot = slot_of(ticket, event.item)
    if slot is None:
        slot = Slot(
            item=event.item,
            of=event.of,
            window=event.window,
            teller=event.teller,
            service=event.service,
            asked=event.asked,
            opened_at=state.at,
            closes_at=state.at + event.timeout_ms,
        )
        ticket.slots.append(slot)
    else:
        slot.asked = slot.asked or event.asked
        slot.closes_at = state.at + event.timeout_ms
    window = state.windows.get(event.window)
    if window is not None:
        window.slot = ticket.id
    watch(state, ticket)


def _given(state: State, event: RatingGiven | RatingChanged) -> None:
    ticket = state.tickets[event.ticket]
    slot = slot_of(ticket, event.item)
    assert slot is not None
    if slot.state is SlotState.OPEN:
        slot.given_at = state.at - event.age_ms
    slot.state = SlotState.GIVEN
    slot.changed = isinstance(event, RatingChanged)
    _note_answer(slot, event)
    watch(state, ticket)


def _note_answer(slot: Slot, event: RatingGiven | RatingChanged | RatingLate) -> None:
    slot.level, slot.options, slot.source = event.level, event.options, event.source
    slot.comment, slot.contact = event.comment, event.contact


def _late(state: State, event: RatingLate) -> None:
    ticket = state.tickets.get(event.ticket)
    slot = slot_of(ticket, event.item) if ticket is not None else None
    if ticket is None or slot is None:
        state.missed.get(event.date, {}).pop(f"{event.ticket}/{event.item}", None)
        return
    slot.state, slot.late = SlotState.GIVEN, True
    _note_answer(slot, event)
    slot.given_at = state.at - event.age_ms
    watch(state, ticket)


def _missed(state: State, event: RatingMissed) -> None:
    ticket = state.tickets[event.ticket]
    slot = slot_of(ticket, event.item)
    assert slot is not None
    slot.state, slot.closed_at = SlotState.MISSED, state.at
    window = state.windows.get(event.window)
    if window is not None and window.slot == ticket.id:
        window.slot = None
    watch(state, ticket)


def _stray(state: State, event: RatingStray) -> None:
    pass


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {
    RatingOpened: _opened,
    RatingGiven: _given,
    RatingChanged: _given,
    RatingLate: _late,
    RatingMissed: _missed,
    RatingStray: _stray,
}
