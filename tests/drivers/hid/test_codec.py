from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.hid.codec import (
    DOWN,
    EV_KEY,
    EV_SYN,
    REPEATED,
    REPORT,
    SIZE,
    SYN_DROPPED,
    UP,
    Debounce,
    Decoder,
    Event,
    encode,
)
from drivers.hid.keys import code_of, codes_of, name_of

ENTER = 96
times = st.integers(0, 2**33).map(lambda n: n / 1024)
events = st.builds(
    Event, times, st.sampled_from([EV_KEY, 4, 17]), st.integers(0, 0x2FF), st.integers(-(2**31), 2**31 - 1)
)


def key(at: float, value: int, code: int = ENTER) -> Event:
    return Event(at, EV_KEY, code, value)


@pytest.mark.skipif(SIZE != 24, reason="the frame below is that of a 64-bit machine")
def test_a_frame_as_a_64_bit_kernel_hands_it_out() -> None:
    # KEY_KPENTER down at 1700000000.25 s, then SYN_REPORT; little-endian, as evtest's source reads it.
    frame = bytes.fromhex("00f1536500000000 90d0030000000000 0100 6000 01000000")
    frame += bytes.fromhex("00f1536500000000 90d0030000000000 0000 0000 00000000")
    assert Decoder().feed(frame) == [key(1700000000.25, DOWN)]
    assert encode(key(1700000000.25, DOWN)) == frame[:SIZE]


@settings(max_examples=300, deadline=None)
@given(st.lists(events, max_size=20), st.lists(st.integers(1, 60), min_size=1, max_size=10))
def test_events_survive_any_cutting(sent: list[Event], cuts: list[int]) -> None:
    data = b"".join(map(encode, sent))
    decoder, got, at, turn = Decoder(), [], 0, 0
    while at < len(data):
        size = cuts[turn % len(cuts)]
        got += decoder.feed(data[at : at + size])
        assert len(decoder._held) < SIZE
        at, turn = at + size, turn + 1
    assert [(event.type, event.code, event.value) for event in got] == [
        (event.type, event.code, event.value) for event in sent if event.type == EV_KEY
    ]
    for event, before in zip(got, (event for event in sent if event.type == EV_KEY), strict=True):
        assert event.at == pytest.approx(before.at, abs=2e-6)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=10), events)
def test_noise_in_whole_events_harms_nothing_behind_it(noise: list[bytes], good: Event) -> None:
    decoder = Decoder(good.type)
    for chunk in noise:
        decoder.feed(chunk)
        assert len(decoder._held) < SIZE
    decoder.feed(bytes(-sum(map(len, noise)) % SIZE))
    decoder.feed(encode(REPORT))
    assert [(event.code, event.value) for event in decoder.feed(encode(good))] == [(good.code, good.value)]


def test_what_is_incomplete_is_left_out() -> None:
    dropped = encode(Event(0, EV_SYN, SYN_DROPPED, 0))
    stream = encode(key(1, DOWN, 2)) + dropped + encode(key(2, DOWN, 3)) + encode(REPORT)
    stream += encode(key(3, DOWN, 4))
    assert [event.code for event in Decoder().feed(stream)] == [2, 4]


def test_a_contact_that_bounces_is_one_press() -> None:
    debounce = Debounce(0.08)
    moves = [(1.0, DOWN), (1.005, UP), (1.01, DOWN), (1.3, UP), (1.31, DOWN), (1.32, UP), (1.6, DOWN)]
    assert [debounce.is_press(key(at, value)) for at, value in moves] == [True, *[False] * 5, True]


def test_a_key_that_is_held_is_one_press() -> None:
    debounce = Debounce(0.08)
    moves = [(1.0, DOWN), *((1.25 + n / 30, REPEATED) for n in range(60)), (4.0, UP), (4.5, DOWN)]
    assert [at for at, value in moves if debounce.is_press(key(at, value))] == [1.0, 4.5]


def test_keys_bounce_each_for_itself_and_clocks_may_step_back() -> None:
    debounce = Debounce(0.08)
    assert debounce.is_press(key(5.0, DOWN, 2))
    assert debounce.is_press(key(5.01, DOWN, 3))
    assert debounce.is_press(key(1.0, DOWN, 2))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 0.5), st.sampled_from([UP, DOWN, REPEATED]), st.integers(2, 4)), max_size=40
    )
)
def test_presses_of_a_key_are_never_closer_than_the_limit(moves: list[tuple[float, int, int]]) -> None:
    debounce, at = Debounce(0.08), 0.0
    pressed: dict[int, float] = {}
    for step, value, code in moves:
        at += step
        if debounce.is_press(key(at, value, code)):
            assert value == DOWN
            assert at - pressed.get(code, -1.0) >= 0.08
            pressed[code] = at


def test_names_of_keys() -> None:
    assert code_of("KEY_KPENTER") == ENTER
    assert name_of(ENTER) == "KEY_KPENTER"
    assert name_of(0x2FE) == "key 766"
    assert codes_of(["KEY_1", "KEY_KP1"]) == {2: "KEY_1", 79: "KEY_KP1"}
    for wrong in ("KEY_NOTHING", "LED_NUML", "kp enter", "EV_KEY", ""):
        with pytest.raises(ValueError, match=r"options\.no_key"):
            code_of(wrong)
    with pytest.raises(ValueError, match=r"options\.same_key"):
        codes_of(["KEY_MUTE", "KEY_MIN_INTERESTING"])
