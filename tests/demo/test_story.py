"""The story tells what a person would notice, once, with the bytes behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kioskd.demo.story import Entry, Story
from kioskd.demo.wire import Tap


class Thing:
    """A device of which only the view matters."""

    def __init__(self, kind: str, **view: Any) -> None:
        self.id = f"{kind}-1"
        self.kind = kind
        self.line = self
        self.tap = Tap([])
        self.hands = self
        self._view = view

    def view(self) -> dict[str, Any]:
        return self._view

    def becomes(self, story: Story, received: bytes = b"", **view: Any) -> None:
        if received:
            self.tap.receive(received)
        self._view = {**self._view, **view}
        story.changed(self)  # type: ignore[arg-type]


def a_story() -> tuple[Story, list[Entry]]:
    told: list[Entry] = []
    return Story(lambda: 7, told.append), told


def rows(*texts: str) -> list[dict[str, str]]:
    return [{"text": text} for text in texts]


def words(told: list[Entry]) -> list[tuple[str, Any]]:
    return [(entry["did"], next(iter(entry["parameters"].values()), None)) for entry in told]


def test_a_sign_is_told_by_what_is_new_on_it() -> None:
    story, told = a_story()
    board = Thing("board", powered=True, rows=rows("", ""))
    board.becomes(story, b"\xa5\x01", rows=rows("请A001到1号窗口", "欢迎光临"))
    board.becomes(story, rows=rows("请A001到1号窗口", "等候人数 1 人"))
    board.becomes(story, rows=rows("请A001到1号窗口", "等候人数 1 人"))
    board.becomes(story, rows=[])
    assert words(told) == [
        ("shown", "请A001到1号窗口 / 欢迎光临"),
        ("shown", "等候人数 1 人"),
        ("dark", None),
    ]
    assert told[0]["wire"] == [{"toHost": False, "hex": "A5 01", "length": 2}]


def test_pages_that_take_turns_are_told_once_each() -> None:
    story, told = a_story()
    sign = Thing("sign", powered=True, rows=[])
    for _ in range(5):
        sign.becomes(story, rows=rows("暂停服务"))
        sign.becomes(story, rows=rows("请到其他窗口办理"))
    sign.becomes(story, rows=rows("请等候叫号"))
    assert words(told) == [("shown", "暂停服务"), ("shown", "请到其他窗口办理"), ("shown", "请等候叫号")]


def test_a_press_is_told_with_its_answer_or_as_lost_and_without_older_bytes() -> None:
    story, told = a_story()
    keypad = Thing("keypad", digits="     3", beeps=0, lamp="dark")
    keypad.tap.receive(b"\x02\x33")
    for lamp in ("taken", "failed"):
        story.pressed(keypad, key="call")  # type: ignore[arg-type]
        keypad.becomes(story, lamp="sending")
        assert len(told) == (lamp == "failed")
        keypad.becomes(story, lamp=lamp)
    assert words(told) == [("key", "call"), ("key_lost", "call")]
    assert told[1]["wire"] == []


def test_a_pad_that_asks_and_a_keypad_that_refuses_are_told() -> None:
    story, told = a_story()
    pad = Thing("pad", digits="      ", beeps=0, lamp="dark")
    pad.becomes(story, digits="   012", beeps=1)
    pad.becomes(story, digits="   012", beeps=1)
    keypad = Thing("keypad", digits="     3", beeps=0, lamp="dark")
    keypad.becomes(story, digits="     4")
    keypad.becomes(story, beeps=1)
    assert words(told) == [("asks", "012"), ("refused", None)]


def test_a_slip_is_told_with_its_bytes_and_not_with_status_questions() -> None:
    story, told = a_story()
    printer = Thing("printer", slip=None)
    printer.tap.receive(b"\x1b@" + bytes(300))
    send: Callable[[bytes], None] = lambda data: None  # noqa: E731
    printer.tap.connect(send)
    printer.tap._note(True, b"\x12")
    printer.tap.receive(b"\x10\x04\x01")
    printer.becomes(story, slip={"n": 1, "complete": True})
    printer.becomes(story, slip={"n": 1, "complete": True})
    assert [entry["did"] for entry in told] == ["printed"]
    assert [burst["length"] for burst in told[0]["wire"]] == [302]


def test_only_the_latest_entries_are_kept_for_pages_to_come() -> None:
    story, told = a_story()
    sign = Thing("sign", powered=True, rows=[])
    for n in range(100):
        sign.becomes(story, rows=rows(f"A{n:03}"))
    assert len(told) == 100
    assert [entry["parameters"]["text"] for entry in story.latest] == [f"A{n:03}" for n in range(60, 100)]
