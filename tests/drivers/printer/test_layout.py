from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.escpos import layout

ANY = st.text(max_size=120)
MIXED = st.text(st.sampled_from("一二三办理，。（）《》“”、abc XYZ 012.,()￥$%；：？！　"), max_size=120)
WIDTHS = st.integers(2, 60)


def test_cells() -> None:
    assert layout.cells("A012号") == 6
    assert layout.cells("") == 0


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, [""]),
        ("请到三号窗口", 6, ["请到三", "号窗口"]),
        ("请到三号窗口", 7, ["请到三", "号窗口"]),
        ("Please take a seat", 11, ["Please take", "a seat"]),
        # Marks stay in place, words and numbers whole.
        ("请准备好，谢谢", 8, ["请准备", "好，谢谢"]),
        ("请出示（原件）", 7, ["请出示", "（原", "件）"]),
        ("号码A012请记下", 6, ["号码", "A012请", "记下"]),
        # Nothing to break at: break anyway, never inside a character.
        ("ABCDEFGHIJ", 4, ["ABCD", "EFGH", "IJ"]),
        ("，，，，", 4, ["，，", "，，"]),
    ],
)
def test_wrap(text: str, width: int, lines: list[str]) -> None:
    assert layout.wrap(text, width) == lines


@given(ANY | MIXED, WIDTHS)
def test_no_line_is_too_wide_and_nothing_but_blanks_at_breaks_is_lost(text: str, width: int) -> None:
    cleaned = layout.clean(text)
    lines = layout.wrap(cleaned, width)
    assert lines
    assert all(layout.cells(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == cleaned.replace(" ", "")
    at = 0
    for line in lines:
        at = cleaned.index(line, at) + len(line)


@given(st.text(st.sampled_from("一二三办，。（）《ab 12"), min_size=10, max_size=60), st.integers(4, 20))
def test_marks_keep_their_place_where_a_break_is_left(text: str, width: int) -> None:
    def may_break(before: str, after: str) -> bool:
        if " " in (before, after):
            return True
        return after not in "，。）" and before not in "（《" and not (before + after).isascii()

    cleaned = layout.clean(text)
    end = 0
    for line in layout.wrap(cleaned, width)[:-1]:
        end = cleaned.index(line, end) + len(line)
        if line and not may_break(cleaned[end - 1], cleaned[end]):
            # Only a line without any permitted break may end so.
            assert not any(may_break(*two) for two in itertools.pairwise(line.lstrip(" "))), line


@given(ANY)
def test_cleaned_text_holds_no_command(text: str) -> None:
    cleaned = layout.clean(text)
    assert not any(_control(character) for character in cleaned)
    assert layout.clean(cleaned) == cleaned


def _control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"}


def test_paragraphs_are_what_somebody_wrote() -> None:
    assert layout.paragraphs("一\n二\r\n\n三\t四") == ["一", "二", "", "三 四"]
    assert layout.paragraphs("") == [""]


@pytest.mark.parametrize(
    ("left", "right", "lines"),
    [
        ("前面等候", "5人", ["前面等候     5人"]),
        ("前面等候人数", "12人", ["前面等候人数", "            12人"]),
        ("前面等候", "", ["前面等候"]),
        ("", "右", ["              右"]),
        ("左左左左左左左左", "", ["左左左左左左左左"]),
        ("左左左左左左左左左", "右", ["左左左左左左左左", "左            右"]),
    ],
)
def test_pair(left: str, right: str, lines: list[str]) -> None:
    assert layout.pair(left, right, 16) == lines


@given(MIXED.map(layout.clean), MIXED.map(layout.clean), WIDTHS)
def test_pair_loses_nothing_and_reaches_the_right_edge(left: str, right: str, width: int) -> None:
    lines = layout.pair(left, right, width)
    assert all(layout.cells(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == (left + right).replace(" ", "")
    if right:
        assert layout.cells(lines[-1]) == width
