"""Rule 2: numbers."""

from __future__ import annotations

import msgspec

from kioskd.hall import commands as c
from tests.hall.conftest import CLOCK, STAFF, Hall, make_rules


def test_each_prefix_counts_from_one(hall: Hall) -> None:
    assert [hall.issue().number, hall.issue().number, hall.issue("advice").number] == ["A001", "A002", "Z001"]


def test_noon_changes_nothing_and_a_new_day_starts_again(hall: Hall) -> None:
    hall.issue()
    hall.wait_until("2026-03-02 14:00:00")
    assert hall.issue().number == "A002"
    hall.wait_until("2026-03-03 08:30:00")
    assert hall.issue().number == "A001"


def test_a_cancelled_number_is_not_given_again(hall: Hall) -> None:
    ticket = hall.issue()
    hall.do(c.CancelTicket(by=STAFF, ticket=ticket.id))
    assert hall.issue().number == "A002"


def test_after_999_comes_1000() -> None:
    rules = make_rules()
    narrow = msgspec.structs.replace(rules.queues[0], digits=1)
    hall = Hall(msgspec.structs.replace(rules, queues=(narrow, *rules.queues[1:]))).boot()
    assert [hall.issue().number for _ in range(11)][-3:] == ["A9", "A10", "A11"]


def test_a_witness_that_knows_more_moves_the_numbers_on(hall: Hall) -> None:
    """The database was put back: numbers that were given after the copy must not come again."""
    hall.issue()
    hall.do(c.StartHub(by=CLOCK, boot="c", numbers={"A": 41}, numbers_day="2026-03-02"))
    assert hall.issue().number == "A092"
    assert hall.issue("advice").number == "Z001"


def test_an_honest_witness_moves_nothing(hall: Hall) -> None:
    hall.issue()
    hall.do(c.StartHub(by=CLOCK, boot="c", numbers={"A": 1}, numbers_day="2026-03-02"))
    assert hall.issue().number == "A002"


def test_a_witness_of_a_day_that_the_journal_does_not_know(hall: Hall) -> None:
    """Yesterday's copy was put back; the numbers of today are known to the witness alone."""
    hall.power_off("2026-03-03 09:00:00")
    hall.do(c.StartHub(by=CLOCK, boot="c", numbers={"A": 41}, numbers_day="2026-03-03"))
    hall.tick()
    assert hall.issue().number == "A092"
    hall.wait_until("2026-03-04 09:00:00")
    assert hall.issue().number == "A001"


def test_a_second_witness_takes_nothing_back(hall: Hall) -> None:
    hall.do(c.StartHub(by=CLOCK, boot="c", numbers={"A": 41, "Z": 3}, numbers_day="2026-03-02"))
    hall.do(c.StartHub(by=CLOCK, boot="d", numbers={"A": 200, "Z": 3}, numbers_day="2026-03-02"))
    hall.do(c.StartHub(by=CLOCK, boot="e", numbers={"A": 999}, numbers_day="2026-03-01"))
    assert (hall.issue().number, hall.issue("advice").number) == ("A251", "Z054")


def test_a_witness_without_a_day_counts_for_the_present_or_next_one() -> None:
    hall = Hall().boot(numbers={"A": 7})
    assert hall.issue().number == "A058"
    hall.wait_until("2026-03-03 09:00:00")
    assert hall.issue().number == "A001"


def test_a_paper_roll_goes_on_and_the_kiosk_goes_on_behind_it(hall: Hall) -> None:
    """Rule 12: the range of a pre-printed roll is typed in."""
    hall.issue()
    command = c.EnterPaperRange(
        by=STAFF, queue="general", first=50, last=52, ids=("t_p1", "t_p2", "t_p3"), codes=("x", "y", "z")
    )
    hall.do(command)
    assert hall.issue().number == "A053"
    assert [hall.serve().number for _ in range(5)] == ["A001", "A050", "A051", "A052", "A053"]  # type: ignore[union-attr]
    again = msgspec.structs.replace(command, ids=("t_q1", "t_q2", "t_q3"))
    assert hall.refused(again).code == "numbers_taken"


def test_a_number_that_no_roll_can_have_is_a_slip_of_the_finger(hall: Hall) -> None:
    """Where slips say A001, 9000 typed for 900 would make all later numbers five digits long."""

    def roll(first: int) -> c.EnterPaperRange:
        return c.EnterPaperRange(
            by=STAFF, queue="general", first=first, last=first, ids=(f"t_p{first}",), codes=("x",)
        )

    assert hall.refused(roll(9000)).code == "bad_range"
    hall.do(roll(999))
    assert hall.issue().number == "A1000"
    hall.do(roll(9000))


def test_test_tickets_have_their_own_prefix_and_count_nowhere(hall: Hall) -> None:
    """Rule 19."""
    test = hall.issue(test=True)
    assert test.number == "测001"
    assert hall.issue().number == "A001"
    assert hall.state.queues["general"].issued == 1
    assert hall.state.index.waiting_total == 1
    assert hall.state.tickets["t_2"].wait.ahead == 0  # type: ignore[union-attr]
    assert hall.serve() is test
    assert hall.state.learned == {}
    assert hall.state.queues["general"].promises == 0
