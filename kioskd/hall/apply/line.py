"""In and out of the lines of those who wait."""

from __future__ import annotations

from kioskd.hall.model import Ticket
from kioskd.hall.state import State


def enter(state: State, ticket: Ticket) -> None:
    """Put a waiting ticket into its line."""
    state.index.enter(ticket)
    note_busy(state, ticket.queue)


def leave(state: State, ticket: Ticket) -> None:
    """Take a ticket out of its line; call it before anything that places it changes."""
    state.index.leave(ticket)
    note_busy(state, ticket.queue)


def note_busy(state: State, name: str) -> None:
    """Remember since when somebody waits for a queue."""
    queue = state.queues[name]
    if not state.index.waiting.get(name):
        queue.busy_since = None
    elif queue.busy_since is None:
        queue.busy_since = state.at
