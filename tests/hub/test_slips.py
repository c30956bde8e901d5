"""Slips as they come out of the printer: looked at once, compared ever after, and read by others.

``python -m tests.hub.test_slips`` draws the golden pictures anew; look at them before they are kept.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from benchmarks.hubs import SAMPLE_HALL
from drivers.printer.api import Slip
from drivers.printer.escpos import codec, paper
from drivers.printer.escpos.options import Mode, Options
from drivers.printer.escpos.simulator import EscposSimulator
from kioskd.hall import commands as c
from kioskd.hall.model import Ticket
from kioskd.hub.slips import SlipComposer
from kioskd.settings import HallSettings, load
from tests.hall.conftest import STAFF, Hall

FONT = Path(__file__).parents[2] / "ui" / "fonts" / "NotoSansSC-Regular-subset.otf"
GOLDEN = Path(__file__).parent / "golden"
PUBLIC = "https://hall.example.gov.cn"
TOLERANCE = 4.0
"""Mean difference of grey levels: another release of the drawing library moves edges by part of a dot."""


@cache
def settings() -> HallSettings:
    return load(SAMPLE_HALL)


def services(count: int) -> tuple[str, ...]:
    """Services of one queue, those with the most papers to bring."""
    wanted = [one for one in settings().rules.services if one.queue == "general" and one.materials]
    wanted.sort(key=lambda one: (-len(one.materials), one.code))
    return tuple(one.code for one in wanted[:count])


def printed(
    *, public: str = PUBLIC, copy: int = 1, notice: bool = True, ahead: int = 3, **issue: object
) -> Slip:
    """The slip of a ticket in the sample hall on a Tuesday morning."""
    hall = Hall(settings().rules, start="2026-11-24 09:12:00").boot()
    for window in ("1", "2"):
        hall.sign_in(window, settings().rules.tellers[int(window)].id)
    for _ in range(ahead):
        hall.issue("general")
        hall.wait(minutes=1)
    if notice:
        zh, en = "11月30日（周一）系统升级，暂停办理。", "Closed on Monday, 30 November (upgrade)."
        hall.do(c.SetNotice(by=STAFF, zh=zh, en=en))
    ticket: Ticket = hall.issue(**{"queue": "general", **issue})  # type: ignore[arg-type]
    ticket.code = "h7Kq2mZx9VbT4pWc"
    return SlipComposer(settings().layouts, public).slip(hall.state, ticket, copy)


def new_roll() -> Slip:
    hall = Hall(settings().rules).boot()
    composer = SlipComposer(settings().layouts, PUBLIC)
    return composer.roll_slip(hall.state, "printer-1", hall.wall)


SLIPS: dict[str, Callable[[], Slip]] = {
    "zh": lambda: printed(queue=None, services=services(1)),
    "en": lambda: printed(queue=None, services=services(2), language="en"),
    "zh-large": lambda: printed(large_print=True, priority="elderly"),
    "en-large": lambda: printed(large_print=True, language="en", queue=None, services=services(1)),
    "no-address": lambda: printed(public="", notice=False, ahead=0),
    "reprint": lambda: printed(copy=2),
    "test": lambda: printed(test=True),
    "new-roll": new_roll,
}


def picture(slip: Slip, options: Options | None = None) -> Image.Image:
    """What the simulated printer burnt, from the bytes it received."""
    options = options or Options()

    async def burnt() -> bytes:
        printer = EscposSimulator(width_dots=options.width_dots, speed=0, font=FONT)
        data = codec.encode(slip, options)
        # As a line brings it: a picture is more than the printer's buffer holds at once.
        for at in range(0, len(data), 4096):
            printer.receive(data[at : at + 4096])
        (piece,) = printer.slips
        assert not [mark for mark in piece.marks if getattr(mark, "overflowed", False)], "too wide"
        return paper.render(piece, options.width_dots, FONT)

    return Image.open(io.BytesIO(asyncio.run(burnt()))).convert("L")


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_looks_as_it_did(name: str) -> None:
    now, golden = picture(SLIPS[name]()), Image.open(GOLDEN / f"{name}.png").convert("L")
    assert now.size == golden.size
    soft = ImageFilter.BoxBlur(1)
    difference = ImageChops.difference(now.filter(soft), golden.filter(soft))
    assert ImageStat.Stat(difference).mean[0] < TOLERANCE


@pytest.mark.parametrize("name", ["zh", "en", "zh-large", "en-large", "reprint"])
@pytest.mark.parametrize(
    "options", [Options(), Options(mode=Mode.RASTER, font=str(FONT))], ids=["text", "raster"]
)
def test_the_code_leads_to_the_own_place(name: str, options: Options) -> None:
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed: `make setup-dev`")
    (found,) = zxingcpp.read_barcodes(picture(SLIPS[name](), options))
    assert found.text == f"{PUBLIC}/t/h7Kq2mZx9VbT4pWc"


def test_without_a_public_address_no_address_is_printed() -> None:
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed: `make setup-dev`")
    slip = SLIPS["no-address"]()
    assert "http" not in str(slip)
    (found,) = zxingcpp.read_barcodes(picture(slip))
    assert found.text == "h7Kq2mZx9VbT4pWc", "for the kiosk's own scanner"


def test_a_long_list_says_that_it_is_not_all() -> None:
    every = tuple(one.code for one in settings().rules.services if one.queue == "general")[:12]
    texts = [
        element.text for element in printed(queue=None, services=every).elements if hasattr(element, "text")
    ]
    assert sum("还有" in text and "请问工作人员" in text for text in texts) == 2
    english = printed(queue=None, services=every, language="en")
    assert sum("more: please ask" in getattr(element, "text", "") for element in english.elements) == 2


OCR = importlib.util.find_spec("rapidocr_onnxruntime") is not None


@pytest.mark.skipif(not OCR, reason="rapidocr-onnxruntime is not installed: no OCR read the slips")
@pytest.mark.parametrize("name", ["zh", "zh-large"])
def test_a_stranger_reads_the_slip(name: str) -> None:
    from rapidocr_onnxruntime import RapidOCR

    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        picture(SLIPS[name]()).convert("RGB").save(file.name)
        found, _ = RapidOCR()(file.name)
    read = "".join(text for _, text, _ in found)
    for wanted in ("A004", "综合业务", "前面等候", "办理窗口", "2026-11-24", "09:15", "核对码"):
        assert wanted in read.replace(" ", ""), read


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, make in SLIPS.items():
        picture(make()).quantize(4).save(GOLDEN / f"{name}.png", optimize=True)
