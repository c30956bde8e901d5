"""What pages, boards and signs ask of the state; all of it cheap, nothing walks the waiting tickets."""

from __future__ import annotations

from datetime import date

from kioskd.hall import clock
from kioskd.hall.book import Book
from kioskd.hall.estimate import promise
from kioskd.hall.events import Wait
from kioskd.hall.index import key_of, privileged
from kioskd.hall.model import PrintState, Ticket, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.order import TIE_STEP
from kioskd.hall.roster import rostered
from kioskd.hall.rules import Name
from kioskd.hall.state import State

_ON_BOARD = frozenset({TicketState.CALLED, TicketState.SERVING, TicketState.FINISHED})
_CALLED_ONCE = _ON_BOARD | {TicketState.NO_SHOW}

BOARD_KEEPS_MS = 600_000
"""How long a board shows a call whose ticket is done with."""


def closed(state: State) -> bool:
    """Return whether the day's business has been ended."""
    return state.day is not None and state.day.closed_at is not None and state.question is None


def hall_open(state: State) -> bool:
    """Return whether the hall gives tickets, serves, or still has someone to serve."""
    if closed(state):
        return False
    if not clock.trusted(state):
        return state.day is not None or state.question is not None
    if state.hours.ticketing or state.hours.serving or state.index.waiting_total:
        return True
    return any(window.ticket is not None for window in state.windows.values())


def teller_at(state: State, window: str) -> str | None:
    """Return who is on duty at a window, or should be by today's roster and is nowhere else."""
    here = state.windows.get(window)
    if here is None or state.book is None:
        return None
    if here.teller is not None or state.day is None:
        return here.teller
    expected = rostered(state.roster, state.book, window, date.fromisoformat(state.day.date))
    if any(other.teller == expected for other in state.windows.values()):
        return None
    return expected


def staffed(state: State, window: str) -> bool:
    """Return whether a window is in use and somebody works there, so that a ticket may wait for it alone."""
    here, book = state.windows.get(window), state.book
    return here is not None and book is not None and book.windows[window].enabled and here.staffed


def unserved(ticket: Ticket) -> tuple[str, ...]:
    """Return the ticket's services that no window has done and passed on."""
    return tuple(code for code in ticket.services if code not in ticket.served)


def queue_of(book: Book, service: str) -> str | None:
    """Return the queue of a service; None for one that the catalogue does not have."""
    found = book.services.get(service)
    return found.queue if found is not None else None


def window_open(state: State, window: str) -> bool:
    """Return whether citizens may expect to be served at a window, now or after a pause.

    Someone is on duty or in hand there; or somebody should be by the roster, or was today, while the
    window's session runs or people wait.
    """
    here, book = state.windows.get(window), state.book
    if here is None or book is None or not book.windows[window].enabled or not hall_open(state):
        return False
    if here.ticket is not None or here.teller is not None:
        return True
    if not clock.trusted(state) or clock.serves_now(book, state.hours, window) or waiting_for(state, window):
        return here.last_ticket is not None or teller_at(state, window) is not None
    return False


def in_hours(state: State, window: str) -> bool:
    """Return whether a window in use should serve now by the calendar, as far as it can be told."""
    book = state.book
    if book is None or not book.windows[window].enabled or not hall_open(state):
        return False
    return not clock.trusted(state) or clock.serves_now(book, state.hours, window)


def waiting_for(state: State, window: str) -> int:
    """Return how many wait whom this window may call, test tickets left out."""
    here, book = state.windows.get(window), state.book
    if here is None or book is None:
        return 0
    lines = state.index.lines
    names = book.lines(window, teller_at(state, window), here.reach)
    return sum(len(lines[name]) for name in names if name in lines and not name.startswith("t:"))


def waiting_in_zone(state: State, zone: str | None) -> int:
    """Return how many wait for the queues of a zone; None means the whole hall."""
    if zone is None or state.book is None:
        return state.index.waiting_total
    waiting = state.index.waiting
    return sum(waiting.get(queue.id, 0) for queue in state.book.queues.values() if queue.zone == zone)


