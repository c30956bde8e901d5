"""The tap passes every byte on and remembers the bursts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kioskd.demo.wire import KEPT_BYTES, SILENCE_S, Tap


class Far:
    """A far end that keeps what it got."""

    def __init__(self) -> None:
        self.got = b""
        self.send: Callable[[bytes], None] | None = None

    def connect(self, send: Callable[[bytes], None]) -> None:
        self.send = send

    def disconnect(self) -> None:
        self.send = None

    def receive(self, data: bytes) -> None:
        self.got += data

    def view(self) -> dict[str, Any]:
        return {}

    def on_change(self, notify: Callable[[], None]) -> None:
        pass


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_bytes_pass_both_ways_to_everybody_on_the_bus() -> None:
    ends = [Far(), Far()]
    tap = Tap(ends, Time())
    heard: list[bytes] = []
    tap.connect(heard.append)
    tap.receive(b"\x01\x02")
    assert [end.got for end in ends] == [b"\x01\x02"] * 2
    assert ends[1].send is not None
    ends[1].send(b"\x03")
    assert heard == [b"\x03"]
    tap.disconnect()
    assert all(end.send is None for end in ends)


def test_chunks_of_one_frame_are_one_burst_and_silence_or_an_answer_ends_it() -> None:
    time = Time()
    far = Far()
    tap = Tap([far], time)
    tap.connect(lambda data: None)
    tap.receive(b"\xff\x68")
    time.now += SILENCE_S / 2
    tap.receive(b"\x16")
    assert far.send is not None
    far.send(b"\x06")
    tap.receive(b"\xaa")
    time.now += SILENCE_S * 2
    tap.receive(b"\xbb")
    assert tap.latest(9) == [
        {"toHost": False, "hex": "FF 68 16", "length": 3},
        {"toHost": True, "hex": "06", "length": 1},
        {"toHost": False, "hex": "AA", "length": 1},
        {"toHost": False, "hex": "BB", "length": 1},
    ]
    assert [burst["hex"] for burst in tap.latest(2, to_host=False)] == ["AA", "BB"]
    assert [burst["hex"] for burst in tap.latest(1, to_host=True)] == ["06"]


def test_a_long_burst_is_counted_whole_and_kept_in_part() -> None:
    tap = Tap([Far()], Time())
    for _ in range(10):
        tap.receive(bytes(1000))
    burst = tap.latest(1)[0]
    assert burst["length"] == 10_000
    assert len(burst["hex"].split()) == KEPT_BYTES


def test_what_came_before_a_mark_can_be_left_out() -> None:
    time = Time()
    tap = Tap([Far()], time)
    tap.receive(b"\x01")
    mark = tap.number
    time.now += SILENCE_S * 2
    assert tap.latest(5, after=mark) == []
    tap.receive(b"\x02")
    assert [burst["hex"] for burst in tap.latest(5, after=mark)] == ["02"]
