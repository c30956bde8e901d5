"""Who should be where, by an imported roster and by the settings."""

from __future__ import annotations

from datetime import date

import pytest

from kioskd.hall import commands as c
from kioskd.hall import events as e
from kioskd.hall.queries import teller_at
from kioskd.hall.roster import DayRoster, rostered
from tests.hall.conftest import KEYPAD, STAFF, Hall

MONDAY = "2026-03-02"


def roster(**fields: object) -> c.SetRoster:
    day: dict[str, object] = {"date": MONDAY, "duty": {"2": "wang", "3": "zhao"}, **fields}
    return c.SetRoster(by=STAFF, days=(DayRoster(**day),))  # type: ignore[arg-type]


@pytest.fixture
def empty() -> Hall:
    """A hall where nobody has signed in."""
    return Hall().boot()


def test_an_imported_day_holds_instead_of_the_settings(empty: Hall) -> None:
    assert teller_at(empty.state, "1") == "li", "the settings' roster"
    empty.do(roster())
    assert [teller_at(empty.state, window) for window in "123"] == [None, "wang", "zhao"]
    book = empty.state.book
    assert book is not None
    assert rostered(empty.state.roster, book, "1", date(2026, 3, 3)) == "li", "the day after is not imported"
    empty.same_after_replay()


def test_a_key_at_an_unsigned_window_works_for_the_rostered_teller(empty: Hall) -> None:
    empty.do(roster())
    empty.issue()
    (called,) = empty.do(c.PressKey(by=KEYPAD, window="2", key="call"))
    assert isinstance(called, e.TicketCalled)
    assert (called.teller, called.unconfirmed) == ("wang", True)


def test_windows_of_the_roster_are_those_that_should_serve(empty: Hall) -> None:
    empty.do(roster())
    assert empty.state.index.pools["general"][0] == {"2", "3"}


def test_the_b_role_steps_in_first(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.do(roster(duty={"1": "li", "2": "wang", "3": "zhao"}, stand_ins={"li": "zhao"}))
    hall.do(c.Pause(by=STAFF, window="1", minutes=30))
    hall.tick()
    assert hall.state.alerts["pause:1"].params["stand_in"] == "zhao", "though 王 is free too"


def test_without_a_b_role_it_is_whoever_is_free(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.do(c.Pause(by=STAFF, window="1", minutes=30))
    hall.tick()
    assert hall.state.alerts["pause:1"].params["stand_in"] == "wang"


def test_a_busy_b_role_is_not_proposed(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.sign_in("3", "zhao")
    hall.do(roster(duty={"1": "li"}, stand_ins={"li": "zhao"}))
    hall.issue()
    hall.call("3")
    hall.do(c.Pause(by=STAFF, window="1", minutes=30))
    hall.tick()
    assert hall.state.alerts["pause:1"].params["stand_in"] == "wang"


def test_the_same_again_says_nothing_new(empty: Hall) -> None:
    assert len(empty.do(roster())) == 1
    assert empty.do(roster()) == ()


def test_days_that_are_over_leave(empty: Hall) -> None:
    empty.do(roster())
    empty.wait_until("2026-03-09 09:00:00")
    assert MONDAY in empty.state.roster
    empty.wait_until("2026-03-11 09:00:00")
    assert empty.state.roster == {}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"date": "soon"}, "date"),
        ({"duty": {"9": "li"}}, "duty"),
        ({"duty": {"1": "nobody"}}, "duty"),
        ({"duty": {"1": "li", "2": "li"}}, "duty"),
        ({"stand_ins": {"li": "li"}}, "stand_ins"),
        ({"stand_ins": {"li": "nobody"}}, "stand_ins"),
        ({"leads": ("x",) * 30}, "leads"),
    ],
)
def test_nonsense(empty: Hall, fields: dict[str, object], field: str) -> None:
    refusal = empty.refused(roster(**fields))
    assert (refusal.code, refusal.params["field"]) == ("bad_value", field)


def test_who_left_the_settings_is_expected_nowhere(empty: Hall) -> None:
    import msgspec

    empty.do(roster())
    fewer = msgspec.structs.replace(empty.rules, tellers=empty.rules.tellers[:1])
    empty.do(c.ApplySettings(by=STAFF, rules=fewer))
    assert teller_at(empty.state, "2") is None
