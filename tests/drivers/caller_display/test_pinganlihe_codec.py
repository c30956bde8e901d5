from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.caller_display.pinganlihe.codec import (
    MAX_FRAME,
    MAX_TEXT,
    Command,
    Decoder,
    InstantText,
    Message,
    encode,
    number_call,
    parse_number,
    receipt,
)

NUMBER = bytes.fromhex("a006280301 0c2203 63ff")


def test_the_number_frame_of_a_running_installation() -> None:
    assert encode(number_call(3, 1234, 3)) == NUMBER
    (message,) = Decoder().feed(NUMBER)
    assert isinstance(message, Command)
    assert parse_number(message) == (1234, 3)


def test_check_rules() -> None:
    assert encode(receipt(5)).hex() == "a003140550" + f"{(3 + 0x14 + 5 + 0x50) % 100:02x}" + "ff"
    text = encode(InstantText(2, "请".encode("gbk"), colour=1, mode=3, speed=4, stay=5, ttl=6))
    check = (3 + 4 + 5 + 1 + 6 + 0xC7 + 0xEB + 0xFF) % 256
    assert text.hex() == f"aa02bb5154{check:02x}0304050106c7ebff"


def test_a_check_of_ff_does_not_end_the_frame() -> None:
    message = next(
        message for ttl in range(255) if encode(message := InstantText(1, b"A", ttl=ttl))[5] == 0xFF
    )
    assert Decoder().feed(encode(message)) == [message]


byte = st.integers(0, 254)
texts = st.binary(max_size=40).map(lambda data: data.replace(b"\xff", b"\xfe"))
messages = st.one_of(
    st.builds(Command, byte, byte, byte, st.binary(max_size=20)),
    st.builds(InstantText, byte, texts, byte, byte, byte, byte, byte),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(messages, max_size=5), st.integers(1, 60))
def test_messages_survive_the_wire(sent: list[Message], chunk: int) -> None:
    stream = b"".join(map(encode, sent))
    decoder = Decoder()
    found = [
        message for at in range(0, len(stream), chunk) for message in decoder.feed(stream[at : at + chunk])
    ]
    assert found == sent


# Noise that holds no start byte cannot be taken for a frame, however long the test runs.
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=MAX_FRAME).map(lambda data: data.translate(None, b"\xa0\xaa")), messages)
def test_a_good_frame_is_found_after_noise(noise: bytes, message: Message) -> None:
    assert Decoder().feed(noise + encode(message)) == [message]


def test_a_good_frame_is_found_behind_broken_beginnings() -> None:
    broken = (b"\xa0\x3f", b"\xa0\xff\x00", b"\xaa\x01\xbb\x51\x54\x00", NUMBER[:-1], b"\xaa", b"\xff\xa0")
    for noise in broken:
        decoder = Decoder()
        for at, value in enumerate(noise):
            assert not decoder.feed(bytes((value,))), (noise, at)
        assert number_call(7, 12, 4) in decoder.feed(encode(number_call(7, 12, 4))), noise


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=600), max_size=5))
def test_the_decoder_stays_small(chunks: list[bytes]) -> None:
    decoder = Decoder()
    for chunk in (*chunks, b"\xa0\x3f" * 5000):
        decoder.feed(chunk)
        assert len(decoder._held) <= MAX_FRAME
    longest = InstantText(1, b"A" * MAX_TEXT)
    assert longest in decoder.feed(encode(longest))


def test_what_cannot_be_sent_is_refused() -> None:
    for message in (
        InstantText(1, b"A" * (MAX_TEXT + 1)),
        InstantText(1, b"\xff"),
        InstantText(1, b"A", mode=255),
        Command(1, 1, 1, b"A" * 64),
    ):
        try:
            encode(message)
        except ValueError:
            continue
        raise AssertionError(message)