def caption(state: State, number: str, window: str) -> Name | None:
    """Return the announcement of a call as people read it; None before there are rules."""
    if state.book is None:
        return None
    call = state.book.rules.policy.voice.call
    return Name(zh=fill_call(call.zh, number, window), en=fill_call(call.en, number, window))


def fill_call(template: str, number: str, window: str) -> str:
    """Fill in the announcement of a call; what the template names otherwise stays as it is."""
    return template.replace("{ticket}", number).replace("{window}", window)


def last_calls(state: State, count: int, zone: str | None = None, at: int | None = None) -> list[Ticket]:
    """Return the tickets called last to windows of a zone, latest first, one row for each window.

    Tickets that left their window without being served are left out, and as of hall time ``at`` those
    that were done with and whose call is over (`call_over`).
    """
    if state.book is None:
        return []
    found: list[Ticket] = []
    windows: set[str] = set()
    for name in reversed(state.index.calls):
        if len(found) >= count:
            break
        ticket = state.tickets.get(name)
        if ticket is None or ticket.state not in _ON_BOARD or ticket.window is None:
            continue
        window = state.book.windows.get(ticket.window)
        if window is None or window.id in windows or (zone is not None and window.zone != zone):
            continue
        windows.add(window.id)
        over = call_over(ticket)
        if at is None or over is None or at < over:
            found.append(ticket)
    return found


def call_over(ticket: Ticket) -> int | None:
    """Return the hall time from which boards leave a ticket's last call out; None while it is at a window."""
    if ticket.state in (TicketState.CALLED, TicketState.SERVING) or not ticket.calls:
        return None
    return ticket.calls[-1].at + BOARD_KEEPS_MS


def recent_calls(state: State, count: int) -> list[Ticket]:
    """Return the tickets called last and served or missed since, latest call first.

    Unlike `last_calls` a window may be there several times: this is what a board that was away missed.
    """
    found: list[Ticket] = []
    for name in reversed(state.index.calls):
        if len(found) >= count:
            break
        ticket = state.tickets.get(name)
        if ticket is not None and ticket.state in _CALLED_ONCE and ticket.window is not None:
            found.append(ticket)
    return found


def windows_serving(state: State, queue: str) -> tuple[str, ...]:
    """Return the windows open for a queue, or meant for it while none is, in the hall's order."""
    pool = state.index.pools.get(queue)
    if pool is None or state.book is None:
        return ()
    return tuple(window for window in state.book.windows if window in pool[0])


def leads_today(state: State) -> tuple[str, ...]:
    """Return who leads (带班) today by the imported roster, as people call them."""
    today = state.roster.get(state.day.date) if state.day is not None else None
    return today.leads if today is not None else ()


def signing(state: State, window: str) -> Ticket | None:
    """Return the ticket in hand at a window whose signature is asked for."""
    here = state.windows.get(window)
    if here is None or here.ticket is None or here.signing != here.ticket:
        return None
    return state.tickets.get(here.ticket)


def place(state: State, ticket: str) -> Wait | None:
    """Return people ahead of a waiting ticket and its range of minutes as of the last event.

    None when it does not wait or no window of the hall serves its queue.
    """
    found = state.tickets.get(ticket)
    if found is None or found.state is not TicketState.WAITING or state.book is None:
        return None
    now = Moment(state.at, state.wall)
    return promise(state, found.queue, key_of(found), privileged(found), now)


def newcomer(state: State, queue: str, now: Moment) -> Wait | None:
    """Return what an ordinary ticket of ``queue`` would be promised now."""
    if state.book is None or queue not in state.book.queues:
        return None
    return promise(state, queue, (now.at, (state.arrivals + 1) * TIE_STEP, ""), False, now)


def print_state(state: State, ticket: str) -> str:
    """Return the state of a ticket's newest slip, ``none`` when none was asked for."""
    known = state.tickets.get(ticket)
    if known is None or not known.prints:
        return "none"
    newest: PrintState = known.prints[max(known.prints)].state
    return newest.value
