from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import ConfigurationError
from drivers.printer.api import Align, Code, Element, Feed, Pair, Rule, Slip, Text
from drivers.printer.escpos import codec, layout, qr, raster
from drivers.printer.escpos.interpreter import AskIdentity, Chop, Interpreter, Line, Picture, Qr, Step
from drivers.printer.escpos.options import Charset, Cut, Mode, Options
from drivers.printer.escpos.options import Qr as QrBy

FONT = Path(__file__).parents[3] / "ui" / "fonts" / "NotoSansSC-Regular-subset.otf"


def steps(data: bytes, width: int = 576) -> list[Step]:
    """What a printer makes of the bytes; fails when it wants more of them."""
    interpreter = Interpreter(width)
    interpreter.push(data)
    found = []
    while (step := interpreter.next()) is not None:
        found.append(step)
    assert not interpreter._buffer
    return found


def lines(data: bytes, width: int = 576) -> list[Line]:
    return [step for step in steps(data, width) if isinstance(step, Line)]


# Golden bytes


def test_questions_and_commands() -> None:
    assert [question.hex() for question in codec.STATUS_QUESTIONS] == ["100401", "100402", "100403", "100404"]
    assert codec.FENCE.hex() == "1d7201"
    assert codec.CLEAR.hex() == "10140801031401060208"
    assert codec.RECOVER.hex() == "100502"
    assert codec.ask_process_id(b"AB12").hex() == "1d2848060030304142" + "3132"


def test_a_slip_byte_by_byte() -> None:
    slip = Slip((Text("请A012号", size=2, align=Align.CENTER, bold=True), Rule(), Feed(2)))
    assert (
        codec.encode(slip, Options(columns=16, width_dots=192))
        == bytes.fromhex(
            "1b40"  # reset
            "1c26"  # double-byte characters on
            "1b6101 1d2111 1b4501"  # centred, twice as large, bold
            "c7eb 41303132 bac5 0a"  # 请 A012 号
            "1b6100 1d2100 1b4500" + "a9a4" * 8 + "0a"  # left, plain, ─
            "1b6402"  # two empty lines
            "1c2e"  # double-byte characters off
            "1d564200"  # feed to the cutter, partial cut
        )
    )


def test_profile_bytes_stand_where_they_belong() -> None:
    options = Options(before="1b 39 00", after="1d 65 03 0c", double_byte=False, code_page=0, cut=Cut.FULL)
    assert codec.encode(Slip(()), options, asb=True).hex() == "1b401b39001d610e1b74001d5641001d65030c"
    assert codec.encode(Slip(()), Options(cut=Cut.NONE)).hex() == "1b401c261c2e"


def test_native_qr_code() -> None:
    data = codec.encode(Slip((Code("https://x.example/t/1", module=6),)), Options())
    assert (
        bytes.fromhex("1d286b0400 314132001d286b0300 3143061d286b0300 3145311d286b1800 315030")
        + b"https://x.example/t/1"
        + bytes.fromhex("1d286b0300 315130")
        in data
    )


def test_qr_and_raster_agree_with_python_escpos() -> None:
    from escpos.printer import Dummy
    from PIL import Image

    # 2 × 32 + 3 modules would be too wide for nothing here, so both draw the same picture.
    picture = Image.new("L", (64, 40), 255)
    picture.paste(0, (3, 5, 40, 29))
    other = Dummy()
    other.image(picture.convert("1"), impl="bitImageRaster")
    assert raster.bands(picture) in other.output
    other = Dummy()
    other.qr("A012", native=True, size=4, ec=1, model=2)
    ours = codec.encode(Slip((Code("A012", module=4),)), Options())
    for command in re.findall(rb"\x1d\(k.{4,}?(?=\x1d\(k|\n|$)", other.output, re.DOTALL):
        assert command in ours


def test_qr_capacity_is_that_of_the_standard() -> None:
    from qrcode.util import BIT_LIMIT_TABLE

    level_m = 0
    for version, size in enumerate(qr.QR_CAPACITY_M, 1):
        header = 4 + (8 if version < 10 else 16)
        assert (BIT_LIMIT_TABLE[level_m][version] - header) // 8 == size


@pytest.mark.parametrize(
    ("module", "width", "expected"), [(5, 576, 5), (1, 576, 3), (20, 576, 8), (8, 200, 6)]
)
def test_qr_module_fits_the_paper(module: int, width: int, expected: int) -> None:
    options = Options(width_dots=width, columns=16)
    assert qr.qr_module(Code("https://example/t/1", module), options) == expected


@pytest.mark.parametrize("data", ["", "x" * 2400, "字" * 800])
def test_a_qr_code_that_cannot_be_is_refused(data: str) -> None:
    with pytest.raises(qr.SlipError):
        codec.encode(Slip((Code(data),)), Options())


# Text


def test_every_mark_and_letter_arrives() -> None:
    # Full-width marks alone are what other encoders turn into question marks.
    text = "：（）① ㎡ é α Ω ─ 〇 €"
    (line,) = lines(codec.encode(Slip((Text(text),)), Options()))
    assert line.text == text


def test_what_the_font_lacks_is_marked() -> None:
    (line,) = lines(codec.encode(Slip((Text("张𬭚 李😀"),)), Options(charset=Charset.GBK)))
    assert line.text == "张〓 李〓"
    (line,) = lines(codec.encode(Slip((Text("张𬭚"),)), Options()))
    assert line.text == "张𬭚"


