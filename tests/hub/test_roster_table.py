"""Rosters as people keep them in spreadsheets."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kioskd.hall.book import Book
from kioskd.hall.roster import DayRoster
from kioskd.hall.rules import Teller
from kioskd.hub.roster_table import Understood, letter, understand
from tests.hall.conftest import make_rules

MONDAY = date(2026, 3, 2)
BOOK = Book(make_rules())


def read(text: str, *, book: Book = BOOK, today: date = MONDAY) -> Understood:
    return understand([line.split(",") for line in text.strip().splitlines()], book, MONDAY, today)


def faults(text: str) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, fault.code) for fault in read(text).faults]


def test_a_list() -> None:
    found = read("""
日期,岗位,人员,AB角
2026-03-02,1号窗口,李,王
2026-03-02,带班,孙芳
2026-03-02,值班,周正、吴明
2026/3/3,1,002
""")
    assert found.faults == ()
    assert found.days == (
        DayRoster(
            date="2026-03-02",
            duty={"1": "li"},
            leads=("孙芳",),
            on_call=("周正", "吴明"),
            stand_ins={"li": "wang"},
        ),
        DayRoster(date="2026-03-03", duty={"1": "wang"}),
    )


def test_a_week() -> None:
    found = read("""
二〇二六年三月第一周排班表
窗口,周一,周二,星期三,AB角
1号窗口,李,李,休,赵
2,王,,王
带班领导,孙芳,钱进,孙芳
""")
    assert found.faults == ()
    assert [day.date for day in found.days] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert found.days[0].duty == {"1": "li", "2": "wang"}
    assert found.days[0].stand_ins == {"li": "zhao"}
    assert found.days[2].duty == {"2": "wang"}
    assert [day.leads for day in found.days] == [("孙芳",), ("钱进",), ("孙芳",)]


def test_in_english_and_with_dates_over_the_columns() -> None:
    found = read("Post,3月2日,3-3,Wed,Stand-in\n1,li,LI,003,wang\nlead,A B,A B,C D")
    assert found.faults == ()
    assert [(day.date, day.duty["1"]) for day in found.days] == [
        ("2026-03-02", "li"),
        ("2026-03-03", "li"),
        ("2026-03-04", "zhao"),
    ]


def test_what_is_wrong_is_said_by_line_and_column_and_the_rest_is_understood() -> None:
    text = """
日期,岗位,人员,AB角
2026-03-02,1,李
2026-03-02,1,王
2026-03-02,2,李
someday,2,王
2026-03-02,9号窗口,王
2026-03-02,2,张三
2026-03-02,2,王 ,李四
2026-03-03,2,王、赵
2026-03-03,3,赵,赵
"""
    assert faults(text) == [
        (3, "C", "taken"),
        (4, "C", "twice"),
        (5, "A", "unknown_day"),
        (6, "B", "unknown_post"),
        (7, "C", "unknown_person"),
        (8, "D", "unknown_person"),
        (9, "C", "one_person"),
        (10, "D", "own_stand_in"),
    ]
    days = read(text).days
    assert days[0].duty == {"1": "li", "2": "wang"}
    assert days[1].duty == {"3": "zhao"}


def test_two_of_one_name_are_told_apart_by_number() -> None:
    tellers = (*make_rules().tellers, Teller(id="li2", name="李", staff_no="009"))
    book = Book(make_rules(tellers=tellers))
    head = "日期,岗位,人员\n2026-03-02,1,"
    assert read(head + "李", book=book).faults[0].code == "several_persons"
    assert read(head + "李009", book=book).days[0].duty == {"1": "li2"}


def test_a_past_day_and_somebody_untrained_are_warnings() -> None:
    tellers = (*make_rules().tellers, Teller(id="new", name="新", staff_no="010", skills=("special",)))
    book = Book(make_rules(tellers=tellers))
    found = read("日期,岗位,人员\n2026-03-02,1,新", book=book, today=date(2026, 3, 5))
    assert [(fault.code, fault.serious) for fault in found.faults] == [
        ("past", False),
        ("not_trained", False),
    ]
    assert found.days[0].duty == {"1": "new"}


@pytest.mark.parametrize("text", ["", "a,b,c\n1,2,3", "窗口,备注\n1,无"])
def test_without_a_heading_nothing_is_guessed(text: str) -> None:
    found = read(text)
    assert ([fault.code for fault in found.faults], found.days) == (["no_heading"], ())


def test_a_table_with_nobody_in_it() -> None:
    assert faults("窗口,周一\n1,\n") == [(1, "A", "empty")]


def test_a_year_that_is_not_written_is_the_nearest() -> None:
    rows = [["窗口", "12月31日", "1月1日"], ["1", "李", "李"]]
    found = understand(rows, BOOK, date(2026, 12, 28), date(2026, 12, 28))
    assert [day.date for day in found.days] == ["2026-12-31", "2027-01-01"]


@pytest.mark.parametrize(("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_called_as_spreadsheets_do(column: int, name: str) -> None:
    assert letter(column) == name


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [
                    "日期",
                    "岗位",
                    "人员",
                    "周一",
                    "1",
                    "李",
                    "2026-03-02",
                    "带班",
                    "",
                    "x\x00",
                    "AB角",
                    "13月45日",
                    "王、赵",
                ]
            ),
            max_size=6,
        ),
        max_size=8,
    )
)
def test_any_table_is_understood_or_said_to_be_wrong(rows: list[list[str]]) -> None:
    found = understand(rows, BOOK, MONDAY, MONDAY)
    assert found.days or found.faults
    for day in found.days:
        assert len(set(day.duty.values())) == len(day.duty)
