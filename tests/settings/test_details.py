"""A Chinese sentence is Chinese to its end: every message of the TOML reader has words."""

from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path

import pytest

from kioskd.settings.details import in_chinese
from kioskd.settings.sentences import sentence
from tests.settings.small import HALL, found, write

_ENGLISH = re.compile(r"\b(?:not|is|the|after|must|a|an|of|in|it)\b")


def _said(source: str, pattern: str) -> list[str]:
    texts = re.findall(pattern, source, re.DOTALL)
    return [re.sub(r"\{[^{}]*\}", "'x'", text) for text in texts]


def test_every_message_of_the_toml_reader_has_words() -> None:
    import tomllib._parser as parser

    source = inspect.getsource(parser)
    messages = _said(source, r'suffixed_err\(\s*src,\s*\w+,\s*f?"((?:[^"\\]|\\.)*)"')
    assert len(messages) > 15
    for message in messages:
        assert in_chinese(message.replace("\\\\", "\\")) is not None, message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("name = 小厅\n", "文字要加引号"),
        ("[[queue]\n", "缺少 ]]"),
        ('x = "a\n', "不允许的字符"),
        ("x = [1, 2\n", "方括号"),
        ('x = "\\q"\n', "反斜杠"),
        ("x = 2026-02-30\n", "日期"),
        ("x 3\n", "等号"),
        ("x = 1\nx = 2\n", "写了两次"),
    ],
)
def test_syntax_is_told_in_one_language(tmp_path: Path, change: str, words: str) -> None:
    (problem,) = found(write(tmp_path, hall_toml=HALL + change))
    said = sentence(problem, "zh")
    assert words in said, said
    assert not _ENGLISH.search(said), said
    assert sentence(problem, "en") != said


def test_what_is_not_known_is_not_made_up() -> None:
    assert in_chinese("something nobody has ever said") is None
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads("[")