ELEMENTS = st.one_of(
    st.builds(
        Text,
        st.text(max_size=60),
        st.integers(0, 9),
        st.sampled_from(Align),
        st.booleans(),
    ),
    st.builds(Pair, st.text(max_size=30), st.text(max_size=30), st.booleans()),
    st.builds(Rule),
    st.builds(Feed, st.integers(-1, 300)),
    st.builds(Code, st.text(min_size=1, max_size=60), st.integers(0, 12)),
)
SLIPS = st.lists(ELEMENTS, max_size=6).map(lambda elements: Slip(tuple(elements)))
PAPERS = st.sampled_from([(576, 48), (512, 42), (384, 32), (192, 16)])


def written(element: Element) -> str:
    match element:
        case Text(text):
            return "".join(layout.paragraphs(text))
        case Pair(left, right):
            return layout.clean(left) + layout.clean(right)
    return ""


@settings(max_examples=150)
@given(SLIPS, PAPERS, st.sampled_from(Charset))
def test_any_slip_is_printed_whole_within_the_paper(
    slip: Slip, size: tuple[int, int], charset: Charset
) -> None:
    width, columns = size
    data = codec.encode(slip, Options(width_dots=width, columns=columns, charset=charset))
    done = steps(data, width)
    printed = [step for step in done if isinstance(step, Line)]
    assert not any(line.overflowed for line in printed)
    assert sum(isinstance(step, Chop) for step in done) == 1
    assert isinstance(done[-1], Chop)
    codes = [element.data for element in slip.elements if isinstance(element, Code)]
    assert [step.data for step in done if isinstance(step, Qr)] == codes
    if charset is Charset.GB18030:
        text = "".join(
            line.text for line in printed if set(line.text) != {"─"} or len(line.text) != columns // 2
        )
        wanted = "".join(written(element) for element in slip.elements)
        substituted = wanted.encode("gb18030", "replace").decode("gb18030", "replace")
        assert text.replace(" ", "").replace("〓", "?") == substituted.replace(" ", "").replace("〓", "?")


@given(st.text(max_size=40), st.sampled_from(Charset))
def test_no_text_makes_a_command(text: str, charset: Charset) -> None:
    data = codec.characters(layout.clean(text), charset)
    assert not any(byte < 0x20 or byte == 0x7F for byte in data)


@given(st.integers(0, 10**9))
def test_process_ids_are_printable_and_differ(number: int) -> None:
    identity = codec.process_id(number)
    assert len(identity) == 4
    assert all(0x20 <= byte <= 0x7E for byte in identity)
    assert identity != codec.process_id(number + 1)
    assert steps(codec.ask_process_id(identity)) == [AskIdentity(identity)]


# Raster


def test_raster_mode_prints_pictures_only() -> None:
    slip = Slip((Text("A012", size=4, align=Align.CENTER), Pair("左", "右"), Rule(), Code("A012"), Feed(1)))
    done = steps(codec.encode(slip, Options(mode=Mode.RASTER, font=str(FONT))))
    pictures = [step for step in done if isinstance(step, Picture)]
    assert all(picture.width == 576 for picture in pictures)
    assert all(len(picture.rows) == 72 * picture.height for picture in pictures)
    assert any(any(picture.rows) for picture in pictures)
    assert not any(isinstance(step, (Line, Qr)) for step in done)


def test_raster_text_has_its_place() -> None:
    def edges(align: Align) -> tuple[int, int]:
        options = Options(mode=Mode.RASTER, font=str(FONT))
        (picture,) = [
            step
            for step in steps(codec.encode(Slip((Text("中", align=align),)), options))
            if isinstance(step, Picture)
        ]
        rows = [picture.rows[at : at + 72] for at in range(0, len(picture.rows), 72)]
        dark = [x for x in range(576) if any(row[x // 8] & 0x80 >> x % 8 for row in rows)]
        return min(dark), max(dark)

    left, center, right = (edges(align) for align in (Align.LEFT, Align.CENTER, Align.RIGHT))
    assert left[1] < 24
    assert 276 <= center[0] < center[1] < 300
    assert right[0] >= 552


def test_a_native_printer_can_get_its_code_as_a_picture() -> None:
    done = steps(codec.encode(Slip((Code("A012", module=4),)), Options(qr=QrBy.RASTER)))
    (picture,) = [step for step in done if isinstance(step, Picture)]
    assert (picture.width, picture.height, picture.align) == (88, 84, "center")


@given(st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x00, 0xFF]), max_size=60).map(bytes))
def test_no_picture_makes_a_real_time_command(data: bytes) -> None:
    safe = raster.defuse(data)
    assert len(safe) == len(data)
    assert not re.search(rb"\x10[\x04\x05\x14]", safe)
    changed = [(before, after) for before, after in zip(data, safe, strict=True) if before != after]
    assert all(change == (0x10, 0x00) for change in changed)


@pytest.mark.parametrize("font", ["", "/nowhere/font.otf", __file__])
def test_raster_without_a_font_is_a_matter_of_configuration(font: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        codec.encode(Slip((Text("字"),)), Options(mode=Mode.RASTER, font=font))
    assert caught.value.code == "printer.font"


# Options


@pytest.mark.parametrize(
    "options",
    [
        {"columns": 49},
        {"width_dots": 577},
        {"before": "1b 4"},
        {"confirm": "maybe"},
        {"colums": 48},
        {"poll": 0},
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, Options)
