from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.escpos.replies import (
    AutoStatus,
    Cleared,
    Printed,
    Queued,
    RealTime,
    Reply,
    Splitter,
    WentOffline,
)
from drivers.printer.escpos.state import from_answers, from_auto_status, silent, status_of
from drivers.status import Cover, DeviceState, ErrorAction, Paper


def split(*chunks: bytes) -> list[Reply]:
    splitter = Splitter()
    return [reply for chunk in chunks for reply in splitter.feed(chunk)]


@pytest.mark.parametrize(
    ("data", "replies"),
    [
        ("12", [RealTime(0x12)]),
        ("7e", [RealTime(0x7E)]),
        ("10000000", [AutoStatus(bytes.fromhex("10000000"))]),
        ("38080c0f", [AutoStatus(bytes.fromhex("38080c0f"))]),
        ("03", [Queued(3)]),
        ("372241423132 00", [Printed(b"AB12")]),
        ("372341423132 00", [WentOffline()]),
        ("372500", [Cleared()]),
        # All on one stream, in any order.
        ("12 10000300 37224142313200 12 0c", None),
        # What belongs to nothing is passed over: flow control, noise, a broken packet.
        ("11 13 ff 91 12", [RealTime(0x12)]),
        ("1000 12", [Queued(0), RealTime(0x12)]),
        ("3722 12", [Queued(0x22), RealTime(0x12)]),
        ("37224142 00 12", [RealTime(0x12)]),
    ],
)
def test_golden(data: str, replies: list[Reply] | None) -> None:
    stream = bytes.fromhex(data)
    if replies is None:
        replies = [
            RealTime(0x12),
            AutoStatus(bytes.fromhex("10000300")),
            Printed(b"AB12"),
            RealTime(0x12),
            Queued(0x0C),
        ]
    assert split(stream) == replies
    assert split(*(bytes([byte]) for byte in stream)) == replies


@given(st.lists(st.binary(max_size=12), max_size=20))
def test_chunks_make_no_difference_and_nothing_piles_up(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    splitter = Splitter()
    replies = []
    for chunk in chunks:
        replies += splitter.feed(chunk)
        assert len(splitter._held) <= 11
    assert replies == split(whole)
    assert replies == split(*(bytes([byte]) for byte in whole))
    splitter.flush()
    assert splitter.feed(b"\x12") == [RealTime(0x12)]


GOOD = st.sampled_from(
    [
        (b"\x12", RealTime(0x12)),
        (b"\x1a", RealTime(0x1A)),
        (b"\x14\x00\x03\x00", AutoStatus(b"\x14\x00\x03\x00")),
        (b"\x0c", Queued(0x0C)),
        (b"7\x22 ~09\x00", Printed(b" ~09")),
        (b"7\x25\x00", Cleared()),
    ]
)


@given(st.lists(GOOD), st.lists(GOOD, min_size=8), st.binary(max_size=10))
def test_good_replies_all_come_out_and_noise_is_survived(
    before: list[tuple[bytes, Reply]], after: list[tuple[bytes, Reply]], noise: bytes
) -> None:
    splitter = Splitter()
    assert splitter.feed(b"".join(data for data, _ in before)) == [reply for _, reply in before]
    splitter.feed(noise)
    splitter.flush()
    assert splitter.feed(b"".join(data for data, _ in after)) == [reply for _, reply in after]


# Meaning


@pytest.mark.parametrize(
    ("answers", "code", "state", "paper", "cover"),
    [
        ("12121212", "", DeviceState.ONLINE, Paper.FULL, Cover.CLOSED),
        ("1212121e", "printer.paper_low", DeviceState.ONLINE, Paper.LOW, Cover.CLOSED),
        ("1a32127e", "printer.paper_out", DeviceState.USER_ERROR, Paper.OUT, Cover.CLOSED),
        ("1a321212", "printer.paper_out", DeviceState.USER_ERROR, Paper.OUT, Cover.CLOSED),
        ("1a161212", "printer.cover_open", DeviceState.USER_ERROR, Paper.FULL, Cover.OPEN),
        ("1a521a12", "printer.cutter", DeviceState.HARDWARE_ERROR, Paper.FULL, Cover.CLOSED),
        ("1a523212", "printer.fatal", DeviceState.HARDWARE_ERROR, Paper.FULL, Cover.CLOSED),
        ("1a525212", "printer.overheated", DeviceState.DEVICE_BUSY, Paper.FULL, Cover.CLOSED),
        ("1a121212", "printer.offline", DeviceState.OFFLINE, Paper.FULL, Cover.CLOSED),
    ],
)
def test_real_time_status(answers: str, code: str, state: DeviceState, paper: Paper, cover: Cover) -> None:
    status = status_of(from_answers(*bytes.fromhex(answers)), near_end_sensor=True)
    assert (status.code, status.state, status.paper, status.cover) == (code, state, paper, cover)
    assert (status.action is ErrorAction.NONE) == (code in ("", "printer.overheated"))


@pytest.mark.parametrize(
    ("packet", "code", "paper"),
    [
        ("10000000", "", Paper.FULL),
        ("10000300", "printer.paper_low", Paper.LOW),  # near-end is not out
        ("18000f00", "printer.paper_out", Paper.OUT),
        ("18000c00", "printer.paper_out", Paper.OUT),
        ("38000000", "printer.cover_open", Paper.FULL),
        ("18080000", "printer.cutter", Paper.FULL),
        ("18200000", "printer.fatal", Paper.FULL),
        ("18400000", "printer.overheated", Paper.FULL),
        ("18000000", "printer.offline", Paper.FULL),
        ("54000000", "", Paper.FULL),
    ],
)
def test_automatic_status(packet: str, code: str, paper: Paper) -> None:
    status = status_of(from_auto_status(bytes.fromhex(packet)), near_end_sensor=True)
    assert (status.code, status.paper) == (code, paper)


def test_a_missing_sensor_says_nothing() -> None:
    condition = from_answers(0x12, 0x12, 0x12, 0x1E)
    assert status_of(condition, near_end_sensor=False).paper is Paper.FULL
    assert status_of(condition, near_end_sensor=False).code == ""


def test_silence_is_not_the_end_of_paper() -> None:
    status = silent(3)
    assert status.code == "printer.silent"
    assert status.paper is Paper.UNKNOWN
