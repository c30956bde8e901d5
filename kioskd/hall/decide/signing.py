"""Signatures: asked for at a window, given on its pad."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall import queries
from kioskd.hall.commands import AskSignature, DropSignature, KeepSignature
from kioskd.hall.decide.find import Decision, find_here, ticket_here
from kioskd.hall.events import SignatureAsked, SignatureDropped, TicketSigned
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State


def _ask(state: State, command: AskSignature, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = ticket_here(here, command.ticket)
    if isinstance(ticket, Refusal):
        return ticket
    if queries.signing(state, command.window) is ticket:
        return []
    return [SignatureAsked(**here.credit(ticket))]


def _drop(state: State, command: DropSignature, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = queries.signing(state, command.window)
    return [] if ticket is None else [SignatureDropped(**here.credit(ticket))]


def _keep(state: State, command: KeepSignature, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = queries.signing(state, command.window)
    if ticket is None or command.ticket not in (None, ticket.id):
        return Refusal("signature_not_asked", {"window": command.window})
    return [TicketSigned(**here.credit(ticket), signature=command.signature, picture=command.picture)]


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    AskSignature: _ask,
    DropSignature: _drop,
    KeepSignature: _keep,
}
