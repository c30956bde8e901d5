"""A small hall to test rules with, and a driver that keeps its journal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kioskd.hall import commands as c
from kioskd.hall.apply import apply
from kioskd.hall.codec import decode, encode
from kioskd.hall.deadlines import next_deadline
from kioskd.hall.decide import decide
from kioskd.hall.events import Event, TicketCalled
from kioskd.hall.model import Ticket
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import (
    Calendar,
    Name,
    Order,
    Policy,
    Priority,
    Queue,
    RosterEntry,
    Rules,
    Service,
    ServiceClass,
    Session,
    Teller,
    Ticketing,
    Window,
    YearCalendar,
    Zone,
)
from kioskd.hall.state import State, dump, load, new_state

CLOCK = c.By(kind="system", id="clock")
KIOSK = c.By(kind="device", id="kiosk-1", role="kiosk")
STAFF = c.By(kind="person", id="lead", role="lead")
CITY = c.By(kind="system", id="central", role="central", via="sync")
KEYPAD = c.By(kind="device", id="keypad", via="keypad")

ELDERLY = Priority(id="elderly", name=Name(zh="老年", en="Elderly"), credit_min=20.0)
SOLDIER = Priority(id="soldier", name=Name(zh="军人", en="Soldier"), credit_min=30.0, verify=False)


def _name(text: str) -> Name:
    return Name(zh=text, en=text)


def make_policy(**changes: Any) -> Policy:
    """Rules of the test hall: no limit on slips at the kiosk, two priorities."""
    fields: dict[str, Any] = {
        "order": Order(priorities=(ELDERLY, SOLDIER)),
        "ticketing": Ticketing(burst_slips=0),
        **changes,
    }
    return Policy(**fields)


def make_calendar(**changes: Any) -> Calendar:
    """Monday to Friday 8:30–12:00 and 14:00–17:30; tickets from 8:00 and until half an hour before."""
    fields: dict[str, Any] = {
        "sessions": (
            Session(
                id="am",
                name=_name("上午"),
                tickets_from="08:00",
                tickets_until="11:30",
                serve_from="08:30",
                serve_until="12:00",
            ),
            Session(
                id="pm",
                name=_name("下午"),
                tickets_from="13:30",
                tickets_until="17:00",
                serve_from="14:00",
                serve_until="17:30",
            ),
        ),
        "years": (YearCalendar(year=2025), YearCalendar(year=2026), YearCalendar(year=2027)),
        **changes,
    }
    return Calendar(**fields)


def make_rules(**changes: Any) -> Rules:
    """Three windows: 1 and 2 do general, company and advice work, 3 also special work."""
    general = ("general", "company", "advice")
    fields: dict[str, Any] = {
        "hall": "test",
        "name": _name("测试大厅"),
        "zones": (Zone(id="a", name=_name("A区")), Zone(id="b", name=_name("B区"))),
        "queues": (
            Queue(id="general", prefix="A", name=_name("综合业务"), zone="a"),
            Queue(
                id="company", prefix="C", name=_name("单位业务"), zone="a", headcount=True, in_estimate=False
            ),
            Queue(
                id="special", prefix="S", name=_name("特殊业务"), zone="b", service_class=ServiceClass.SPECIAL
            ),
            Queue(id="advice", prefix="Z", name=_name("咨询"), zone="b", advisory=True, expected_minutes=3.0),
        ),
        "services": (
            Service(code="pension", name=_name("养老"), queue="general"),
            Service(code="medical", name=_name("医疗"), queue="general"),
            Service(code="register", name=_name("登记"), queue="company"),
            Service(code="injury", name=_name("工伤"), queue="special"),
            Service(code="audit", name=_name("审核"), queue="general", service_class=ServiceClass.SPECIAL),
        ),
        "windows": (
            Window(id="1", zone="a", equipped=general),
            Window(id="2", zone="a", equipped=general),
            Window(id="3", zone="b", equipped=(*general, "special")),
        ),
        "tellers": (
            Teller(id="li", name="李", staff_no="001", skills=general),
            Teller(id="wang", name="王", staff_no="002", skills=general),
            Teller(id="zhao", name="赵", staff_no="003", skills=(*general, "special")),
        ),
        "roster": (RosterEntry(window="1", teller="li"),),
        "calendar": make_calendar(),
        "policy": make_policy(),
        **changes,
    }
    return Rules(**fields)


class Hall:
    """Decides and applies; every event goes through its bytes, as it would through the journal."""

    def __init__(self, rules: Rules | None = None, start: str = "2026-03-02 08:30:00") -> None:
        self.state: State = new_state()
        self.rules = rules if rules is not None else make_rules()
        self.at = 1_000
        self.wall = wall_of(start, self.rules)
        self.journal: list[tuple[str, int, bytes, Moment, tuple[int, int]]] = []
        self.epoch = 1
        self._tickets = 0

    @property
    def now(self) -> Moment:
        return Moment(self.at, self.wall)

    # --- time ---------------------------------------------------------------------------------

    def boot(self, **fields: Any) -> Hall:
        """Start the process as the hub does."""
        self.do(c.StartHub(by=CLOCK, boot="b", **fields))
        self.tick()
        self.do(c.ApplySettings(by=CLOCK, rules=self.rules))
        self.tick()
        return self

    def tick(self, witness: tuple[str, ...] = ()) -> list[Event]:
        """Let everything that is due happen."""
        events: list[Event] = []
        for _ in range(50):
            made = self.do(c.Tick(by=CLOCK, witness=witness))
            events += made
            due = next_deadline(self.state, self.now)
            if due is None or due > self.at:
                return events
            assert made, f"the tick at {self.at} did nothing about the deadline {due}"
        raise AssertionError("time does not come to rest")

    def wait(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0) -> list[Event]:
        """Let time pass, ticking at every deadline."""
        end = self.at + round((seconds + minutes * 60 + hours * 3600) * 1000)
        events: list[Event] = []
        while True:
            due = next_deadline(self.state, self.now)
            if due is None or due > end:
                break
            self._advance(max(due, self.at))
            events += self.tick()
        self._advance(end)
        return events

    def wait_until(self, text: str) -> list[Event]:
        """Let time pass until the wall clock shows ``text``."""
        return self.wait((wall_of(text, self.rules) - self.wall) / 1000)

    def power_off(self, until: str, *, clock_shows: str | None = None) -> None:
        """Be off until ``until``; then the clock shows that, or something wrong."""
        before = self.wall
        self.wall = wall_of(clock_shows or until, self.rules)
        self.at += min(max(self.wall - before, 0), 12 * 3_600_000)

    def _advance(self, at: int) -> None:
        self.wall += at - self.at
        self.at = at

    # --- asking -------------------------------------------------------------------------------

    def ask(self, command: c.Command) -> tuple[Event, ...] | Refusal:
        """Decide, and apply what was decided."""
        decision = decide(self.state, command, self.now)
        if isinstance(decision, Refusal):
            return decision
        events = []
        for event in decision:
            kind, version, body = encode(event)
            position = (self.epoch, len(self.journal) + 1)
            self.journal.append((kind, version, body, self.now, position))
            read = decode(kind, version, body)
            assert read == event
            apply(self.state, read, self.now, position)
            events.append(read)
        return tuple(events)

    def do(self, command: c.Command) -> tuple[Event, ...]:
        """Ask for something that is allowed."""
        decision = self.ask(command)
        assert not isinstance(decision, Refusal), decision
        return decision

    def refused(self, command: c.Command) -> Refusal:
        """Ask for something that is not allowed."""
        decision = self.ask(command)
        assert isinstance(decision, Refusal), decision
        return decision

    def issue(self, queue: str | None = "general", **fields: Any) -> Ticket:
        """Take a ticket at the kiosk."""
        self.do(self.issue_command(queue, **fields))
        return self.state.tickets[f"t_{self._tickets}"]

    def issue_command(self, queue: str | None = "general", **fields: Any) -> c.IssueTicket:
        self._tickets += 1
        fields.setdefault("by", KIOSK)
        return c.IssueTicket(id=f"t_{self._tickets}", code=f"code-{self._tickets}", queue=queue, **fields)

    def book(self, name: str = "a_1", start: str = "09:00", end: str = "09:30", **fields: Any) -> str:
        """Take an appointment from the city; return what is kept of its code."""
        fields = {"queue": "general", "date": "2026-03-02", "code": f"code-{name}"} | fields
        self.do(c.BookAppointment(by=CITY, id=name, start=start, end=end, **fields))
        return str(fields["code"])

    def sign_in(self, window: str = "1", teller: str = "li", **fields: Any) -> None:
        self.do(c.SignIn(by=STAFF, window=window, teller=teller, **fields))

    def call(self, window: str = "1", **fields: Any) -> Ticket | None:
        """Press next on the page; return the ticket called."""
        events = self.do(c.CallNext(by=STAFF, window=window, **fields))
        called = [event for event in events if isinstance(event, TicketCalled)]
        assert len(called) <= 1
        return self.state.tickets[called[0].ticket] if called else None

    def key(self, key: str, window: str = "1", **fields: Any) -> tuple[Event, ...]:
        """Press a key of the keypad, long after the one before."""
        self.wait(1)
        return self.do(c.PressKey(by=KEYPAD, window=window, key=key, **fields))

    def serve(self, window: str = "1", minutes: float = 5, **fields: Any) -> Ticket | None:
        """Call, serve and finish one ticket."""
        ticket = self.call(window)
        if ticket is not None:
            self.do(c.StartService(by=STAFF, window=window))
            self.wait(minutes=minutes)
            self.do(c.FinishTicket(by=STAFF, window=window, **fields))
        return ticket

    def announce(self, ticket: Ticket) -> None:
        """Let the window's sign confirm the latest call."""
        self.do(c.ReportAnnounced(by=CLOCK, ticket=ticket.id, call=len(ticket.calls), device="sign"))

    def at_window(self, window: str = "1") -> Ticket | None:
        name = self.state.windows[window].ticket
        return self.state.tickets[name] if name is not None else None

    # --- replay -------------------------------------------------------------------------------

    def replayed(self, after: int = 0, snapshot: bytes | None = None) -> State:
        """Return the state that the journal's bytes make, from the start or after a snapshot."""
        state = load(snapshot) if snapshot is not None else new_state()
        for kind, version, body, now, position in self.journal[after:]:
            apply(state, decode(kind, version, body), now, position)
        return state

    def same_after_replay(self) -> None:
        assert dump(self.replayed()) == dump(self.state)


def wall_of(text: str, rules: Rules) -> int:
    """Wall milliseconds of a local time."""
    local = datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(minutes=rules.utc_offset_min)
    return round(local.timestamp() * 1000)


@pytest.fixture
def hall() -> Hall:
    """A hall on Monday, 2 March 2026, 8:30, with 李 at window 1."""
    hall = Hall().boot()
    hall.sign_in()
    return hall
