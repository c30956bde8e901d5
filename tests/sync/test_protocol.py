"""The log between hall and central server under crash, loss, repetition, reordering, restores."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.sync.world import BREAKAGES, World

WHICH = st.integers(0, 20)


class Machine(RuleBasedStateMachine):
    """Plays with a `World`."""

    broken = ""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.broken)

    @rule()
    def issue(self) -> None:
        self.world.issue()

    @rule()
    def hall_crashes(self) -> None:
        self.world.crash()

    @rule()
    def hall_backed_up(self) -> None:
        self.world.back_up_hall()

    @rule()
    def hall_put_back(self) -> None:
        self.world.put_hall_back()

    @rule(most=st.integers(1, 3))
    def push(self, most: int) -> None:
        self.world.push(most)

    @rule()
    def ask(self) -> None:
        self.world.ask()

    @rule()
    def round(self) -> None:
        self.world.round()

    @rule()
    def order(self) -> None:
        self.world.order()

    @rule()
    def central_backed_up(self) -> None:
        self.world.back_up_central()

    @rule(told=st.booleans())
    def central_put_back(self, told: bool) -> None:
        self.world.put_central_back(told=told)

    @rule(which=WHICH, twice=st.booleans())
    def deliver(self, which: int, twice: bool) -> None:
        self.world.deliver(which, twice=twice)

    @rule(which=WHICH)
    def drop(self, which: int) -> None:
        self.world.drop(which)

    @invariant()
    def holds(self) -> None:
        self.world.check()

    def teardown(self) -> None:
        self.world.settle()


def play(broken: str, examples: int) -> None:
    machine = type("Machine", (Machine,), {"broken": broken})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=40, phases=[Phase.generate]),
    )


def test_nothing_is_lost_doubled_or_mixed_up() -> None:
    play("", 300)


@pytest.mark.parametrize("broken", BREAKAGES)
def test_a_broken_protocol_is_noticed(broken: str) -> None:
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        play(broken, 2000)
