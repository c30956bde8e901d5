"""Codes on pages: read whichever way the page lay, and said from the top down as it stands."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp

from kioskd.documents.codes import find_codes
from kioskd.documents.page import make_page
from kioskd.documents.work import MakePage
from tests.documents import reading

SENTENCE = "参加企业职工基本养老保险的人员死亡后其遗属可以领取丧葬补助金和抚恤金"
LINES = [SENTENCE[:length] for length in range(7, 31, 3)]
LEFT = 170
"""Where lines begin, and the codes: a page whose lines begin at many places may lie on its head unnoticed."""


def photographed(quarters: int) -> bytes:
    """A page with a code near its top and another near its end, lying turned by so many quarters."""
    page, _ = reading.drawn(np.random.default_rng(4), LINES)
    for text, y in (("UPPER-1", 20), ("LOWER-2", 2120)):
        made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
        code = np.asarray(made.to_image(scale=7, add_quiet_zones=True))
        page[y : y + code.shape[0], LEFT : LEFT + code.shape[1]] = code[:, :, None]
    turned = np.rot90(page, -quarters)
    high, wide = turned.shape[:2]
    table = np.full((high + 300, wide + 400, 3), (48, 70, 56), np.uint8)
    table[150 : 150 + high, 200 : 200 + wide] = turned
    return cv2.imencode(".jpg", table, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


@pytest.mark.parametrize("quarters", range(4))
def test_from_the_top_down_whichever_way_it_lay(quarters: int) -> None:
    made = make_page(MakePage(picture=photographed(quarters)))
    assert made.codes == ("UPPER-1", "LOWER-2")
    assert made.height > made.width
    page = cv2.imdecode(np.frombuffer(made.data, np.uint8), cv2.IMREAD_GRAYSCALE)
    left = page[: round(0.1 * made.height), : made.width // 3]
    assert (left < 90).mean() > 0.05, "it stands upright: a code is in its upper left corner"


PRINTED = {
    **dict.fromkeys(("QRCode", "MicroQRCode", "DataMatrix", "Aztec", "PDF417"), "KIOSKD-2026"),
    **dict.fromkeys(("Code128", "Code39", "Code93"), "KIOSKD-2026"),
    "Codabar": "A1234567B",
    "ITF": "12345678",
    "EAN13": "6901234567892",
}
"""What stands on papers, and what one of each says."""


@pytest.mark.parametrize("kind", PRINTED)
def test_every_kind_that_is_printed_is_read_upright_and_along_the_side(kind: str) -> None:
    made = zxingcpp.create_barcode(PRINTED[kind], getattr(zxingcpp.BarcodeFormat, kind))
    code = np.asarray(made.to_image(scale=4, add_quiet_zones=True))
    for turn in (0, 1):
        page = np.full((2000, 1414), 255, np.uint8)
        drawn = np.rot90(code, turn)
        page[100 : 100 + drawn.shape[0], 200 : 200 + drawn.shape[1]] = drawn
        assert [found.text for found in find_codes(page)] == [PRINTED[kind]]
