"""The hub's pages: what is served, how, and in which words."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path
from urllib.parse import urljoin

import pytest

from kioskd.web.language import Language
from kioskd.web.pages import PAGES, ROOT
from tests.web.conftest import Hall

EVERY = sorted({"shared", *PAGES.values()})
NAMED = re.compile(r'(?:from "|import "|href="|src="|url\(")((?:/pages/|\./)[^"]+)"')


async def test_scripts_styles_and_fonts_come_from_the_hub_alone(hall: Hall) -> None:
    for page in EVERY:
        for file in sorted((ROOT / page).glob("*.*")):
            if file.suffix == ".toml":
                continue
            text = file.read_text("utf-8")
            if file.suffix == ".html" and file.name != "index.html":
                continue  # a part of a page, made whole by the hub
            assert not re.search(r"https?://|//cdn", text), file
            for name in NAMED.findall(text):
                address = urljoin(f"/pages/{page}/{file.name}", name)
                answer = await hall.get(address)
                assert answer.status == 200, (file.name, address)
                assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_page_may_ask_nobody_else_and_is_asked_for_again(hall: Hall) -> None:
    for path in (*PAGES, "/pages/shared/tokens.css"):
        answer = await hall.get(path)
        assert answer.status == 200, path
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-cache"
        again = await hall.get(path, **{"If-None-Match": answer.headers["ETag"]})
        assert again.status == 304


async def test_what_is_no_file_of_a_page_is_not_there(hall: Hall) -> None:
    for path in (
        "/pages/shared/none.js",
        "/pages/text/zh-CN.toml",
        "/pages/shared/fr.json",
        "/pages/shared/page.html",
        "/pages/call/body.html",
        "/pages/virtual_hall/main.js",
        "/pages/shared/..%2f..%2ffonts%2fOFL.txt",
        "/pages/fonts/led16.bin",
    ):
        assert (await hall.get(path)).status == 404, path


async def test_a_page_open_for_weeks_can_tell_that_it_was_replaced(hall: Hall) -> None:
    one = (await hall.get("/pages/revision")).json
    assert re.fullmatch("[0-9a-f]{16}", one["revision"])
    assert one == (await hall.get("/pages/revision")).json


def read(page: str, language: Language) -> dict[str, str]:
    return tomllib.loads((Path(ROOT) / page / f"{language}.toml").read_text("utf-8"))


@pytest.mark.parametrize("page", sorted(PAGES.values()))
async def test_sentences_are_the_same_in_both_languages(hall: Hall, page: str) -> None:
    zh, en = read(page, Language.ZH), read(page, Language.EN)
    assert zh.keys() == en.keys()
    for key, sentence in zh.items():
        assert fields(sentence) == fields(en[key]), key
        assert not re.search("[a-zA-Z]", re.sub(r"{\w+}", "", sentence)), key
        assert not re.search("[\u4e00-\u9fff]", en[key]), key
    scripts = "".join(file.read_text("utf-8") for file in (ROOT / page).glob("*.js"))
    for key in zh:
        assert f'"{key}"' in scripts or f'"{key.rpartition(".")[0]}."' in scripts, f"nobody says {key}"
    for language, sentences in ((Language.ZH, zh), (Language.EN, en)):
        assert (await hall.get(f"/pages/{page}/{language}.json")).json == sentences


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
