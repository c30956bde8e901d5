from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.ff68.codec import (
    MAX_FRAME,
    RATING,
    RATING_ACK,
    Decoder,
    Frame,
    acknowledgement,
    digits,
    digits_text,
    encode,
)

frames = st.builds(Frame, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=32))


def test_the_form_of_a_frame() -> None:
    assert encode(Frame(3, 0x01, b"\x0c")).hex() == "ff6803036803010c1016"
    assert encode(Frame(3, 0x01, b"\x06\x0f")).hex() == "ff680404680301060f1916"
    assert encode(Frame(2, 0x03)).hex() == "ff6802026802030516"


def test_a_key_is_echoed_and_a_rating_answered_with_a_check_10h_less() -> None:
    key = Frame(3, 0x01, b"\x0c")
    assert acknowledgement(key) == key
    rating = Frame(3, RATING, b"\x05")
    answer = acknowledgement(rating)
    assert answer == Frame(3, RATING_ACK, b"\x05")
    assert encode(rating)[-2] - encode(answer)[-2] == 0x10


def test_digits_stand_right_and_blanks_are_0a() -> None:
    assert digits(1, "12").data.hex() == "0a0a0a0a0102"
    assert digits(1, "").data.hex() == "0a" * 6
    assert digits_text(digits(1, "1234567")) == "234567"
    assert digits_text(digits(1, "A٣")) == "      "


@settings(max_examples=200, deadline=None)
@given(st.lists(frames, max_size=6), st.integers(1, 50))
def test_frames_survive_the_wire(sent: list[Frame], chunk: int) -> None:
    stream = b"".join(map(encode, sent))
    decoder = Decoder()
    found = [frame for at in range(0, len(stream), chunk) for frame in decoder.feed(stream[at : at + chunk])]
    assert found == sent


# Noise without FF holds no beginning of a frame, so that this can be promised of every example.
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200).map(lambda data: data.translate(None, b"\xff")), frames)
def test_a_good_frame_is_found_after_noise(noise: bytes, frame: Frame) -> None:
    assert Decoder().feed(noise + encode(frame)) == [frame]


def test_a_good_frame_is_found_behind_broken_beginnings() -> None:
    good = Frame(7, 1, b"\x0d")
    whole = encode(Frame(3, 1, b"\x0c"))
    broken = [whole[:length] for length in range(len(whole))]
    broken += [b"\xff\x68\x20\x20\x68", b"\xff\xff\x68\x00\x00\x68", b"\xff\x68" * 30, whole[:-1] + b"\x17"]
    for noise in broken:
        assert Decoder().feed(noise + encode(good))[-1:] == [good], noise.hex()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=5))
def test_the_decoder_stays_small(chunks: list[bytes]) -> None:
    decoder = Decoder()
    for chunk in (*chunks, b"\xff\x68\x20" * 3000):
        decoder.feed(chunk)
        assert len(decoder._held) <= MAX_FRAME
    longest = Frame(1, 1, b"\x00" * 32)
    assert longest in decoder.feed(encode(longest))


@settings(max_examples=100, deadline=None)
@given(frames, st.data())
def test_a_damaged_frame_is_never_taken_for_another(frame: Frame, data: st.DataObject) -> None:
    whole = encode(frame)
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] + bytes((whole[at] ^ data.draw(st.integers(1, 255)),)) + whole[at + 1 :]
    assert Decoder().feed(damaged) == []
