"""What the devices of a window show, in the words of a hall."""

from __future__ import annotations

from kioskd.hall import commands as c
from kioskd.hub import faces
from tests.hall.conftest import STAFF, Hall


def pages(hall: Hall, window: str = "1") -> list[str]:
    """Return the longest form of each page of a window's sign."""
    book = hall.state.book
    assert book is not None
    face, _, _ = faces.sign(hall.state, book.windows[window], hall.now.at)
    return [page.rows[0].texts[0] for page in face.pages]


def test_a_pause_of_one_key_shows_where_to_go() -> None:
    hall = Hall().boot()
    hall.sign_in("1", "li")
    hall.key("pause")
    assert pages(hall) == ["暂停服务", "请到其他窗口办理"]
    hall.key("pause")
    assert pages(hall) == ["欢迎光临"]


def test_what_was_said_about_a_pause_takes_turns() -> None:
    hall = Hall(start="2026-03-02 09:10:00").boot()
    hall.sign_in("1", "li")
    hall.do(c.Pause(by=STAFF, window="1", reason="会议", minutes=20, contact="李 8001"))
    hall.wait(minutes=5)
    assert pages(hall) == ["暂停服务", "请到其他窗口办理", "原因 会议", "预计09:30恢复", "联系人 李 8001"]


def test_a_return_that_is_overdue_is_promised_no_longer() -> None:
    hall = Hall(start="2026-03-02 09:10:00").boot()
    hall.sign_in("1", "li")
    hall.do(c.Pause(by=STAFF, window="1", minutes=20))
    hall.wait(minutes=19)
    assert "预计09:30恢复" in pages(hall)
    hall.wait(minutes=1)
    assert pages(hall) == ["暂停服务", "请到其他窗口办理"]
