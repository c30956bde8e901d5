from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.caller_display.api import Colour
from drivers.caller_display.dots import HEIGHT, Font, digits, led_font, strip
from drivers.caller_display.simulated import Window
from drivers.caller_display.text import ASCII, GBK, SUBSTITUTE, cells, cut, encode, fit, pad, showable

anything = st.text(max_size=40)


def test_the_first_text_that_fits_is_taken() -> None:
    texts = ("请A012到3号窗口办理", "请A012到3号窗口", "A012")
    assert fit(texts, 20, shorten=False).text == texts[0]
    assert fit(texts, 16, shorten=False).text == texts[1]
    assert fit(texts, 14, shorten=False).text == texts[2]


def test_when_none_fits_the_last_scrolls_or_is_cut_between_characters() -> None:
    texts = ("暂停服务请到其他窗口办理", "请到其他窗口")
    assert fit(texts, 5, shorten=False) == fit(texts, 4, shorten=False)
    assert not fit(texts, 5, shorten=False).fits
    assert fit(texts, 5, shorten=True).text == "请到"
    assert fit((), 16, shorten=False).text == ""


def test_what_the_font_lacks_is_substituted_and_told() -> None:
    line = fit(("喆😀\n张—·「",), 40, shorten=False)
    assert line.text == f"{SUBSTITUTE * 3}张—·「"
    assert line.missing == "喆 😀 U+000A"


def test_a_wide_blank_is_a_blank() -> None:
    line = fit(("张\u3000三",), 16, shorten=False)
    assert (line.text, line.missing) == ("张\u3000三", "")
    assert encode(line.text) == "张".encode("gb2312") + b"\xa1\xa1" + "三".encode("gb2312")


def test_a_backslash_never_becomes_a_control_code() -> None:
    assert b"\\" not in encode(fit(("\\C2",), 40, shorten=False).text)


def test_a_font_without_chinese_prefers_what_it_can_show_whole() -> None:
    texts = ("请A012到3号窗口", "A012到3号", "A012 -> 3", "A012")
    assert fit(texts, 16, shorten=False, charset=ASCII).text == "A012 -> 3"
    assert fit(texts, 4, shorten=False, charset=ASCII).text == "A012"
    line = fit(texts[:2], 16, shorten=False, charset=ASCII)
    assert (line.text, line.missing) == ("?A012?3???", "请 到 号 窗 口")
    assert fit(("（Ａ０１２）：！\u3000？\\",), 20, shorten=False, charset=ASCII).text == "(A012):! ?\\"
    blank = fit(("欢迎 光临", "欢迎"), 20, shorten=False, charset=ASCII)
    assert (blank.text, blank.missing) == ("", "欢 迎 光 临")


def test_an_outline_font_holds_rare_hanzi() -> None:
    assert fit(("张喆\\😀",), 20, shorten=False, charset=GBK).text == f"张喆\\{SUBSTITUTE}"


@settings(max_examples=200, deadline=None)
@given(st.lists(anything, max_size=4), st.integers(2, 40), st.booleans())
def test_any_text_becomes_ascii_that_fits(texts: list[str], columns: int, shorten: bool) -> None:
    line = fit(texts, columns, shorten=shorten, charset=ASCII)
    assert all(" " <= character <= "~" for character in line.text)
    assert cells(line.text) <= columns or not (line.fits or shorten)


@settings(max_examples=200, deadline=None)
@given(st.lists(anything, max_size=4), st.integers(2, 40), st.booleans())
def test_a_fitted_line_can_be_shown_and_stays_inside(texts: list[str], columns: int, shorten: bool) -> None:
    line = fit(texts, columns, shorten=shorten)
    assert all(showable(character) for character in line.text)
    assert len(encode(line.text)) == cells(line.text)
    if line.fits:
        assert cells(line.text) <= columns
        assert cells(pad(line.text, columns, center=True)) == columns
    assert line.fits or not shorten


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="请A到3号", max_size=20), st.integers(0, 30))
def test_cutting_keeps_whole_characters(text: str, columns: int) -> None:
    kept = cut(text, columns)
    assert text.startswith(kept)
    assert columns - 1 <= cells(kept) <= columns or kept == text


def test_the_font_has_every_character_of_gb2312() -> None:
    empty = ["0" * 16] * HEIGHT
    for zone in (*range(1, 10), *range(16, 88)):
        for position in range(1, 95):
            try:
                character = bytes((zone + 0xA0, position + 0xA0)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            if character != "\u3000":
                assert led_font().glyph(character.encode("gb2312").decode("gbk")) != empty, character


def test_a_glyph_looks_like_its_character() -> None:
    inked = [row for row in led_font().glyph("一") if "1" in row]
    assert len(inked) == 1
    assert inked[0].count("1") > 12
    assert len(led_font().glyph("A")[0]) == 8
    assert strip([("A", Colour.GREEN)])[8].count(2) > 0


def test_a_strip_is_a_cell_per_eight_dots() -> None:
    rows = strip([("请A", Colour.RED), ("1", Colour.YELLOW)])
    assert {len(row) for row in rows} == {32}
    assert {dot for row in rows for dot in row} == {0, 1, 3}


def test_a_damaged_font_is_refused() -> None:
    try:
        Font(b"LED1")
    except ValueError:
        return
    raise AssertionError


def test_a_text_moves_through_its_window() -> None:
    page = strip([("A", Colour.RED)])
    window = Window(0, 0, 16, 16, (page,), "left", step=1.0)
    assert not any(map(any, window.at(0)))
    assert [row[8:] for row in window.at(8)] == page
    assert [row[:8] for row in window.at(16)] == page
    assert not any(map(any, window.at(24)))
    still = Window(0, 0, 8, 16, (page, strip([(" ", Colour.RED)])), stay=0.5)
    assert still.at(0.4) == page
    assert not any(map(any, still.at(0.6)))
    assert digits(still.at(1.1)) == digits(page)
