"""Characters that a font lacks: a box stands for them, and the status says which they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drivers.caller_display.a090.simulator import A090Board
from drivers.caller_display.alpha.simulator import AlphaSign
from drivers.caller_display.api import SignFace
from drivers.caller_display.cd5220.simulator import Cd5220Display
from drivers.caller_display.onbon_bx.simulator import OnbonSign
from drivers.caller_display.pinganlihe.simulator import PinganliheBoard
from drivers.simulator import Simulator
from tests.drivers.caller_display.signs import FAST, face, hall, page, pty

SIGNS: dict[str, Any] = {
    "onbon_bx": OnbonSign,
    "pinganlihe": PinganliheBoard,
    "a090": A090Board,
}


@pytest.mark.parametrize("family", SIGNS)
async def test_a_hanzi_that_the_card_lacks_is_replaced_and_told(tmp_path: Path, family: str) -> None:
    sign: Simulator = SIGNS[family](3)
    async with hall(pty(tmp_path, [sign]), f"caller_display.{family}", [3], [sign]) as signs:
        signs.one.want(face("囍A012"))
        await signs.pulse.until(lambda: signs.one.shows and signs.one.statuses[-1].missing)
        assert signs.one.statuses[-1].missing == "囍"
        assert "□A012" in str(sign.view())
        signs.one.want(face("请A012到3号窗口"))
        await signs.pulse.until(lambda: not signs.one.statuses[-1].missing)


async def test_pages_are_told_together_and_once(tmp_path: Path) -> None:
    sign = PinganliheBoard(3)
    async with hall(pty(tmp_path, [sign]), "caller_display.pinganlihe", [3], [sign], FAST) as signs:
        signs.one.want(SignFace((page("囍A012", seconds=0.5), page("喆B001", seconds=0.5))))
        await signs.pulse.until(lambda: signs.one.statuses and signs.one.statuses[-1].missing == "囍 喆")
        told = len({status.missing for status in signs.one.statuses})
        turned = len(signs.one.sent())
        await signs.pulse.until(lambda: len(signs.one.sent()) > turned + 4)
        assert len({status.missing for status in signs.one.statuses}) == told


@pytest.mark.parametrize(("family", "sign"), [("alpha", AlphaSign(1)), ("cd5220", Cd5220Display())])
async def test_a_display_without_chinese_lacks_only_what_it_replaced(
    tmp_path: Path, family: str, sign: Simulator
) -> None:
    unit = 1 if family == "alpha" else 0
    options = {"poll_s": 0.2}
    async with hall(pty(tmp_path, [sign]), f"caller_display.{family}", [unit], [sign], options) as signs:
        # Nothing of it can be shown, so it is left blank: that is how such displays are.
        signs.one.want(face("暂停服务"))
        await signs.pulse.until(lambda: signs.one.shows)
        assert signs.one.statuses[-1].missing == ""
        assert "暂" in signs.one.statuses[-1].detail
        signs.one.want(face("A012 到"))
        await signs.pulse.until(lambda: signs.one.statuses[-1].missing == "到")
