"""Calls in words, and every one of them can be said with the recordings that ship."""

from __future__ import annotations

import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.speaker.recordings import Recordings, inspect
from drivers.speaker.words import pieces
from drivers.transport.pcm import RATE
from kioskd.hall.rules import Name, Voice
from kioskd.hub.spoken import call_sentence, count, spelled
from kioskd.settings.check_voice import SHIPPED

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
RECORDED = {language: Recordings([SHIPPED]).files(language).keys() for language in ("zh", "en")}
ZH = {"零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


def meant(text: str) -> int:
    """Read a Chinese number as a person would."""
    total = figure = 0
    for character in text:
        if character == "百":
            total += figure * 100
            figure = 0
        elif character == "十":
            total += (figure or 1) * 10
            figure = 0
        else:
            figure = ZH[character]
    return total + figure


@pytest.mark.parametrize(
    ("number", "window", "zh", "en"),
    [
        (
            "A012",
            "3",
            "请 A 零 幺 二 号到 三 号窗口办理",
            "Ticket A zero one two , please go to window three",
        ),
        (
            "BC210",
            "105",
            "请 B C 二 幺 零 号到 一百零五 号窗口办理",
            "Ticket B C two one zero , please go to window one hundred five",
        ),
        (
            "E999",
            "W12",
            "请 E 九 九 九 号到 W 十二 号窗口办理",
            "Ticket E nine nine nine , please go to window W twelve",
        ),
    ],
)
def test_a_call_in_words(number: str, window: str, zh: str, en: str) -> None:
    assert call_sentence(Voice(), "zh", number, window).text == zh
    assert call_sentence(Voice(), "en", number, window).text == en
    assert call_sentence(Voice(), "yue", number, window).text == zh, "a dialect says the Chinese text"


def test_one_is_yao_or_yi_in_a_ticket_and_always_yi_in_a_window() -> None:
    assert "幺 幺 幺 号到 十一" in call_sentence(Voice(), "zh", "A111", "11").text
    plain = Voice(one_as_yao=False)
    assert "一 一 一 号到 一百一十一" in call_sentence(plain, "zh", "A111", "111").text


def test_a_test_ticket_says_so() -> None:
    said = call_sentence(Voice(), "zh", "测001", "2", test_prefix="测").text
    assert said == "请 测试 零 零 幺 号到 二 号窗口办理"
    assert "test zero zero one" in call_sentence(Voice(), "en", "测001", "2", test_prefix="测").text


def test_figures_of_the_template_are_read_too() -> None:
    voice = Voice(call=Name(zh="请{ticket}到2楼{window}号", en="{ticket} to floor 2, {window}"))
    assert call_sentence(voice, "zh", "A1", "12").text == "请 A 幺 到二楼 十二 号"


@pytest.mark.parametrize("window", ["01", "1234", "3A", "东1"])
def test_odd_names_of_windows_are_read_somehow(window: str) -> None:
    assert not any(figure in call_sentence(Voice(), "zh", "A1", window).text for figure in "0123456789")


@given(st.integers(0, 999))
def test_a_chinese_number_means_what_it_says(number: int) -> None:
    assert meant(count(number, english=False)) == number


@pytest.mark.parametrize("number", [-1, 1000])
def test_numbers_out_of_range_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="not from 0"):
        count(number, english=True)


def test_every_window_up_to_999_can_be_said() -> None:
    for language in ("zh", "en"):
        for number in range(1000):
            text = call_sentence(Voice(), language, "A001", str(number)).text
            assert pieces(text, RECORDED[language]), (language, text)


@given(st.sampled_from(LETTERS), st.integers(0, 9999), st.booleans(), st.sampled_from(["zh", "en"]))
def test_every_ticket_can_be_said(letter: str, number: int, yao: bool, language: str) -> None:
    voice = Voice(one_as_yao=yao)
    for ticket in (f"{letter}{number:03}", f"{letter}{letter}{number:04}"):
        found = pieces(call_sentence(voice, language, ticket, "12").text, RECORDED[language])
        assert found, ticket
        # As fluent as the recordings allow: one piece before the number, few after it.
        assert len(found) <= len(ticket) + 5


@given(st.text("0123456789AB", min_size=1, max_size=8), st.booleans())
def test_nothing_of_a_number_is_lost(number: str, yao: bool) -> None:
    assert len(spelled(number, english=False, one_as_yao=yao).split()) == len(number)
    assert ("幺" in spelled(number, english=False, one_as_yao=yao)) == (yao and "1" in number)


def test_what_ships_is_sound_and_of_one_kind() -> None:
    for file in [*SHIPPED.glob("*/*.wav"), SHIPPED / "chime.wav"]:
        with wave.open(str(file), "rb") as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (RATE, 1, 2), file
        assert 0.08 < inspect(file) < 2.5, file
    assert (SHIPPED / "LICENSE.txt").is_file()
