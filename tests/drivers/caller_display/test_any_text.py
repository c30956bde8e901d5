"""Whatever a page says, no sign driver fails; what a sign's font lacks is replaced, and said once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.caller_display.a090 import driver as a090
from drivers.caller_display.a090.simulator import A090Board
from drivers.caller_display.alpha import driver as alpha
from drivers.caller_display.alpha.simulator import AlphaSign
from drivers.caller_display.api import Colour, Page, Row
from drivers.caller_display.cd5220 import driver as cd5220
from drivers.caller_display.cd5220.simulator import Cd5220Display
from drivers.caller_display.cx_h import driver as cx_h
from drivers.caller_display.cx_h.simulator import CxHBoard
from drivers.caller_display.huidu import driver as huidu
from drivers.caller_display.huidu.simulator import HuiduBoard
from drivers.caller_display.modbus_digits import driver as digits
from drivers.caller_display.modbus_digits.simulator import ModbusDigits
from drivers.caller_display.onbon_bx import driver as onbon
from drivers.caller_display.onbon_bx.simulator import OnbonSign
from drivers.caller_display.pinganlihe import driver as pinganlihe
from drivers.caller_display.pinganlihe.simulator import PinganliheBoard
from drivers.caller_display.polled import SignProtocol
from drivers.facts import plain

FRAMES = 60
"""Far more than any page takes."""


class Family(NamedTuple):
    protocol: Callable[[], SignProtocol]
    sign: Callable[[], Any]


FAMILIES = {
    "a090": Family(lambda: a090.A090Protocol(1, a090.Options()), lambda: A090Board(1)),
    "alpha": Family(lambda: alpha.AlphaProtocol(1, alpha.Options()), lambda: AlphaSign(1)),
    "cd5220": Family(lambda: cd5220.Cd5220Protocol(cd5220.Options()), Cd5220Display),
    "cx_h": Family(lambda: cx_h.CxHProtocol(cx_h.Options()), CxHBoard),
    "huidu": Family(lambda: huidu.HuiduProtocol(huidu.Options()), HuiduBoard),
    "modbus_digits": Family(
        lambda: digits.ModbusDigitsProtocol(1, digits.Options()), lambda: ModbusDigits(1)
    ),
    "onbon": Family(lambda: onbon.OnbonProtocol(1, onbon.Options()), lambda: OnbonSign(1)),
    "pinganlihe": Family(
        lambda: pinganlihe.PinganliheProtocol(1, pinganlihe.Options()), lambda: PinganliheBoard(1)
    ),
}

ODD = "㐱𠮷喆囍\ud800\udfff😀👨‍👩‍👧\u202e\u200b\x00\x1b\\\n\t　〓□請Ａ１é–·…"
TEXTS = st.one_of(
    st.text(st.sampled_from(ODD + "请A012到3号窗口办理"), max_size=60),
    st.text(max_size=40),
    st.text(st.characters(categories=["Cs", "Co", "Cn", "Lo", "So"]), max_size=40),
)
ROWS = st.builds(
    Row, st.lists(TEXTS, min_size=1, max_size=3).map(tuple), st.sampled_from(Colour), st.booleans()
)
PAGES = st.builds(Page, st.lists(ROWS, max_size=4).map(tuple), st.floats(0, 100))


def shown(family: Family, page: Page) -> tuple[str, str]:
    """Bring a page to a simulated sign; return what it shows and the note for a technician."""

    async def bring() -> tuple[str, str]:
        protocol, sign = family.protocol(), family.sign()
        sign.connect(protocol.feed)
        for _ in range(FRAMES):
            frame = protocol.compose(page)
            if frame is None:
                return " ".join(sign.texts()), plain(protocol.notes)
            sign.receive(frame.data)
            protocol.taken(frame)
        raise AssertionError("the page never arrives")

    return asyncio.run(bring())


@pytest.mark.parametrize("name", FAMILIES)
@settings(max_examples=60)
@given(PAGES)
def test_any_page_arrives(name: str, page: Page) -> None:
    shown(FAMILIES[name], page)


@pytest.mark.parametrize("name", FAMILIES)
def test_what_the_font_lacks_is_replaced_and_named(name: str) -> None:
    text, note = shown(FAMILIES[name], Page((Row(("A012 😀",)),)))
    assert "😀" not in text
    assert "A012" in text.replace(" ", "") or name == "modbus_digits"
    assert "😀" in note or name == "modbus_digits", "the number alone is shown there"
    kept, well = shown(FAMILIES[name], Page((Row(("A012",)),)))
    assert "😀" not in well
    assert kept.strip()


@pytest.mark.parametrize("name", ["a090", "cx_h", "huidu", "onbon", "pinganlihe"])
def test_a_rare_name_keeps_the_rest_of_the_text(name: str) -> None:
    text, note = shown(FAMILIES[name], Page((Row(("请𠮷A012到",)),)))
    assert "A012" in text
    assert "𠮷" not in text
    assert "𠮷" in note
