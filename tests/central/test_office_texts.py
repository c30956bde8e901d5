"""The office's pages say the same in both languages, and everything they ask for is there."""

from __future__ import annotations

import re

import pytest

from kioskd.central.office.pages import PAGES
from kioskd.web.language import Language
from kioskd.web.pages import ROOT, SHARED, sentences

OWN = sorted({page.folder for page in PAGES if page.folder.startswith("office")})


@pytest.mark.parametrize("folder", OWN)
def test_a_page_has_its_words_in_both_languages(folder: str) -> None:
    zh, en = sentences(folder, Language.ZH), sentences(folder, Language.EN)
    assert set(zh) == set(en)
    fields = re.compile(r"{(\w+)}")
    assert {key: set(fields.findall(text)) for key, text in zh.items()} == {
        key: set(fields.findall(text)) for key, text in en.items()
    }


@pytest.mark.parametrize("folder", OWN)
def test_every_word_a_page_asks_for_is_there(folder: str) -> None:
    known = {**sentences(SHARED, Language.ZH), **sentences(folder, Language.ZH)}
    script = (ROOT / folder / "main.js").read_text("utf-8")
    body = (ROOT / folder / "body.html").read_text("utf-8")
    asked = set(re.findall(r'say\("([^"$]+)"', script)) | set(re.findall(r'say\["([^"]+)"\]', body))
    assert asked - set(known) == set()


@pytest.mark.parametrize("folder", OWN)
def test_a_page_runs_in_old_browsers_and_puts_text_in_as_text(folder: str) -> None:
    script = (ROOT / folder / "main.js").read_text("utf-8")
    for word in ("innerHTML", "structuredClone", ".at(", "Object.hasOwn", "eval("):
        assert word not in script, word


@pytest.mark.parametrize("folder", OWN)
def test_english_has_no_chinese_punctuation(folder: str) -> None:
    chinese = re.compile("[，。、：；？！（）《》「」]")
    code = re.sub(r"^//.*$", "", (ROOT / folder / "main.js").read_text("utf-8"), flags=re.MULTILINE)
    for text in (code, *sentences(folder, Language.EN).values()):
        assert chinese.findall(text) == []
