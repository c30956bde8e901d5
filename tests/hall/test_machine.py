"""What no sequence of commands and no passing of time may break."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kioskd.hall import commands as c
from kioskd.hall import lane
from kioskd.hall.model import TicketState
from kioskd.hall.rules import OrderMode
from tests.hall.anything import commands
from tests.hall.conftest import CLOCK, KEYPAD, KIOSK, STAFF
from tests.hall.watched import Watched

_WINDOWS = st.sampled_from(["1", "2", "3"])
_NOT_ANY_TIME = (c.StartHub, c.ConfirmDay, c.CloseDay, c.Tick, c.ApplySettings)


class WorkingHall(RuleBasedStateMachine):
    """A hall that people use, sensibly and not, on one day after another."""

    @initialize(mode=st.sampled_from(list(OrderMode)), k=st.integers(0, 2))
    def open(self, mode: OrderMode, k: int) -> None:
        self.watched = Watched(mode, k)

    @rule(command=commands(lambda kind: kind not in _NOT_ANY_TIME))
    def anything(self, command: Any) -> None:
        self.watched.do(command)

    @rule(
        queues=st.lists(st.sampled_from(["general", "special", "advice"]), min_size=1, max_size=4),
        priority=st.sampled_from([None, "elderly", "soldier"]),
        services=st.sampled_from([(), (), ("audit",), ("pension", "injury")]),
    )
    def rush(self, queues: list[str], priority: str | None, services: tuple[str, ...]) -> None:
        """Some come at once, and every window calls."""
        issue = self.watched.hall.issue_command
        for queue in queues:
            self.watched.do(issue(queue, by=KIOSK))
        self.watched.do(issue("general", priority=priority, services=services, by=KIOSK))
        for window in ("1", "2", "3"):
            self.watched.do(c.CallNext(by=STAFF, window=window))

    @rule(window=_WINDOWS, minutes=st.sampled_from([0, 1, 6, 20]), level=st.integers(0, 5))
    def serve(self, window: str, minutes: int, level: int) -> None:
        """One citizen from call to rating."""
        self.watched.do(c.CallNext(by=STAFF, window=window))
        self.watched.do(c.StartService(by=STAFF, window=window))
        self.watched.wait(minutes * 60)
        self.watched.do(c.FinishTicket(by=STAFF, window=window, rate=level > 2))
        if level:
            self.watched.do(c.PressRating(by=KEYPAD, window=window, level=level))

    @rule(window=_WINDOWS)
    def nobody_comes(self, window: str) -> None:
        self.watched.do(c.CallNext(by=STAFF, window=window))
        for _ in range(3):
            self._announce(window)
            self.watched.wait(16)
            self.watched.do(c.Recall(by=STAFF, window=window))
        self.watched.do(c.MarkNoShow(by=STAFF, window=window))

    def _announce(self, window: str) -> None:
        ticket = self.watched.hall.at_window(window)
        if ticket is not None:
            call = len(ticket.calls)
            self.watched.do(c.ReportAnnounced(by=CLOCK, ticket=ticket.id, call=call, device="sign"))

    @rule(window=_WINDOWS, key=st.sampled_from(["call", "call", "evaluate", "recall", "confirm", "no_show"]))
    def press(self, window: str, key: str) -> None:
        self.watched.do(c.PressKey(by=KEYPAD, window=window, key=key))

    @rule(seconds=st.sampled_from([1, 6, 16, 31, 61, 300, 1_200]))
    def wait(self, seconds: int) -> None:
        self.watched.wait(seconds)

    @precondition(lambda self: len(self.watched.hall.journal) > 30)
    @rule(hours=st.sampled_from([1, 9, 24]))
    def power_off(self, hours: int) -> None:
        self.watched.power_off(hours)

    @rule(window=_WINDOWS, enabled=st.booleans())
    def refit(self, window: str, enabled: bool) -> None:
        """A window is taken out of use, or back into it."""
        rules = self.watched.hall.state.rules
        assert rules is not None
        windows = tuple(
            msgspec.structs.replace(each, enabled=enabled) if each.id == window else each
            for each in rules.windows
        )
        self.watched.do(c.ApplySettings(by=STAFF, rules=msgspec.structs.replace(rules, windows=windows)))

    @rule()
    def remember(self) -> None:
        self.watched.remember()

    @invariant()
    def promises_hold(self) -> None:
        self.watched.check()

    def teardown(self) -> None:
        if hasattr(self, "watched"):
            self.watched.end()


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few waiting tickets already fill several blocks of a line."""
    monkeypatch.setattr(lane, "_BLOCK", 2)


