"""What a hall board of LEDs shows: the last calls, and in turn all else that the page /board has."""

from __future__ import annotations

from drivers.caller_display.api import Colour, SignFace
from kioskd.hall import commands as c
from kioskd.hall import queries
from kioskd.hub.board import MINUTE_MS, PAGE_S, board
from tests.hall.conftest import STAFF, Hall


def shown(hall: Hall, rows: int = 4, zone: str | None = None) -> SignFace:
    return board(hall.state, zone, rows, hall.now)[0]


def calls(hall: Hall, rows: int = 4) -> tuple[list[str], int | None]:
    """Return the first page in its shortest forms, and when it is looked at again."""
    face, again = board(hall.state, None, rows, hall.now)
    return [row.texts[-1] for row in face.pages[0].rows] if face.pages else [], again


def turning(face: SignFace) -> list[str]:
    """Return what takes turns in the last row, in full."""
    return [page.rows[-1].texts[0] for page in face.pages]


def named(said: list[str]) -> list[str]:
    """Return the windows whose state is told."""
    rows = [text.partition("：")[2].removesuffix("号窗口") for text in said if text.endswith("号窗口")]
    return [window for row in rows for window in row.split("、")]


def open_hall() -> Hall:
    hall = Hall(start="2026-03-02 09:10:00").boot()
    hall.sign_in("1", "li")
    return hall


def test_a_board_leaves_out_calls_whose_tickets_are_long_done_with() -> None:
    hall = open_hall()
    number = hall.issue().number
    hall.call()
    assert calls(hall)[0][0] == number
    hall.wait(minutes=20)
    assert calls(hall)[0][0] == number, "it is at a window, however long"
    hall.key("evaluate")
    hall.wait(minutes=1)
    assert number not in calls(hall)[0], "called more than ten minutes ago, and gone"


def test_a_board_knows_when_to_look_again() -> None:
    hall = open_hall()
    number = hall.issue().number
    hall.call()
    called = hall.state.at
    again = calls(hall)[1]
    assert again is not None
    assert (hall.now.wall + again - hall.now.at) % MINUTE_MS == 0, "at the full minute, for its clock"
    hall.key("evaluate")
    hall.wait(minutes=9, seconds=30)
    rows, again = calls(hall)
    assert rows[0] == number
    assert again is not None
    assert called - 1000 <= again - queries.BOARD_KEEPS_MS <= called + 60_000


def test_what_the_page_shows_takes_turns_below_the_calls() -> None:
    hall = open_hall()
    hall.sign_in("2", "wang")
    for _ in range(3):
        hall.issue()
    hall.call()
    hall.do(c.Pause(by=STAFF, window="2"))
    hall.do(c.SetNotice(by=STAFF, zh="下午三点停电检修"))
    said = turning(shown(hall))
    assert said[0] == "等候人数 2 人"
    assert said[1].startswith("综合业务 等候2人 约"), said
    assert "正在办理：1号窗口" in said
    assert "暂停服务：2号窗口" in said
    assert any(text.startswith("未开放：") for text in said)
    assert "下午三点停电检修" in said
    assert said[-1] == "3月2日 星期一 09:10"
    for page in shown(hall).pages:
        assert page.rows[0].colour is Colour.RED, "the call stands on every page"
        assert page.rows[0].flash
        assert len(page.rows) == 4


def test_every_window_is_named_once_whatever_their_number() -> None:
    hall = open_hall()
    book = hall.state.book
    assert book is not None
    assert sorted(named(turning(shown(hall)))) == sorted(w.id for w in book.windows.values() if w.enabled)


def test_a_zones_board_has_its_own_queues_and_windows_only() -> None:
    hall = open_hall()
    hall.issue("general")
    hall.issue("special")
    here, there = turning(shown(hall, zone="a")), turning(shown(hall, zone="b"))
    assert [text for text in here if "等候" in text][:2] == ["等候人数 1 人", here[1]]
    assert here[1].startswith("综合业务")
    assert there[1].startswith("特殊业务")
    assert named(here) == ["1", "2"]
    assert named(there) == ["3"]


def test_a_tall_board_has_two_rows_for_what_takes_turns_and_a_single_row_for_calls() -> None:
    hall = open_hall()
    hall.issue()
    hall.call()
    low, tall = shown(hall, rows=5), shown(hall, rows=6)
    assert len(tall.pages) < len(low.pages)
    assert {len(page.rows) for page in tall.pages} <= {5, 6}
    assert [len(page.rows) for page in shown(hall, rows=1).pages] == [1] * len(low.pages)


def test_a_long_text_has_more_time() -> None:
    hall = open_hall()
    hall.do(c.SetNotice(by=STAFF, zh="通" * 40))
    longest = max(page.seconds for page in shown(hall).pages)
    assert longest >= 2 * PAGE_S
    assert shown(hall).pages[0].seconds == PAGE_S


def test_a_closed_hall_is_dark() -> None:
    hall = Hall(start="2026-03-01 03:00:00").boot()
    assert board(hall.state, None, 4, hall.now) == (SignFace(), None)
