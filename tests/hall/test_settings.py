"""Rules enter whole, and only if a hall can work by them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kioskd.hall import commands as c
from kioskd.hall.decide import decide
from kioskd.hall.problems import problems
from kioskd.hall.refusal import CODES, Refusal
from kioskd.hall.rules import Calendar, Rules, YearCalendar
from kioskd.hall.state import dump
from tests.hall.anything import commands
from tests.hall.conftest import STAFF, Hall, make_calendar, make_policy, make_rules

replace = msgspec.structs.replace


def apply(rules: Rules) -> c.ApplySettings:
    return c.ApplySettings(by=STAFF, rules=rules)


def test_equal_rules_change_nothing(hall: Hall) -> None:
    assert hall.do(apply(make_rules())) == ()


def test_a_queue_in_use_cannot_vanish(hall: Hall) -> None:
    rules = make_rules()
    without = replace(
        rules,
        queues=rules.queues[:3],
        windows=tuple(replace(w, equipped=("general", "company")) for w in rules.windows),
        tellers=tuple(replace(t, skills=("general",)) for t in rules.tellers),
    )
    ticket = hall.issue("advice")
    refusal = hall.refused(apply(without))
    assert (refusal.code, refusal.params) == ("queue_in_use", {"queues": ["advice"]})
    hall.do(c.CancelTicket(by=STAFF, ticket=ticket.id))
    hall.do(apply(without))
    assert list(hall.state.queues) == ["general", "company", "special"]


def test_a_window_in_use_cannot_vanish_and_its_teller_is_signed_out(hall: Hall) -> None:
    rules = make_rules()
    disabled = replace(rules, windows=(replace(rules.windows[0], enabled=False), *rules.windows[1:]))
    hall.issue()
    hall.call()
    assert hall.refused(apply(disabled)).code == "window_in_use"
    hall.do(c.FinishTicket(by=STAFF, window="1"))
    hall.do(apply(disabled))
    assert hall.state.windows["1"].teller is None
    assert hall.refused(c.CallNext(by=STAFF, window="1")).code == "window_disabled"
    assert hall.refused(c.SignIn(by=STAFF, window="1", teller="li")).code == "window_disabled"


def test_tickets_bound_to_a_window_that_goes_are_set_free(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.issue()
    ticket = hall.call("2")
    hall.do(c.TransferTicket(by=STAFF, window="2", to_window="1"))
    rules = make_rules()
    hall.do(apply(replace(rules, windows=rules.windows[1:], roster=())))
    assert hall.call("2") is ticket


RULES = make_rules()


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"queues": ()}, "queues", "empty"),
        ({"windows": ()}, "windows", "empty"),
        ({"queues": (RULES.queues[0], *RULES.queues)}, "queues[1]", "duplicate"),
        (
            {"queues": (replace(RULES.queues[0], prefix="O"), *RULES.queues[1:])},
            "queues[0].prefix",
            "prefix_confusable",
        ),
        (
            {"queues": (replace(RULES.queues[0], prefix="AAA"), *RULES.queues[1:])},
            "queues[0].prefix",
            "bad_prefix",
        ),
        (
            {"queues": (replace(RULES.queues[0], prefix="a"), *RULES.queues[1:])},
            "queues[0].prefix",
            "bad_prefix",
        ),
        (
            {
                "queues": (
                    replace(RULES.queues[0], prefix="B"),
                    replace(RULES.queues[1], prefix="D"),
                    *RULES.queues[2:],
                )
            },
            "queues[1].prefix",
            "prefix_sounds_alike",
        ),
        ({"queues": (replace(RULES.queues[0], zone="x"), *RULES.queues[1:])}, "queues[0].zone", "unknown"),
        ({"calendar": make_calendar(day_starts="25:00")}, "calendar.day_starts", "bad_time"),
        (
            {"calendar": make_calendar(years=(YearCalendar(year=2026, holidays=("2026-02-30",)),))},
            "calendar.years[0]",
            "bad_date",
        ),
        (
            {"calendar": make_calendar(years=(YearCalendar(year=2026, make_up={"2026-02-28": 9}),))},
            "calendar.years[0].make_up.2026-02-28",
            "out_of_range",
        ),
        (
            {"calendar": Calendar(sessions=(replace(RULES.calendar.sessions[0], serve_until="08:30"),))},
            "calendar.sessions[0].serve_until",
            "out_of_range",
        ),
        (
            {"policy": make_policy(order=replace(RULES.policy.order, k=4))},
            "policy.order.k",
            "out_of_range",
        ),
        ({"utc_offset_min": 10_000}, "utc_offset_min", "out_of_range"),
    ],
)
def test_what_a_hall_cannot_work_by(hall: Hall, changes: dict[str, Any], path: str, code: str) -> None:
    rules = replace(RULES, **changes)
    assert (path, code) in [(problem.path, problem.code) for problem in problems(rules)]
    assert hall.refused(apply(rules)).code == "bad_rules"


def test_the_test_hall_itself_is_well() -> None:
    assert problems(RULES) == []


@pytest.fixture(scope="module")
def busy() -> Hall:
    """A hall in the middle of everything."""
    hall = Hall().boot()
    for window, teller in (("1", "li"), ("2", "wang"), ("3", "zhao")):
        hall.sign_in(window, teller)
    for number in range(12):
        hall.issue(
            ("general", "special", "advice")[number % 3],
            priority="elderly" if number % 4 == 0 else None,
            identity="hash-a" if number == 3 else None,
        )
    hall.serve("1", rate=True)
    hall.call("1")
    hall.do(c.HoldTicket(by=STAFF, window="1", kind=c.HoldKind.THIS_WINDOW))
    hall.call("1")
    hall.do(c.StartService(by=STAFF, window="1"))
    hall.call("2")
    hall.do(c.Pause(by=STAFF, window="3"))
    hall.wait(20)
    return hall


@given(command=commands(), later=st.sampled_from([0, 1, 61_000, 3_600_000, 10**9]), ahead=st.booleans())
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_command_is_an_accident(busy: Hall, command: Any, later: int, ahead: bool) -> None:
    """Whatever is asked: events or a refusal with a known code, and the state as it was."""
    now = replace(busy.now, at=busy.at + later, wall=busy.wall + (later if ahead else 0))
    before = dump(busy.state)
    decision = decide(busy.state, command, now)
    assert dump(busy.state) == before
    if isinstance(decision, Refusal):
        assert decision.code in CODES
        msgspec.json.encode(decision)