def test_a_working_hall() -> None:
    run_state_machine_as_test(
        WorkingHall,
        settings=settings(
            max_examples=80,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("seed", range(9))
def test_a_long_week_in_a_busy_hall(seed: int) -> None:
    """Dense work by plausible hands; the same seed makes the same week."""
    dice = random.Random(seed)
    watched = Watched(list(OrderMode)[seed % 3], k=1)
    for step in range(1_200):
        watched.do(_plausible(watched, dice))
        if step % 10 == 0:
            watched.wait(dice.choice([1, 16, 31, 61, 400]))
            watched.check()
        if step % 100 == 0:
            watched.staff()
        if step % 400 == 399:
            watched.power_off(dice.choice([1, 14, 24]))
        if step == 700:
            watched.remember()
    watched.end()


def _plausible(watched: Watched, dice: random.Random) -> Any:
    """A command about things that exist, at a random moment."""
    state = watched.hall.state
    window = dice.choice(list(state.windows))
    tickets = list(state.tickets)[-25:]
    name = dice.choice(tickets) if tickets else "t_0"

    def some(wanted: TicketState) -> str:
        return dice.choice([t.id for t in state.tickets.values() if t.state is wanted] or [name])

    here = watched.hall.at_window(window)
    other = {"window": window, "by": STAFF}
    queue = dice.choice(["general", "general", "general", "special", "advice"])
    kind = dice.choices(
        ["issue", "next", "service", "away", "guide", "rare"], weights=[25, 25, 30, 10, 10, 4]
    )[0]
    match kind:
        case "issue":
            return watched.hall.issue_command(
                queue,
                priority=dice.choice([None, None, None, "elderly", "soldier"]),
                services=dice.choice([(), (), ("audit",), ("pension", "injury")]),
                identity=dice.choice([None] * 8 + ["hash-1", "hash-2"]),
                test=dice.random() < 0.03,
            )
        case "next":
            return dice.choice([c.CallNext(**other), c.PressKey(**other, key="call", shown=_shown(here))])
        case "service":
            return dice.choice(
                [
                    c.StartService(**other),
                    c.FinishTicket(**other, rate=dice.random() < 0.7),
                    c.OpenRating(**other),
                    c.PressKey(**other, key=dice.choice(["evaluate", "recall", "no_show", "pause"])),
                    c.PressRating(**other, level=dice.randint(1, 5), age_ms=dice.choice([0, 3_000, 70_000])),
                    c.Rate(by=STAFF, ticket=some(TicketState.FINISHED), level=dice.randint(1, 5)),
                    c.ReportAnnounced(
                        by=CLOCK,
                        ticket=here.id if here else name,
                        call=len(here.calls) if here else 1,
                        device="s",
                    ),
                    c.Recall(**other),
                    c.MarkNoShow(**other),
                ]
            )
        case "away":
            return dice.choice(
                [
                    c.HoldTicket(**other, kind=dice.choice(list(c.HoldKind))),
                    c.TransferTicket(**other, to_queue=queue),
                    c.TransferTicket(**other, to_window=dice.choice(["1", "2", "3"])),
                    c.TransferTicket(**other, to_teller=dice.choice(["li", "wang", "zhao"])),
                    c.Requeue(**other),
                    c.WakeTicket(by=STAFF, ticket=some(TicketState.HELD)),
                    c.ReturnTicket(by=STAFF, ticket=some(TicketState.NO_SHOW)),
                    c.CallTicket(**other, ticket=name),
                ]
            )
        case "guide":
            return dice.choice(
                [
                    c.CancelTicket(by=STAFF, ticket=name),
                    c.VoidTicket(by=STAFF, ticket=name),
                    c.MoveTicket(by=STAFF, ticket=some(TicketState.WAITING), queue=queue),
                    c.DecidePriority(by=STAFF, ticket=name, confirmed=dice.random() < 0.5),
                    c.ChangeServices(
                        by=STAFF, ticket=name, services=dice.choice([("pension",), ("injury",)])
                    ),
                    c.ReprintTicket(by=STAFF, ticket=name),
                    c.AmendTicket(by=STAFF, ticket=some(TicketState.FINISHED), items=2),
                    c.AttachCase(**other, project_no="P1", rate=True),
                ]
            )
        case _:
            return dice.choice(
                [
                    c.SignIn(**other, teller=dice.choice(["li", "wang", "zhao"])),
                    c.SignOut(**other),
                    c.Pause(**other, minutes=dice.choice([None, 20])),
                    c.Resume(**other),
                    c.ReportDevice(
                        by=CLOCK, device="p", device_class="printer", state=dice.choice(["online", "offline"])
                    ),
                    c.ReportJob(
                        by=CLOCK, job=dice.choice(list(state.index.jobs) or ["1.1.1"]), outcome="unknown"
                    ),
                    c.SettleJob(by=CLOCK, job=dice.choice(list(state.index.jobs) or ["1.1.1"]), printed=True),
                ]
            )


def _shown(here: Any) -> str | None:
    return here.id if here is not None else None


def test_the_long_weeks_reach_almost_everything() -> None:
    """The simulation is worth its time only while it really does what it is there for."""
    watched = Watched(OrderMode.AGEING, k=1)
    dice = random.Random(99)
    for step in range(2_500):
        watched.do(_plausible(watched, dice))
        if step % 10 == 0:
            watched.wait(dice.choice([1, 16, 31, 61, 400]))
        if step % 100 == 0:
            watched.staff()
    wanted = (
        *("TicketCalled", "TicketStarted", "TicketFinished", "TicketPassedOn", "TicketNoShow", "TicketHeld"),
        *("TicketWoken", "TicketTransferred", "TicketRequeued", "TicketReturned", "TicketMoved"),
        *("TicketCancelled", "TicketVoided", "PriorityDecided", "ServicesChanged", "TicketAmended"),
        *("CaseAttached", "ReprintAsked", "TicketAnnounced", "RatingGiven", "RatingLate", "RatingMissed"),
        *("RatingStray", "AlertRaised", "AlertCleared", "Paused", "Resumed", "SignedOut"),
    )
    assert [name for name in wanted if not watched.seen[name]] == []
