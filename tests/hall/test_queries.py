"""What boards, signs and pages ask."""

from __future__ import annotations

from kioskd.hall import commands as c
from kioskd.hall import queries
from tests.hall.conftest import STAFF, Hall


def numbers(hall: Hall, count: int = 5, zone: str | None = None) -> list[str]:
    return [ticket.number for ticket in queries.last_calls(hall.state, count, zone)]


def test_the_board_shows_the_last_call_of_each_window(hall: Hall) -> None:
    hall.sign_in("2", "wang")
    hall.sign_in("3", "zhao")
    for _ in range(4):
        hall.issue()
    for window in ("1", "2", "3"):
        hall.call(window)
        hall.wait(1)
    assert numbers(hall) == ["A003", "A002", "A001"]
    assert numbers(hall, zone="b") == ["A003"]
    assert numbers(hall, 1) == ["A003"]
    hall.do(c.Recall(by=STAFF, window="1"))
    assert numbers(hall) == ["A001", "A003", "A002"]
    hall.do(c.FinishTicket(by=STAFF, window="1"))
    hall.call("1")
    assert numbers(hall) == ["A004", "A003", "A002"]
    hall.do(c.Requeue(by=STAFF, window="3"))
    assert numbers(hall) == ["A004", "A002"], "who is not to come any more is not called"


def test_a_window_is_open_while_somebody_works_or_should(hall: Hall) -> None:
    hall.do(c.SignOut(by=STAFF, window="1"))
    assert queries.window_open(hall.state, "1"), "on the roster"
    assert not queries.window_open(hall.state, "2")
    hall.sign_in("2", "wang")
    assert queries.window_open(hall.state, "2")
    hall.wait_until("2026-03-02 17:31:00")
    assert not queries.hall_open(hall.state)
    assert not queries.window_open(hall.state, "1")
    assert not queries.window_open(hall.state, "2")
    assert not queries.window_open(hall.state, "9")


def test_the_hall_stays_open_for_who_still_waits(hall: Hall) -> None:
    hall.wait_until("2026-03-02 16:59:00")
    hall.issue()
    hall.wait_until("2026-03-02 18:00:00")
    assert queries.hall_open(hall.state)
    assert queries.window_open(hall.state, "1")
    hall.call()
    assert queries.hall_open(hall.state)
    hall.do(c.FinishTicket(by=STAFF, window="1"))
    assert not queries.hall_open(hall.state)


def test_a_closed_day_is_closed(hall: Hall) -> None:
    hall.do(c.CloseDay(by=STAFF))
    assert not queries.hall_open(hall.state)


def test_how_many_wait(hall: Hall) -> None:
    hall.issue()
    hall.issue("special")
    hall.issue(test=True)
    assert queries.waiting_for(hall.state, "1") == 1
    assert queries.waiting_for(hall.state, "2") == 1, "by the window's own skills"
    assert queries.waiting_in_zone(hall.state, "a") == 1
    assert queries.waiting_in_zone(hall.state, None) == 2
    assert queries.waiting_for(hall.state, "9") == 0


def test_where_to_go(hall: Hall) -> None:
    assert queries.windows_serving(hall.state, "general") == ("1",)
    assert queries.windows_serving(hall.state, "special") == ("3",), "nobody is there yet"
    assert queries.windows_serving(hall.state, "none") == ()


def test_a_place_in_the_line_is_that_of_who_waits(hall: Hall) -> None:
    ticket = hall.issue()
    assert queries.place(hall.state, ticket.id) is not None
    hall.call()
    assert queries.place(hall.state, ticket.id) is None
    assert queries.place(hall.state, "t_99") is None
