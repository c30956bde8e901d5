"""Signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.events import SignatureAsked, SignatureDropped, TicketSigned
from kioskd.hall.state import State


def _asked(state: State, event: SignatureAsked) -> None:
    state.windows[event.window].signing = event.ticket
    state.windows[event.window].active_at = state.at


def _dropped(state: State, event: SignatureDropped) -> None:
    state.windows[event.window].signing = None


def _signed(state: State, event: TicketSigned) -> None:
    state.windows[event.window].signing = None
    ticket = state.tickets[event.ticket]
    ticket.signature, ticket.signature_picture = event.signature, event.picture


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {
    SignatureAsked: _asked,
    SignatureDropped: _dropped,
    TicketSigned: _signed,
}
