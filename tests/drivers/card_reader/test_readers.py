"""Made-up cards on simulated readers, on a pty; golden frames of the published protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.card_reader.api import CardField, CardRead, CardUnread
from drivers.card_reader.identity import TEXT, decode, encode
from drivers.card_reader.sam_v import codec as sam_v
from drivers.card_reader.sam_v.simulator import SimulatedSamV
from drivers.card_reader.simulated import SimulatedCardReader
from drivers.card_reader.stx import codec as stx
from drivers.card_reader.stx.simulator import SimulatedStx
from drivers.status import DeviceState
from tests.drivers.plugged import plugged_in

CARD = {
    CardField.NAME: "测试人甲",
    CardField.SEX: "1",
    CardField.NATION: "01",
    CardField.BIRTH: "19000101",
    CardField.ADDRESS: "测试省测试市测试路 0 号",
    CardField.NUMBER: "000000190001010000",
    CardField.ISSUER: "测试市公安局",
    CardField.VALID_FROM: "20200101",
    CardField.VALID_TO: "长期",
}
OTHER = {**CARD, CardField.NUMBER: "000000190001010001"}
NUMBER, OTHER_NUMBER = CARD[CardField.NUMBER], OTHER[CardField.NUMBER]
FAST = {"poll_ms": 50, "answer_ms": 500}


def test_golden_frames_of_sam_v() -> None:
    assert sam_v.question(sam_v.FIND) == bytes.fromhex("aaaaaa96690003200122")
    assert sam_v.question(sam_v.SELECT) == bytes.fromhex("aaaaaa96690003200221")
    assert sam_v.question(sam_v.READ) == bytes.fromhex("aaaaaa96690003300132")
    found = bytes.fromhex("aaaaaa9669000800009f0000000097")
    assert sam_v.answers().feed(found) == [sam_v.Answer(sam_v.FOUND, bytes(4))]
    selected = bytes.fromhex("aaaaaa9669000c0000900000000000000000 9c")
    assert sam_v.answers().feed(selected) == [sam_v.Answer(sam_v.DONE, bytes(8))]
    whole = sam_v.answer(sam_v.Answer(sam_v.DONE, b"\x01\x00\x04\x00" + bytes(1280)))
    assert len(whole) == 1295
    assert whole.startswith(bytes.fromhex("aaaaaa96690508000090 01000400"))


def test_golden_frames_between_02_and_03() -> None:
    assert stx.frame(stx.READ) == bytes.fromhex("020003ca0100cb03")
    whole = stx.answer(stx.Answer(stx.DONE, bytes(256)), bytes(1024))
    assert len(whole) == 1291


@given(st.sets(st.sampled_from(CardField)))
def test_only_what_is_allowed_leaves(allowed: set[CardField]) -> None:
    values = decode(encode(CARD), allowed)
    assert values == {field.value: CARD[field] for field in allowed}


@given(st.binary(min_size=TEXT, max_size=TEXT))
def test_any_text_is_read_or_refused(text: bytes) -> None:
    values = decode(text, CardField)
    assert values is None or set(values) == set(CardField)


heads = st.sampled_from([b"", sam_v.HEAD, b"\xaa\xaa", b"\x02\x00\x02", b"\x02"])
chunks = st.lists(st.tuples(heads, st.binary(max_size=40)).map(b"".join), min_size=10, max_size=10)


@pytest.mark.parametrize(
    ("make", "good", "most"),
    [
        (sam_v.answers, sam_v.answer(sam_v.Answer(0x90, b"x")), sam_v.MAX_FRAME),
        (sam_v.questions, sam_v.question(sam_v.FIND), sam_v.MAX_FRAME),
        (stx.answers, stx.answer(stx.Answer(0x9000, b"x")), stx.MAX_FRAME),
        (stx.questions, stx.frame(stx.READ), stx.MAX_FRAME),
    ],
)
@settings(max_examples=500)
@given(chunks)
def test_noise_is_survived(make: Any, good: bytes, most: int, noise: list[bytes]) -> None:
    (wanted,) = make().feed(good)
    decoder = make()
    for piece in noise:
        decoder.feed(piece)
        assert len(decoder._held) <= most
    found: list[Any] = []
    for _ in range(most // len(good) + 2):  # noise may end in what looks like the head of a long frame
        found += decoder.feed(good)
    assert wanted in found


READERS = pytest.mark.parametrize(
    ("driver", "make"), [("card_reader.sam_v", SimulatedSamV), ("card_reader.stx", SimulatedStx)]
)


@READERS
async def test_a_card_is_read_once_each_time_it_is_put_there(
    tmp_path: Path, driver: str, make: type[SimulatedCardReader]
) -> None:
    reader = make()
    async with plugged_in(tmp_path, driver, reader, FAST) as (heard, _):
        assert heard.statuses[-1].state is DeviceState.ONLINE
        reader.put(CARD)
        await heard.pulse.until(lambda: len(heard.readings) == 1)
        reader.take_away()
        reader.put(OTHER)
        await heard.pulse.until(lambda: len(heard.readings) == 2)
    assert heard.readings == [CardRead({"number": NUMBER}), CardRead({"number": OTHER_NUMBER})]


async def test_a_worn_card_is_said_to_be_unreadable(tmp_path: Path) -> None:
    reader = SimulatedSamV()
    async with plugged_in(tmp_path, "card_reader.sam_v", reader, FAST) as (heard, _):
        reader.put(CARD, worn=True)
        await heard.pulse.until(lambda: heard.readings)
        assert heard.readings == [CardUnread()]
        reader.take_away()
        reader.put(CARD)
        await heard.pulse.until(lambda: len(heard.readings) == 2)
    assert heard.readings[1] == CardRead({"number": NUMBER})


@pytest.mark.parametrize(
    ("state", "code"), [(0x66, "card_reader.not_authorised"), (0x60, "card_reader.self_test")]
)
async def test_a_module_that_cannot_work_says_why(tmp_path: Path, state: int, code: str) -> None:
    reader = SimulatedSamV()
    reader.module = state
    async with plugged_in(tmp_path, "card_reader.sam_v", reader, FAST) as (heard, _):
        await heard.pulse.until(lambda: heard.statuses[-1].code == code)
        reader.module = sam_v.DONE
        await heard.pulse.until(lambda: heard.statuses[-1].state is DeviceState.ONLINE)


@READERS
async def test_a_silent_reader_is_offline_until_it_answers(
    tmp_path: Path, driver: str, make: type[SimulatedCardReader]
) -> None:
    reader = make()
    options = {"poll_ms": 50, "answer_ms": 60}
    async with plugged_in(tmp_path, driver, reader, options) as (heard, _):
        reader.powered = False
        await heard.pulse.until(lambda: heard.statuses[-1].state is DeviceState.OFFLINE)
        reader.powered = True
        await heard.pulse.until(lambda: heard.statuses[-1].state is DeviceState.ONLINE)
