"""What a command means by a ticket or a window, and who is credited there."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from kioskd.hall import clock
from kioskd.hall.book import Book
from kioskd.hall.commands import By
from kioskd.hall.events import HallEvent, Params
from kioskd.hall.model import Ticket, WindowState
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.roster import rostered
from kioskd.hall.state import State

Decision = list[HallEvent] | Refusal
"""What a decider returns: events, none if nothing changes, or why not."""


class Here(NamedTuple):
    """A window at the moment of a command.

    ``teller`` is credited with what happens (empty: nobody known); ``unconfirmed`` that they are not
    signed in; ``key`` the keypad key, empty for a page or program.
    """

    state: State
    book: Book
    now: Moment
    by: By
    window: WindowState
    teller: str
    unconfirmed: bool
    key: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that may be called from here."""
        return self.book.lines(self.window.id, self.teller or None, self.window.reach)

    @property
    def skills(self) -> tuple[str, ...]:
        """The queues that may be served here."""
        return self.book.skills(self.window.id, self.teller or None, self.window.reach)

    @property
    def ticket(self) -> Ticket | None:
        """The ticket in hand."""
        return self.state.tickets[self.window.ticket] if self.window.ticket is not None else None

    def credit(self, ticket: Ticket) -> dict[str, Any]:
        """Return what every event says that is done here with a ticket."""
        return {
            "by": self.by,
            "ticket": ticket.id,
            "number": ticket.number,
            "window": self.window.id,
            "teller": self.teller,
            "unconfirmed": self.unconfirmed,
            "key": self.key,
        }


def find_ticket(state: State, name: str) -> Ticket | None:
    """Return today's ticket of this id or number."""
    found = state.tickets.get(name)
    if found is None and name in state.index.by_number:
        found = state.tickets.get(state.index.by_number[name])
    return found


def unknown_ticket(name: str) -> Refusal:
    return Refusal("unknown_ticket", {"ticket": name})


def wrong_state(ticket: Ticket) -> Refusal:
    """Return the refusal of something that a ticket's state does not allow."""
    params = {"ticket": ticket.id, "number": ticket.number, "state": ticket.state.value}
    return Refusal("wrong_state", {**params, "window": ticket.window})


def credited(state: State, book: Book, window: WindowState, now: Moment) -> tuple[str, bool]:
    """Return the teller at a window and whether that is only assumed.

    Where nobody is signed in it is the rostered teller, unless they are on duty at another window.
    """
    if window.teller is not None:
        return window.teller, False
    skew = state.day.skew_days if state.day is not None else 0
    teller = rostered(state.roster, book, window.id, clock.local(book, now, skew).date())
    if teller is None or any(other.teller == teller for other in state.windows.values()):
        return "", True
    return teller, True


def find_here(state: State, now: Moment, by: By, window: str, key: str = "") -> Here | Refusal:
    """Return the window of a command; refuses one that the hall does not have."""
    if state.book is None:
        return Refusal("no_settings")
    place = state.windows.get(window)
    if place is None:
        return Refusal("unknown_window", {"window": window})
    return Here(state, state.book, now, by, place, *credited(state, state.book, place, now), key)


def at_window(window: WindowState, state: State) -> Params:
    """Return what is at a window, for refusals that say so."""
    ticket = state.tickets[window.ticket] if window.ticket is not None else None
    return {
        "window": window.id,
        "ticket": ticket.id if ticket else None,
        "number": ticket.number if ticket else None,
        "state": ticket.state.value if ticket else None,
    }


def moved_on(here: Here) -> Refusal:
    """Return the refusal of a command that means another ticket than the one here."""
    return Refusal("window_moved_on", at_window(here.window, here.state))


def ticket_here(here: Here, name: str | UnsetType | None) -> Ticket | Refusal:
    """Return the ticket in hand; ``name`` is what the command takes it for, if it says so."""
    ticket = here.ticket
    if name is not None and name is not UNSET and (ticket is None or name not in (ticket.id, ticket.number)):
        return moved_on(here)
    if ticket is None:
        return Refusal("window_empty", {"window": here.window.id})
    return ticket
