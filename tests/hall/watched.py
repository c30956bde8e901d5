"""A hall under watch: every decision and every state is held against the promises."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from kioskd.hall import commands as c
from kioskd.hall import events as e
from kioskd.hall import queries
from kioskd.hall.decide import decide
from kioskd.hall.index import Index, privileged
from kioskd.hall.model import OPEN_STATES, Ticket, TicketState
from kioskd.hall.refusal import CODES, Refusal
from kioskd.hall.rules import Calling, Order, OrderMode
from kioskd.hall.state import dump
from kioskd.hall.watch import longest_waiting
from tests.hall.conftest import CLOCK, ELDERLY, SOLDIER, STAFF, Hall, make_calendar, make_policy, make_rules

CAP_MIN = 15.0
_ENDS = (e.TicketFinished, e.TicketCancelled, e.TicketVoided, e.TicketEnded)


class Watched:
    """A hall that is open day and night, with three windows staffed."""

    def __init__(self, mode: OrderMode, k: int) -> None:
        order = Order(mode=mode, k=k, n=3, cap_min=CAP_MIN, priorities=(ELDERLY, SOLDIER))
        always = msgspec.structs.replace(
            make_calendar().sessions[0],
            tickets_from="00:00",
            tickets_until="24:00",
            serve_from="00:00",
            serve_until="24:00",
            weekdays=(),
        )
        calendar = make_calendar(sessions=(always,))
        calling = Calling(no_show_calls=2, no_show_after_s=20, need_announced=mode is OrderMode.STRICT)
        policy = make_policy(order=order, calling=calling)
        self.hall = Hall(make_rules(policy=policy, calendar=calendar)).boot()
        self.seen: Counter[str] = Counter()
        self.given: dict[str, set[str]] = {}
        self.ended: dict[str, str] = {}
        self.called: set[str] = set()
        self.no_show: set[str] = set()
        self.snapshot: tuple[int, bytes] | None = None
        self.staff()

    def staff(self) -> None:
        """Put a teller at every window."""
        for window, teller in (("1", "li"), ("2", "wang"), ("3", "zhao")):
            self.do(c.SignIn(by=STAFF, window=window, teller=teller))

    def do(self, command: Any) -> tuple[e.Event, ...]:
        """Decide, look at what was decided, and apply it; a refusal gives nothing."""
        before = dump(self.hall.state)
        starving = self._starving()
        decision = decide(self.hall.state, command, self.hall.now)
        assert dump(self.hall.state) == before, "decide changed the state"
        if isinstance(decision, Refusal):
            assert decision.code in CODES
            msgspec.json.encode(decision)
            self.seen[decision.code] += 1
            return ()
        for event in decision:
            self.seen[type(event).__name__] += 1
            self._watch(event, starving)
        self.hall.do(command)
        return decision

    def tick(self) -> None:
        """Let everything that is due happen."""
        for _ in range(20):
            if not self.do(c.Tick(by=CLOCK)):
                return
        raise AssertionError("time does not come to rest")

    def wait(self, seconds: float) -> None:
        """Let time pass, looking at the clock twice a minute."""
        left = seconds
        while left > 0:
            step = min(30, left)
            self.hall.at += round(step * 1000)
            self.hall.wall += round(step * 1000)
            self.tick()
            left -= step

    def power_off(self, hours: float) -> None:
        """Power goes, and comes again."""
        self.hall.at += round(min(hours, 12) * 3_600_000)
        self.hall.wall += round(hours * 3_600_000)
        self.do(c.StartHub(by=CLOCK, boot="again"))
        self.tick()

    def remember(self) -> None:
        """Take the snapshot that the end is compared with."""
        self.snapshot = (len(self.hall.journal), dump(self.hall.state))

    # --- promises about events ------------------------------------------------------------------

    def _starving(self) -> list[Ticket]:
        """Ordinary tickets that have waited for the cap and longer."""
        cap = self.hall.at - round(CAP_MIN * 60_000)
        return [
            ticket
            for ticket in self.hall.state.tickets.values()
            if ticket.state is TicketState.WAITING and not privileged(ticket) and ticket.place[0] <= cap
        ]

    def _watch(self, event: e.Event, starving: list[Ticket]) -> None:
        if isinstance(event, e.DayOpened):
            self._day_over(event)
        elif isinstance(event, e.TicketIssued):
            self._give(event.number)
        elif isinstance(event, e.PaperRangeEntered):
            for paper in event.tickets:
                self._give(paper.number)
        elif isinstance(event, _ENDS):
            assert event.ticket not in self.ended, "a ticket ended twice"
            self.ended[event.ticket] = type(event).__name__
            self.no_show.discard(event.ticket)
        elif isinstance(event, e.TicketCalled):
            assert event.ticket not in self.ended, "an ended ticket was called"
            self.called.add(event.ticket)
            self.no_show.discard(event.ticket)
            if not event.by_hand:
                self._nobody_starves(event, starving)
        elif isinstance(event, e.TicketNoShow):
            self.no_show.add(event.ticket)
        elif isinstance(event, e.TicketReturned):
            self.no_show.discard(event.ticket)

    def _give(self, number: str) -> None:
        day = self.hall.state.day
        numbers = self.given.setdefault(day.date if day else "", set())
        assert number not in numbers, f"{number} was given twice"
        numbers.add(number)

    def _nobody_starves(self, call: e.TicketCalled, starving: list[Ticket]) -> None:
        state = self.hall.state
        called, window, book = state.tickets[call.ticket], state.windows[call.window], state.book
        assert book is not None
        lines = book.lines(window.id, window.teller, window.reach)
        if not privileged(called) or window.teller is None:
            return
        for ticket in starving:
            bound = ticket.bound_teller is not None or ticket.bound_window is not None
            if bound or ticket.test or ticket.id == call.ticket:
                continue
            if ("s:" if ticket.special else "q:") + ticket.queue in lines:
                assert called.issued_at <= ticket.place[0], f"{called.number} passed {ticket.number}"

    def _day_over(self, event: e.DayOpened) -> None:
        for name in self.called:
            if name not in event.kept:
                assert (name in self.ended) != (name in self.no_show), f"{name} did not end in one way"
        self.called &= set(event.kept)
        # Ids are unique for a day; the shell makes them at random.
        self.ended = {name: how for name, how in self.ended.items() if name in event.kept}

    # --- promises about states ------------------------------------------------------------------

    def check(self) -> None:
        """Hold the present state against the promises."""
        self._one_ticket_one_window()
        self._nobody_waits_in_vain()
        self._index_is_right()
        self._pages_can_be_made()

    def _one_ticket_one_window(self) -> None:
        state = self.hall.state
        at = [window.ticket for window in state.windows.values() if window.ticket is not None]
        assert len(at) == len(set(at)), "a ticket is at two windows"
        for window in state.windows.values():
            if window.ticket is not None:
                ticket = state.tickets[window.ticket]
                assert ticket.state in (TicketState.CALLED, TicketState.SERVING)
                assert ticket.window == window.id
        for ticket in state.tickets.values():
            if ticket.state in (TicketState.CALLED, TicketState.SERVING):
                assert ticket.id in at, "a ticket is at no window"

    def _nobody_waits_in_vain(self) -> None:
        state = self.hall.state
        longest: dict[str, int] = {}
        for ticket in state.tickets.values():
            if ticket.state is TicketState.WAITING:
                assert ticket.queue not in ticket.todo, "an errand is to be done twice"
                if ticket.bound_window is not None:
                    assert queries.staffed(state, ticket.bound_window), f"{ticket.number} waits for nobody"
                if not ticket.test:
                    longest[ticket.queue] = min(longest.get(ticket.queue, ticket.queued_at), ticket.queued_at)
        found = longest_waiting(state)
        assert {queue: ticket.queued_at for queue, ticket in found.items()} == longest

    def _index_is_right(self) -> None:
        state, fresh = self.hall.state, Index()
        fresh.rebuild(state)
        assert _lines(state.index) == _lines(fresh)
        assert state.index.waiting_total == fresh.waiting_total
        assert {q: n for q, n in state.index.waiting.items() if n} == fresh.waiting
        assert state.index.pools == fresh.pools
        assert state.index.jobs == fresh.jobs
        assert state.index.by_number == fresh.by_number
        assert state.index.identities == fresh.identities
        assert state.index.appointments == fresh.appointments
        assert state.index.appointment_codes == fresh.appointment_codes
        assert state.index.expected == fresh.expected
        assert state.index.remote == fresh.remote
        assert set(state.index.slots) <= set(fresh.slots)

    def _pages_can_be_made(self) -> None:
        state = self.hall.state
        for window in state.windows:
            queries.window_open(state, window)
        for queue in state.queues:
            queries.newcomer(state, queue, self.hall.now)
        for ticket in state.tickets.values():
            queries.place(state, ticket.id)
        queries.last_calls(state, 5)

    def end(self) -> None:
        """Replay the journal, and see the day out."""
        assert dump(self.hall.replayed()) == dump(self.hall.state), "replay makes another state"
        if self.snapshot is not None:
            after, data = self.snapshot
            assert dump(self.hall.replayed(after, data)) == dump(self.hall.state)
        self.power_off(24)
        for ticket in self.hall.state.tickets.values():
            assert ticket.state in OPEN_STATES or ticket.id in self.ended


def _lines(index: Index) -> dict[str, tuple[list[Any], list[Any]]]:
    return {name: (list(line.ordinary), list(line.privileged)) for name, line in index.lines.items()}
