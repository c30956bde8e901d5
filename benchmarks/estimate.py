"""The wait estimate against a plain baseline, on seeded days of several shapes run through the real rules.

Baseline: people ahead × median of the queue's last 20 services ÷ windows open for it. What is compared is the
expected wait at the moment of the ticket with the wait until its first call; no wall time passes.
"""

from __future__ import annotations

import datetime
import heapq
import random
import statistics
from collections import deque
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import msgspec
from msgspec import structs

from benchmarks.report import Figure
from kioskd.demo.arrivals import WORKING_DAY, DayShape, arrivals
from kioskd.demo.behaviour import Citizen, breather, citizen, habits
from kioskd.hall import commands as c
from kioskd.hall.apply import apply
from kioskd.hall.deadlines import next_deadline
from kioskd.hall.decide import decide
from kioskd.hall.estimate import expected
from kioskd.hall.events import Event, TicketCalled
from kioskd.hall.moment import Moment
from kioskd.hall.order import TIE_STEP
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import Calendar, Calling, Name, Rules, Session, Ticketing
from kioskd.hall.state import new_state
from kioskd.settings.read import load

BY = c.By("system", "simulated")
BETTER = 0.75
"""Our p90 error may be this share of the baseline's."""
SEEDS = (1, 2, 3)
HOUR = 3_600_000
MIN_S = 1_000

RUSH = DayShape(points=((8.5, 2.0), (9.5, 2.4), (10.5, 1.2), (12.0, 0.5), (14.0, 0.9), (17.0, 0.3)))
EVEN = DayShape(points=((8.5, 1.0), (17.0, 1.0)))


class Shape(msgspec.Struct, frozen=True):
    """A kind of day. ``load`` scales the citizens that the windows can just bear."""

    name: str
    arrivals: DayShape
    citizens: float
    windows: int
    load: float = 1.0


SHAPES = (
    Shape("ordinary", WORKING_DAY, 420, 10, 1.2),
    Shape("after a holiday", RUSH, 480, 10, 1.35),
    Shape("even, few windows", EVEN, 160, 4, 1.3),
    Shape("windows missing", WORKING_DAY, 300, 7, 1.25),
)


class Simulated:
    """One hall over some days; every wait is remembered with both estimates of it, in milliseconds."""

    def __init__(self, rules: Rules, shape: Shape, seed: int) -> None:
        self.state = new_state()
        self.rules, self.shape, self.dice = rules, shape, random.Random(seed)
        self.at = 0
        self.wall = round(datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC).timestamp() * 1000)
        self.wall -= rules.utc_offset_min * 60_000
        self.midnight = self.at
        self.seq = 0
        self.tickets = 0
        self.waits: list[tuple[float, float, float]] = []
        self._guessed: dict[str, tuple[int, float, float]] = {}
        self._recent = {queue.id: deque[float](maxlen=20) for queue in rules.queues}
        self._people = habits(
            rules.queues,
            windows=shape.windows,
            citizens=shape.citizens / shape.load,
            hours=8.5,
        )
        self._came: dict[str, Citizen] = {}
        self.do(c.StartHub(by=BY, boot="b"))
        self.do(c.Tick(by=BY))
        self.do(c.ApplySettings(by=BY, rules=rules))
        self.do(c.Tick(by=BY))
        self.open = [window.id for window in rules.windows][: shape.windows]
        self.speed = {window: self.dice.lognormvariate(0, 0.2) for window in self.open}

    @property
    def now(self) -> Moment:
        return Moment(self.at, self.wall)

    def do(self, command: c.Command) -> tuple[Event, ...]:
        """Decide and apply; nothing where it is refused."""
        decision = decide(self.state, command, self.now)
        if isinstance(decision, Refusal):
            return ()
        for event in decision:
            self.seq += 1
            self.noted(event)
            apply(self.state, event, self.now, (1, self.seq))
        return tuple(decision)

    def noted(self, event: Event) -> None:
        """Hear of an event, right before it is applied."""

    def pass_to(self, at: int) -> None:
        """Let time pass, ticking at every deadline."""
        while (due := next_deadline(self.state, self.now)) is not None and due <= at:
            self._move(max(due, self.at))
            if not self.do(c.Tick(by=BY)):
                break
        self._move(at)

    def _move(self, at: int) -> None:
        if at > self.at:
            self.wall += at - self.at
            self.at = at

    def day(self, measured: bool) -> None:
        """Run one day; what it teaches stays."""
        self.pass_to(self.midnight + 8 * HOUR)
        self.do(c.Tick(by=BY))
        for window, teller in zip(self.open, self.rules.tellers, strict=False):
            self.do(c.SignIn(by=BY, window=window, teller=teller.id))
        due: list[tuple[int, int, str, str]] = []
        for n, hour in enumerate(arrivals(self.shape.arrivals, self.shape.citizens, self.dice)):
            heapq.heappush(due, (self.midnight + round(hour * HOUR), n, "comes", ""))
        for window in self.open:
            heapq.heappush(due, (self.midnight + round(8.5 * HOUR), 0, "free", window))
        end = self.midnight + 19 * HOUR
        while due and due[0][0] < end:
            at, n, what, window = heapq.heappop(due)
            self.pass_to(at)
            if what == "comes":
                self._comes(measured)
                continue
            if what == "back":
                self.do(c.Resume(by=BY, window=window))
            after = self._free(window)
            heapq.heappush(due, (self.at + after[0], n + 1, after[1], window))
        self.midnight += 24 * HOUR

    def _comes(self, measured: bool) -> None:
        person = citizen(self._people, self.dice)
        self.tickets += 1
        name = f"t_{self.tickets}"
        key = (self.at, (self.state.arrivals + 1) * TIE_STEP, "")
        ours = expected(self.state, person.queue, key, False, self.now)
        if not self.do(c.IssueTicket(by=BY, id=name, code=name, queue=person.queue)) or ours is None:
            return
        self._came[name] = person
        if measured:
            recent, pool = self._recent[person.queue], self.state.index.pools[person.queue][0]
            minutes = next(q.expected_minutes for q in self.rules.queues if q.id == person.queue)
            median = statistics.median(recent) if recent else minutes * 60_000
            self._guessed[name] = self.at, ours.mean_ms, ours.ahead * median / len(pool)

    def _free(self, window: str) -> tuple[int, str]:
        """A window is free: end what was there, call, serve; return when it is free again."""
        place = self.state.windows[window]
        if place.ticket is not None:
            ticket = self.state.tickets[place.ticket]
            if ticket.called_at is not None:
                self._recent[ticket.queue].append(self.at - ticket.called_at)
            self.do(c.FinishTicket(by=BY, window=window))
            pause = breather(self.dice)
            if pause is not None:
                self.do(c.Pause(by=BY, window=window))
                return round(pause.seconds * 1000), "back"
        called = [e for e in self.do(c.CallNext(by=BY, window=window)) if isinstance(e, TicketCalled)]
        if not called:
            return 15 * MIN_S, "free"
        name = called[0].ticket
        if name in self._guessed:
            came, ours, plain = self._guessed.pop(name)
            self.waits.append((self.at - came, ours, plain))
        person = self._came.pop(name)
        waited = called[0].waited_ms / 1000
        if person.patience_s < waited:
            self._move(self.at + 45 * MIN_S)
            self.do(c.MarkNoShow(by=BY, window=window))
            return 5 * MIN_S, "free"
        self.do(c.StartService(by=BY, window=window))
        taken = person.walk_s + person.service_s * self.speed[window]
        return round(taken * 1000), "free"


