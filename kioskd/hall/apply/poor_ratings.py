"""The register of 差评."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from kioskd.hall.apply.ratings import slot_of, watch
from kioskd.hall.events import PoorRatingMoved, PoorRatingRegistered, PrivateErased, RatingVoided
from kioskd.hall.model import SlotState
from kioskd.hall.poor import KEPT_DAYS, PoorMove, PoorRating, PoorState
from kioskd.hall.state import State


def forget_closed(state: State, today: str) -> None:
    """Let go of items that were closed long ago; a date that makes no sense keeps them."""
    try:
        before = (date.fromisoformat(today) - timedelta(days=KEPT_DAYS)).isoformat()
    except (ValueError, OverflowError):
        return
    old = [item.id for item in state.poor.values() if item.closed_on and item.closed_on < before]
    for name in old:
        del state.poor[name]


def _registered(state: State, event: PoorRatingRegistered) -> None:
    state.poor[event.rating] = PoorRating(
        id=event.rating,
        ticket=event.ticket,
        number=event.number,
        item=event.item,
        date=event.date,
        due=event.due,
        window=event.window,
        level=event.level,
        wall=state.wall,
        teller=event.teller,
        service=event.service,
        options=event.options,
        comment=event.comment,
        contact=event.contact,
        source=event.source,
        late=event.late,
    )
    state.index.reset_overdue(state)


def _moved(state: State, event: PoorRatingMoved) -> None:
    item = state.poor.get(event.rating)
    if item is None:
        return
    item.state, item.version = PoorState(event.state), event.version
    item.handler, item.attempts = event.handler, event.attempts
    if event.step == "appeal":
        item.appealed_by, item.ground = event.person, event.ground
    item.outcome = event.outcome
    closed = item.state is PoorState.CLOSED
    item.closed_on = (state.day.date if state.day is not None else "") if closed else ""
    item.moves.append(
        PoorMove(
            version=event.version,
            step=event.step,
            state=item.state,
            wall=state.wall,
            person=event.person,
            handler=event.handler,
            ground=event.ground,
            result=event.result,
            note=event.note,
        )
    )
    state.index.reset_overdue(state)


def _voided(state: State, event: RatingVoided) -> None:
    ticket = state.tickets.get(event.ticket)
    slot = slot_of(ticket, event.item) if ticket is not None else None
    if ticket is not None and slot is not None:
        slot.state = SlotState.VOIDED
        watch(state, ticket)


def _erased(state: State, event: PrivateErased) -> None:
    item, gone = state.poor.get(event.rating), frozenset(event.refs)
    if item is None:
        return
    item.comment = None if item.comment in gone else item.comment
    item.contact = None if item.contact in gone else item.contact
    item.moves = [replace(move, note=None) if move.note in gone else move for move in item.moves]


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {
    PoorRatingRegistered: _registered,
    PoorRatingMoved: _moved,
    RatingVoided: _voided,
    PrivateErased: _erased,
}
