"""Finding frames in noise, with a frame as small and ambiguous as any: ``7E length data sum``."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.hunt import Hunter, Look

LONGEST = 2 + 20 + 1


def frame(data: bytes) -> bytes:
    return bytes((0x7E, len(data))) + data + bytes((sum(data) & 0xFF ^ 0x5A,))


def frame_at(held: bytes, at: int) -> tuple[bytes, int] | Look:
    if held[at] != 0x7E:
        return Look.NOT_HERE
    if len(held) < at + 2:
        return Look.NOT_YET
    end = at + 2 + held[at + 1]
    if held[at + 1] > 20:
        return Look.NOT_HERE
    if len(held) <= end:
        return Look.NOT_YET
    data = held[at + 2 : end]
    return (data, end + 1) if held[end] == sum(data) & 0xFF ^ 0x5A else Look.NOT_HERE


chunked = st.integers(1, 50)
payloads = st.binary(max_size=20)


@settings(max_examples=200, deadline=None)
@given(st.lists(payloads, max_size=6), chunked)
def test_frames_survive_any_chunks(sent: list[bytes], size: int) -> None:
    stream = b"".join(map(frame, sent))
    hunter = Hunter(frame_at, LONGEST)
    found = [data for at in range(0, len(stream), size) for data in hunter.feed(stream[at : at + size])]
    assert found == sent


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=100).map(lambda data: data.replace(b"\x7e", b"\x7d")), payloads, chunked)
def test_noise_before_a_frame_does_not_hide_it(noise: bytes, data: bytes, size: int) -> None:
    stream = noise + frame(data)
    hunter = Hunter(frame_at, LONGEST)
    assert [each for at in range(0, len(stream), size) for each in hunter.feed(stream[at : at + size])] == [
        data
    ]


def test_a_false_beginning_does_not_hide_the_frame_behind_it() -> None:
    hunter = Hunter(frame_at, LONGEST)
    assert not hunter.feed(b"\x7e\x14")
    for data in (b"one", b"two", b"three"):
        for byte in frame(data)[:-1]:
            assert not hunter.feed(bytes((byte,)))
        assert hunter.feed(frame(data)[-1:]) == [data]


def test_what_was_cleared_does_not_count() -> None:
    hunter = Hunter(frame_at, LONGEST)
    hunter.feed(frame(b"half")[:3])
    hunter.clear()
    assert not hunter.feed(frame(b"half")[3:])
    assert hunter.feed(frame(b"whole")) == [b"whole"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=6))
def test_no_more_is_held_than_a_frame(chunks: list[bytes]) -> None:
    hunter = Hunter(frame_at, LONGEST)
    for chunk in chunks:
        hunter.feed(chunk)
        assert len(hunter._held) <= LONGEST
        assert len(hunter._waiting) <= LONGEST
    longest = b"z" * 20
    assert longest in hunter.feed(frame(longest))


def test_every_place_is_looked_at_once_unless_it_waits() -> None:
    looks = 0

    def count(held: bytes, at: int) -> tuple[bytes, int] | Look:
        nonlocal looks
        looks += 1
        return frame_at(held, at)

    hunter = Hunter(count, 10_000)
    for _ in range(5000):
        hunter.feed(b"\x00")
    assert looks == 5000
