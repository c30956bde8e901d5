"""Announcements as they are spoken: every figure in words, ready to be put together from recordings."""

from __future__ import annotations

import re
from functools import lru_cache

from drivers.speaker.api import Sentence
from kioskd.hall.rules import Voice

_ZH = "零一二三四五六七八九"
_EN = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_EN_TENS = ("ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_FIGURES = re.compile(r"[0-9]+")
_MOST = 999
"""Greater numbers are read figure by figure, as telephone numbers are."""


def call_sentence(
    voice: Voice, language: str, number: str, window: str, *, test_prefix: str = ""
) -> Sentence:
    """Return a call as it is said in a language: 请A零幺二号到十三号窗口办理.

    A ticket's number is read figure by figure, a window's as a number. ``test_prefix`` is given for a
    test ticket, whose prefix is read 测试.
    """
    english = language == "en"
    around = _around(voice.call.en if english else voice.call.zh, window, english)
    said = spelled(number, english=english, one_as_yao=voice.one_as_yao, test_prefix=test_prefix)
    # Blanks part the words of a number from what stands around it, in Chinese too.
    return Sentence(language, " ".join(around.replace("\0", f" {said} ").split()))


@lru_cache(256)
def _around(template: str, window: str, english: bool) -> str:
    """Return a call with a NUL for the ticket's number: the same for every ticket of a window, and a call is
    put into words while somebody waits at the sign.
    """
    text = _count_all(template.replace("{ticket}", "\0").replace("{window}", "\1"), english)
    return text.replace("\1", f" {_count_all(_parted(window), english)} ")


def spelled(number: str, *, english: bool, one_as_yao: bool, test_prefix: str = "") -> str:
    """Read figure by figure: ``A 零 幺 二``, ``A zero one two``."""
    words = []
    if test_prefix and number.startswith(test_prefix):
        words.append("test" if english else "测试")
        number = number.removeprefix(test_prefix)
    for character in number:
        if character in "0123456789":
            one = character == "1" and one_as_yao and not english
            words.append("幺" if one else (_EN if english else _ZH)[int(character)])
        else:
            words.append(character)
    return " ".join(words)


def count(number: int, *, english: bool) -> str:
    """Read a number from 0 to 999: 一百零五, one hundred five."""
    if not 0 <= number <= _MOST:
        raise ValueError(f"{number} is not from 0 to {_MOST}")
    return _english(number) if english else _chinese(number)


def _chinese(number: int) -> str:
    if number < 10:
        return _ZH[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return ("" if tens == 1 else _ZH[tens]) + "十" + (_ZH[ones] if ones else "")
    hundreds, rest = divmod(number, 100)
    text = _ZH[hundreds] + "百"
    if not rest:
        return text
    if rest < 10:
        return text + "零" + _ZH[rest]
    return text + ("一" if rest < 20 else "") + _chinese(rest)


def _english(number: int) -> str:
    if number < 20:
        return _EN[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _EN_TENS[tens - 1] + (f" {_EN[ones]}" if ones else "")
    hundreds, rest = divmod(number, 100)
    return f"{_EN[hundreds]} hundred" + (f" {_english(rest)}" if rest else "")


def _count_all(text: str, english: bool) -> str:
    """Put every run of figures into words."""

    def words(found: re.Match[str]) -> str:
        figures = found[0]
        if len(figures) > 3 or (len(figures) > 1 and figures[0] == "0"):
            said = spelled(figures, english=english, one_as_yao=False)
        else:
            said = count(int(figures), english=english)
        return f" {said} " if english else said

    return _FIGURES.sub(words, text)


def _parted(text: str) -> str:
    """Part the letters of a window's name, so that each is said by itself."""
    return re.sub(r"([A-Za-z])", r" \1 ", text)
