"""Bytes told in words for a technician."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.caller_display.a090 import codec as a090
from drivers.ff68 import codec as ff68
from drivers.meaning import LONGEST, meaning
from drivers.registry import DRIVERS, PRIVATE


def test_a_codec_says_what_a_frame_is() -> None:
    frame = ff68.encode(ff68.digits(5, "12"))
    assert meaning("call_pad.ff68", b"\x00\x00" + frame).startswith("Frame address=5 function=")
    text = "请A012到3号窗口".encode("gb18030")
    data = b"".join(text[at : at + 2] for at in range(0, len(text), 2))
    said = meaning("caller_display.a090", a090.encode_message(a090.Text(3, data)))
    assert said.startswith("Text address=3 data=")
    assert "请A012到3号窗口" in said


def test_what_no_codec_reads_is_searched_for_text() -> None:
    slip = b"\x1b@\x1d!\x11" + "您的号码 A012".encode("gb18030") + b"\n\x1dV\x00"
    assert "您的号码 A012" in meaning("printer.escpos", slip)
    assert meaning("printer.escpos", b"\x10\x04\x01") == ""
    assert meaning("printer.escpos", bytes.fromhex("37225566602000")) == ""


def test_what_is_somebodys_own_is_not_told() -> None:
    for name, driver in DRIVERS.items():
        if driver.device_class in PRIVATE:
            assert meaning(name, b"11010519491231002X") == ""
    assert meaning("no.such", b"A012") == ""


@pytest.mark.parametrize("driver", sorted(DRIVERS))
@given(data=st.binary(max_size=300))
def test_any_bytes_are_told_briefly(driver: str, data: bytes) -> None:
    assert len(meaning(driver, data)) <= LONGEST
