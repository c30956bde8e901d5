from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.call_pad.polled.codec import MAX_LENGTH, Fields, Template, decoder, parse_template

COUNTER = "{unit} {count:2} {sum}"
GOLDEN = bytes.fromhex("05 03 E7 EF")
"""999 on counter 5, as counters in the field take it."""


def test_the_frame_that_is_known() -> None:
    template = parse_template(COUNTER)
    assert template.encode(Fields(5, count=999)) == GOLDEN
    assert template.decode(GOLDEN) == Fields(5, count=999)
    assert decoder(template).feed(b"\x05\x03\xe7" + GOLDEN) == [Fields(5, count=999)]


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("AA {unit} 51", "aa0551"),
        ("AA {unit} {key} {sum:1}", "aa050207"),
        ("AA {unit} {key} {xor}", "aa0502ad"),
        ("{unit} 06 00 00 00 0c {crc16}", "05060000000c884b"),
        ("{unit} {key:2} {count} {sum}", "0500022c33"),
    ],
)
def test_templates(text: str, frame: str) -> None:
    template = parse_template(text)
    assert template.encode(Fields(5, 2, 44)).hex() == frame
    said = template.decode(bytes.fromhex(frame))
    assert said is not None
    assert said.unit == 5
    assert template.length == len(frame) // 2


def test_a_count_that_is_too_large_is_the_largest_that_can_be_said() -> None:
    assert parse_template("{count}").encode(Fields(1, count=300)) == b"\xff"
    assert parse_template("{count:2}").encode(Fields(1, count=-3)) == b"\0\0"
    for fields in (Fields(256), Fields(1, key=256), Fields(-1)):
        with pytest.raises(ValueError, match="does not fit"):
            parse_template("{unit} {key}").encode(fields)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "A", "AAA", "GG", "{what}", "{unit", "{sum}", "{sum:1} AA", "AA {xor:1}", "{key:0}", "{key:5}",
     "{unit} {unit}", "AA " * (MAX_LENGTH + 1)],
)  # fmt: skip
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"options\.template_"):
        parse_template(text)


CHECKED = [
    parse_template(text)
    for text in ("A5 {unit} 4B {key} {sum}", "A5 {unit} {key:2} {xor:1}", "A5 {unit} {key} {count:2} {crc16}")
]
templates = st.sampled_from(CHECKED)
said = st.builds(Fields, st.integers(0, 255), st.integers(0, 255))


@settings(max_examples=200, deadline=None)
@given(templates, st.lists(said, max_size=5), st.integers(1, 20))
def test_frames_survive_the_wire(template: Template, sent: list[Fields], chunk: int) -> None:
    stream = b"".join(template.encode(fields) for fields in sent)
    hunter = decoder(template)
    found = [each for at in range(0, len(stream), chunk) for each in hunter.feed(stream[at : at + chunk])]
    assert found == sent


@settings(max_examples=200, deadline=None)
@given(templates, st.binary(max_size=40).map(lambda data: data.replace(b"\xa5", b"\xa4")), said)
def test_a_good_frame_is_found_after_noise(template: Template, noise: bytes, fields: Fields) -> None:
    assert decoder(template).feed(noise + template.encode(fields)) == [fields]


@settings(max_examples=200, deadline=None)
@given(templates, said, st.integers(0, 6), st.integers(1, 255))
def test_a_changed_byte_is_noticed(template: Template, fields: Fields, place: int, change: int) -> None:
    frame = bytearray(template.encode(fields))
    frame[min(place, len(frame) - 1)] ^= change
    assert template.decode(bytes(frame)) is None


@settings(max_examples=100, deadline=None)
@given(templates, st.lists(st.binary(max_size=100), max_size=4))
def test_the_decoder_stays_small(template: Template, chunks: list[bytes]) -> None:
    hunter = decoder(template)
    for chunk in chunks:
        hunter.feed(chunk)
        assert len(hunter._held) <= template.length
