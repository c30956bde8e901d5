"""Taking a ticket, or not: rules 1, 2, 10 to 12 and 19."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from msgspec import structs

from kioskd.hall import clock
from kioskd.hall.book import Book
from kioskd.hall.commands import (
    By,
    EnterPaperRange,
    IssueTicket,
)
from kioskd.hall.decide.appointments import arrival
from kioskd.hall.decide.find import Decision
from kioskd.hall.estimate import promise
from kioskd.hall.events import (
    PaperRangeEntered,
    PaperTicket,
    TicketIssued,
)
from kioskd.hall.model import Ticket, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.numbers import last_count, number_text
from kioskd.hall.order import TIE_STEP, arrival_place, credit_ms
from kioskd.hall.queries import closed
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import Queue, Ticketing
from kioskd.hall.state import State

_ID = "t_"
"""How every ticket's id starts, so that none is taken for a number."""
_MOST_PAPER = 500
"""Numbers of one roll that can be entered at once."""
_MOST_HEADS = 9999
_HERE = frozenset({TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.HELD})
"""States in which a person already has a ticket; a no-show may take a new one."""


def _issue(state: State, command: IssueTicket, now: Moment) -> Decision:
    book = state.book
    if book is None:
        return Refusal("no_settings")
    if command.appointment is not None:
        expected = arrival(state, book, command, now)
        if isinstance(expected, Refusal):
            return expected
        command = structs.replace(
            command, appointment=expected.id, queue=expected.queue, services=expected.services
        )
    chosen = _choose_queue(book, command)
    if isinstance(chosen, Refusal):
        return chosen
    queue, todo = chosen
    refusal = _not_open(state, book, command, queue, now)
    if refusal is None and not command.test:
        refusal = _not_for_them(state, book, command, queue, now)
    if refusal is not None:
        return refusal
    if command.remote and (refusal := _too_many_remote(state, book)) is not None:
        return refusal
    prefix = book.rules.policy.ticketing.test_prefix if command.test else queue.prefix
    count = last_count(state, prefix) + 1
    place = arrival_place(state, now.at, credit_ms(state, command.priority, command.appointment))
    privileged = command.priority is not None or command.appointment is not None
    wait = promise(state, queue.id, (*place, command.id), privileged, now)
    return [
        TicketIssued(
            by=command.by,
            ticket=command.id,
            number=number_text(prefix, count, queue.digits),
            code=command.code,
            prefix=prefix,
            count=count,
            queue=queue.id,
            place=place,
            services=command.services,
            todo=todo,
            special=book.special(queue.id, command.services),
            priority=command.priority,
            verify=command.priority is not None and book.priorities[command.priority].verify,
            headcount=command.headcount,
            assisted_by=command.assisted_by,
            appointment=command.appointment,
            language=command.language,
            large_print=command.large_print,
            identity=command.identity,
            test=command.test,
            wait=wait,
            remote=command.remote and not command.test,
        )
    ]


def remote_waiting(state: State) -> list[Ticket]:
    """Return tickets taken by phone that wait, and whose slip nobody has had printed."""
    found = (state.tickets[name] for name in state.index.remote)
    return [ticket for ticket in found if ticket.state is TicketState.WAITING]


def _too_many_remote(state: State, book: Book) -> Refusal | None:
    most = book.rules.policy.ticketing.remote_most
    return Refusal("remote_full", {"most": most}) if len(remote_waiting(state)) >= most else None


def _choose_queue(book: Book, command: IssueTicket) -> tuple[Queue, tuple[str, ...]] | Refusal:
    """Return the first queue and the queues after it, or what is wrong with the wish itself."""
    wanted = []
    for code in command.services:
        service = book.services.get(code)
        if service is None:
            return Refusal("unknown_service", {"service": code})
        wanted.append(service.queue)
    first = command.queue if command.queue is not None else wanted[0] if wanted else None
    if first is None:
        return Refusal("queue_or_services")
    queue = book.queues.get(first)
    if queue is None:
        return Refusal("unknown_queue", {"queue": first})
    if command.priority is not None and command.priority not in book.priorities:
        return Refusal("unknown_priority", {"priority": command.priority})
    if queue.headcount and command.headcount is None:
        return Refusal("headcount_needed", {"queue": queue.id})
    if command.headcount is not None and not 0 < command.headcount <= _MOST_HEADS:
        return Refusal("bad_value", {"field": "headcount"})
    if not wanted:
        return queue, ()
    todo = dict.fromkeys(other for other in wanted if other != queue.id and other in book.queues)
    return queue, tuple(todo)


def _not_open(state: State, book: Book, command: IssueTicket, queue: Queue, now: Moment) -> Refusal | None:
    if not command.id.startswith(_ID):
        return Refusal("bad_value", {"field": "id"})
    if command.id in state.tickets:
        return Refusal("id_taken", {"ticket": command.id})
    if state.day is None and state.question is None:
        return Refusal("no_day")
    if command.test:
        return None
    if closed(state):
        return Refusal("day_closed", next_tickets(book, queue, now, skip_today=True))
    if command.appointment is not None:
        return None  # a time was promised, and it is now
    if state.queues[queue.id].closed:
        return Refusal("queue_closed", {"queue": queue.id})
    if clock.trusted(state) and not clock.gives_tickets(book, now, queue.id):
        today = clock.local(book, now).date()
        return Refusal("closed" if book.plan(today) else "not_today", next_tickets(book, queue, now))
    return None


