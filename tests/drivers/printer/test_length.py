"""The paper a slip takes, reckoned by the driver and measured at the simulated printer."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.api import Align, Code, Element, Feed, Pair, Rule, Slip, Text
from drivers.printer.escpos import codec
from drivers.printer.escpos.length import millimetres
from drivers.printer.escpos.options import Cut, Mode, Options, Qr
from drivers.printer.escpos.simulator import EscposSimulator
from tests.drivers.printer.booth import FONT, slip

WORDS = st.text("取号综合业务 A012，。（）\n\t", max_size=60)
ELEMENTS: st.SearchStrategy[Element] = st.one_of(
    st.builds(Text, WORDS, st.integers(1, 8), st.sampled_from(Align), st.booleans()),
    st.builds(Pair, WORDS, WORDS, st.booleans()),
    st.just(Rule()),
    st.builds(Feed, st.integers(1, 20)),
    st.builds(Code, st.text("abc/:.", min_size=1, max_size=80), st.integers(3, 8)),
)
MODELS = (
    Options(dpi=203),
    Options(mode=Mode.RASTER, font=str(FONT)),
    Options(width_dots=384, columns=32, cut=Cut.NONE, qr=Qr.RASTER),
)


def measured(slip: Slip, options: Options) -> float:
    """Millimetres that the simulated printer, of 8 dots to the millimetre, takes off its roll."""
    roll = 1_000_000.0

    async def printed() -> float:
        feed = 0.0 if options.cut is Cut.NONE else options.cut_feed_mm
        printer = EscposSimulator(width_dots=options.width_dots, paper_mm=roll, speed=0, cut_feed_mm=feed)
        printer.receive(codec.encode(slip, options))
        return roll - float(printer._paper_mm)

    return asyncio.run(printed())


@pytest.mark.parametrize("options", MODELS, ids=["text", "raster", "small"])
def test_a_ticket(options: Options) -> None:
    assert millimetres(slip("A012"), options) == pytest.approx(measured(slip("A012"), options), rel=0.01)


@given(st.lists(ELEMENTS, max_size=8), st.sampled_from([MODELS[0], MODELS[2]]))
def test_any_slip(elements: list[Element], options: Options) -> None:
    whole = Slip(tuple(elements))
    assert millimetres(whole, options) == pytest.approx(measured(whole, options), rel=0.01, abs=0.1)