def errors(shape: Shape, days: int = 2, seeds: Sequence[int] = SEEDS) -> tuple[list[float], list[float]]:
    """Return how far (minutes) ours and the baseline were from every real wait, after a day of learning."""
    rules = simulated_rules()
    ours: list[float] = []
    plain: list[float] = []
    for seed in seeds:
        hall = Simulated(rules, shape, seed)
        for n in range(days + 1):
            hall.day(measured=n > 0)
        ours += [abs(real - guess) / 60_000 for real, guess, _ in hall.waits]
        plain += [abs(real - guess) / 60_000 for real, _, guess in hall.waits]
    return ours, plain


def simulated_rules() -> Rules:
    """Return the sample hall, open without breaks: the baseline knows none."""
    rules = load(Path(str(files("kioskd"))).parent / "config" / "sample" / "hall.toml").rules
    name = Name(zh="全天", en="all day")
    session = Session(
        id="all",
        name=name,
        tickets_from="08:00",
        tickets_until="17:30",
        serve_from="08:00",
        serve_until="19:30",
        weekdays=(),
    )
    policy = structs.replace(
        rules.policy,
        ticketing=Ticketing(burst_slips=0),
        calling=Calling(need_announced=False, no_show_after_s=0, no_show_calls=1, debounce_ms=0),
    )
    calendar = Calendar(sessions=(session,), needs_year_file=False)
    return structs.replace(rules, calendar=calendar, policy=policy)


def p90(values: list[float]) -> float:
    """Return the 90th percentile by nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * 9 // 10) - 1)]


def run() -> Iterator[Figure]:
    """Compare on every shape, and on all together."""
    all_ours: list[float] = []
    all_plain: list[float] = []
    for shape in SHAPES:
        ours, plain = errors(shape)
        all_ours += ours
        all_plain += plain
        yield _figure(shape.name, ours, plain)
    yield _figure("all shapes", all_ours, all_plain)


def _figure(name: str, ours: list[float], plain: list[float]) -> Figure:
    return Figure(
        f"p90 error of the wait, {name}",
        p90(ours),
        p90(plain) * BETTER,
        "min",
        "wait estimate",
        note=f"baseline {p90(plain):.1f} min, {len(ours)} waits, medians "
        f"{statistics.median(ours):.1f} and {statistics.median(plain):.1f} min",
    )
