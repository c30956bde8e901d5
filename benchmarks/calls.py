"""The heart alone: the next call with 100,000 waiting against 10, cancelled ones among them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.hubs import DEMO_HALL
from benchmarks.report import Figure, p50
from kioskd.hall.apply import apply
from kioskd.hall.commands import (
    ApplySettings,
    By,
    CallNext,
    CancelTicket,
    Command,
    FinishTicket,
    IssueTicket,
    SignIn,
    StartHub,
    Tick,
)
from kioskd.hall.decide import decide
from kioskd.hall.events import Event
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import Rules
from kioskd.hall.state import State, new_state
from kioskd.settings import load

BY = By(kind="system", id="bench")
ROUNDS = 300
MONDAY = 1_767_574_800_000  # 2026-01-05 09:00 in the hall


class Hall:
    """A heart and a clock."""

    def __init__(self, rules: Rules) -> None:
        self.state: State = new_state()
        self.at = MONDAY
        self.seq = 0
        for command in (
            StartHub(by=BY, boot="bench"),
            Tick(by=BY),
            ApplySettings(by=BY, rules=rules),
            Tick(by=BY),
            SignIn(by=BY, window="1", teller="d01"),
        ):
            self.do(command)

    def do(self, command: Command) -> tuple[Event, ...]:
        """Decide and apply; a refusal is a fault of the benchmark."""
        now = Moment(self.at, self.at)
        decision = decide(self.state, command, now)
        if isinstance(decision, Refusal):
            raise RuntimeError(f"{command}: {decision}")
        for event in decision:
            self.seq += 1
            apply(self.state, event, now, (1, self.seq))
        return decision


def _seconds_a_call(hall: Hall, waiting: int) -> list[float]:
    seed = random.Random(waiting)
    queues = ("general", "card", "employer")
    for n in range(waiting):
        hall.at += 10
        hall.do(IssueTicket(by=BY, id=f"t_{waiting}_{n}", code=f"c{waiting}{n}", queue=seed.choice(queues)))
    victims = seed.sample(range(waiting), waiting // 3)
    for n in victims:
        hall.do(CancelTicket(by=BY, ticket=f"t_{waiting}_{n}"))
    taken = []
    for n in range(ROUNDS):
        # One comes for each that is called, so that as many wait all the time.
        hall.at += 30_000
        hall.do(IssueTicket(by=BY, id=f"t_{waiting}x{n}", code=f"x{waiting}{n}", queue="general"))
        begin = time.perf_counter()
        events = hall.do(CallNext(by=BY, window="1"))
        taken.append(time.perf_counter() - begin)
        if not events:
            raise RuntimeError("nothing was called")
        hall.at += 30_000
        hall.do(FinishTicket(by=BY, window="1"))
    return taken


def run() -> Iterator[Figure]:
    """Measure decide and apply of the next call."""
    rules = load(Path(DEMO_HALL)).rules
    few = p50(_seconds_a_call(Hall(rules), 10))
    many = p50(_seconds_a_call(Hall(rules), 100_000))
    yield Figure(
        "call-next with 100,000 waiting, decide + apply",
        many * 1e6,
        2 * few * 1e6,
        "µs",
        "≤ 2 × with 10 waiting",
        note=f"10 waiting: {few * 1e6:.0f} µs",
    )
