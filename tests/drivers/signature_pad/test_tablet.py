"""Signatures drawn on a simulated tablet, on a pty."""

from __future__ import annotations

import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from drivers.hid.codec import REPORT, SYN_DROPPED, Event, Reports, encode
from drivers.signature_pad.api import SignatureFace, SignaturePad, Signed, SignMode
from drivers.signature_pad.tablet.codec import EV_ABS, Pen, Place, strokes_out
from drivers.signature_pad.tablet.simulator import SimulatedTablet
from tests.drivers.plugged import plugged_in

LINE = [(0.1, 0.5), (0.2, 0.4), (0.9, 0.5)]
DOT = [(0.5, 0.5)]
QUICK = {"done_s": 0.5}

strokes = st.lists(
    st.lists(
        st.tuples(st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 900).map(float)), min_size=1
    ),
    min_size=1,
    max_size=5,
)


class Wanted:
    def __init__(self, face: SignatureFace) -> None:
        self.face = face

    def newest(self) -> SignatureFace:
        return self.face

    def changed(self) -> float:
        return 0.0


SIGN, IDLE = Wanted(SignatureFace(SignMode.SIGN, "A012")), Wanted(SignatureFace())


@given(strokes, st.integers(1, 50))
def test_strokes_come_out_as_they_were_drawn(drawn: list[list[Place]], size: int) -> None:
    data, pen = b"".join(strokes_out(drawn)), Pen()
    way = [place for at in range(0, len(data), size) for place in pen.feed(data[at : at + size])]
    read: list[list[Place]] = [[]]
    for place in way:
        if place is None:
            read.append([])
        else:
            read[-1].append(place)
    assert read == [*drawn, []]


@given(st.lists(st.binary(max_size=600), max_size=10))
def test_any_bytes_are_survived_and_bounded(noise: list[bytes]) -> None:
    reports = Reports()
    for piece in noise:
        for report in reports.feed(piece):
            assert 0 < len(report) <= Reports.MOST
    assert len(reports._events) <= Reports.MOST


def test_a_report_with_a_gap_is_left_out() -> None:
    moved = encode(Event(0.0, EV_ABS, 0, 5))
    dropped = encode(Event(0.0, 0, SYN_DROPPED, 0))
    reports = Reports().feed(moved + dropped + moved + encode(REPORT) + moved + encode(REPORT))
    assert len(reports) == 1


async def test_a_signature_is_reported_when_the_pen_rests(tmp_path: Path) -> None:
    tablet = SimulatedTablet()
    async with plugged_in(tmp_path, "signature_pad.tablet", tablet, QUICK) as (heard, pad):
        assert isinstance(pad, SignaturePad)
        await pad.show(SIGN)
        tablet.sign([LINE, DOT])
        await heard.pulse.until(lambda: heard.readings)
    (signed,) = heard.readings
    assert isinstance(signed, Signed)
    assert (signed.width, signed.height) == (1200, 800)
    assert [[point[:2] for point in stroke] for stroke in signed.strokes] == [
        [(120, 400), (240, 320), (1080, 400)],
        [(600, 400)],
    ]
    times = [point[2] for stroke in signed.strokes for point in stroke]
    assert times == sorted(times)
    assert times[0] == 0


async def test_scribbles_outside_a_signing_belong_to_nobody(tmp_path: Path) -> None:
    ago = [0.0]
    tablet = SimulatedTablet(clock=lambda: time.monotonic() - ago[0])
    async with plugged_in(tmp_path, "signature_pad.tablet", tablet, QUICK) as (heard, pad):
        assert isinstance(pad, SignaturePad)
        ago[0] = 5.0  # drawn before, and still on their way when signing begins
        tablet.sign([LINE, LINE])
        await pad.show(SIGN)
        ago[0] = 0.0
        tablet.sign([LINE])
        await pad.show(IDLE)
        await pad.show(SIGN)
        ago[0] = -1.0
        tablet.sign([DOT])
        await heard.pulse.until(lambda: heard.readings)
    (signed,) = heard.readings
    assert isinstance(signed, Signed)
    assert [[point[:2] for point in stroke] for stroke in signed.strokes][-1] == [(600, 400)]
    assert len(signed.strokes) <= 2  # a stroke that ends after signing began may count


async def test_after_a_signature_the_pad_takes_no_more(tmp_path: Path) -> None:
    tablet = SimulatedTablet()
    async with plugged_in(tmp_path, "signature_pad.tablet", tablet, QUICK) as (heard, pad):
        assert isinstance(pad, SignaturePad)
        await pad.show(SIGN)
        tablet.sign([LINE])
        await heard.pulse.until(lambda: heard.readings)
        tablet.sign([LINE])
        await pad.show(SIGN)
        tablet.sign([DOT])
        await heard.pulse.until(lambda: len(heard.readings) == 2)
    second = heard.readings[1]
    assert isinstance(second, Signed)
    assert len(second.strokes) <= 2