def next_tickets(book: Book, queue: Queue, now: Moment, *, skip_today: bool = False) -> dict[str, str | None]:
    """Return when numbers are given again, for refusals that say so."""
    at = clock.local(book, now)
    if skip_today:
        at = at.replace(hour=23, minute=59, second=59)
    start = clock.next_tickets(book, at, queue.id)
    if start is None:
        return {"queue": queue.id, "date": None, "time": None}
    return {"queue": queue.id, "date": start.date().isoformat(), "time": start.strftime("%H:%M")}


def _not_for_them(
    state: State, book: Book, command: IssueTicket, queue: Queue, now: Moment
) -> Refusal | None:
    ticketing = book.rules.policy.ticketing
    appointed = command.appointment is not None
    if not appointed and queue.quota is not None and state.queues[queue.id].issued >= queue.quota:
        return Refusal("quota_reached", {"queue": queue.id, "quota": queue.quota})
    if command.identity is not None:
        refusal = has_enough(state, book, command.identity, queue)
        if refusal is not None:
            return refusal
    known = appointed or command.assisted_by is not None or command.identity is not None
    if counts_as_burst(command.by) and not known:
        left = _hasty(state.slips.get(command.by.id, []), ticketing, now)
        if left > 0:
            limit, seconds = ticketing.burst_slips, ticketing.burst_s
            return Refusal("burst", {"limit": limit, "seconds": seconds, "retry_ms": left})
    return None


def has_enough(state: State, book: Book, identity: str, queue: Queue) -> Refusal | None:
    """Return the refusal of another place for a person who has as many as one may have."""
    most = book.rules.policy.ticketing.per_person_open
    theirs = [state.tickets[ticket] for ticket in state.index.identities.get(identity, ())]
    present = [ticket.number for ticket in theirs if ticket.state in _HERE]
    if not 0 < most <= len(present):
        return None
    return Refusal("duplicate_person", {"number": present[-1], "queue": queue.id})


def _hasty(slips: list[int], ticketing: Ticketing, now: Moment) -> int:
    """Return for how long yet the latest slips of a kiosk look like one person's; 0: they do not."""
    limit, gap_ms = ticketing.burst_slips, ticketing.burst_gap_s * 1000
    if not 0 < limit <= len(slips):
        return 0
    run = slips[-limit:]
    left = run[0] + ticketing.burst_s * 1000 - now.at
    if gap_ms:
        one_hand = all(later - sooner < gap_ms for sooner, later in pairwise((*run, now.at)))
        left = min(left, run[-1] + gap_ms - now.at) if one_hand else 0
    return max(left, 0)


def counts_as_burst(by: By) -> bool:
    """Return whether tickets come straight from a citizen at a kiosk, with nobody watching."""
    return by.role == "kiosk" or by.kind == "device"


def _paper_range(state: State, command: EnterPaperRange, now: Moment) -> Decision:
    book = state.book
    if book is None:
        return Refusal("no_settings")
    queue = book.queues.get(command.queue)
    if queue is None:
        return Refusal("unknown_queue", {"queue": command.queue})
    if state.day is None and state.question is None:
        return Refusal("no_day")
    if closed(state):
        return Refusal("day_closed", next_tickets(book, queue, now, skip_today=True))
    count = command.last - command.first + 1
    last = last_count(state, queue.prefix)
    widest = 10 ** max(queue.digits, len(str(last))) - 1  # what a roll of this queue can have printed on it
    if command.first < 1 or not 0 < count <= _MOST_PAPER or command.last > widest:
        return Refusal("bad_range", {"first": command.first, "last": command.last, "most": _MOST_PAPER})
    good = {name for name in command.ids if name.startswith(_ID)}
    if len(command.ids) != count or len(command.codes) != count or len(good) != count:
        return Refusal("bad_value", {"field": "ids"})
    taken = [ticket for ticket in command.ids if ticket in state.tickets]
    if taken:
        return Refusal("id_taken", {"ticket": taken[0]})
    if command.first <= last:
        return Refusal("numbers_taken", {"last": number_text(queue.prefix, last, queue.digits)})
    return [
        PaperRangeEntered(
            by=command.by,
            queue=queue.id,
            prefix=queue.prefix,
            first=command.first,
            last=command.last,
            tickets=tuple(
                PaperTicket(
                    ticket=ticket,
                    code=code,
                    number=number_text(queue.prefix, command.first + step, queue.digits),
                    count=command.first + step,
                    place=(now.at, (state.arrivals + 1 + step) * TIE_STEP),
                )
                for step, (ticket, code) in enumerate(zip(command.ids, command.codes, strict=True))
            ),
        )
    ]


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    IssueTicket: _issue,
    EnterPaperRange: _paper_range,
}
