"""The manuals at /help: whole in both languages, every picture and link there, searched without a network."""

from __future__ import annotations

import json
import re
import tomllib
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from kioskd.web.help import CHAPTERS, DOCS, PICTURES, made, search_index
from kioskd.web.language import Language
from kioskd.web.pages import ROOT as PAGES
from kioskd.web.pages import SHARED
from kioskd.web.staff_pages import STAFF
from kioskd.web.standby_page import PAGE as STANDBY
from tests.web.conftest import Hall

BOTH = [(chapter.name, language) for chapter in CHAPTERS for language in Language]


class Seen(HTMLParser):
    """What a page points at, and what can be pointed at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a":
            self.links.append(found.get("href") or "")
        if tag == "img":
            self.pictures.append(found.get("src") or "")
            assert found.get("alt"), "a picture has words for who cannot see it"
        assert tag != "script"
        if found.get("id"):
            self.anchors.add(str(found["id"]))


@pytest.mark.parametrize(("name", "language"), BOTH)
def test_every_link_and_picture_is_there(name: str, language: Language) -> None:
    page = made(name, language)
    assert page.title
    for picture in Seen(page.body).pictures:
        file = picture.removeprefix("/help/files/")
        assert (DOCS / file).is_file(), picture
        assert file.rpartition("/")[0] in PICTURES, f"{file} is not shipped"
    for link in Seen(page.body).links:
        if link.startswith(("http://", "https://")):
            continue
        target, _, anchor = unquote(link).partition("#")
        chapter = target.removeprefix("/help/") or name
        assert chapter in {one.name for one in CHAPTERS}, link
        # A chapter that one language lacks points into chapters of the other.
        if anchor and made(chapter, language).language is page.language:
            assert anchor in Seen(made(chapter, language).body).anchors, link


def test_each_page_of_staff_leads_to_its_chapter() -> None:
    known = {chapter.name for chapter in CHAPTERS}
    for page in (*STAFF, STANDBY):
        if page.name == "stripPage":
            continue  # no room: it is a narrow strip beside other programs
        chapter, _, anchor = page.help.partition("#")
        assert chapter in known, page.path
        for language in Language if anchor else ():
            assert anchor in Seen(made(chapter, language).body).anchors, (page.path, language)


@pytest.mark.parametrize("language", list(Language))
def test_the_manuals_for_people_are_whole(language: Language) -> None:
    for chapter in CHAPTERS:
        if chapter.group == "people" or chapter.name in ("install", "setup", "technician", "https"):
            assert made(chapter.name, language).language is language, chapter.name


def test_both_languages_have_the_same_sections() -> None:
    """What one reader is told the other is, and one link leads to both."""
    for chapter in CHAPTERS:
        if chapter.zh and chapter.en and chapter.name != "city-office":
            zh, en = (made(chapter.name, language) for language in (Language.ZH, Language.EN))
            assert len(zh.contents) == len(en.contents), chapter.name
            for page, other in ((zh, en), (en, zh)):
                anchors = Seen(page.body).anchors
                assert {anchor for anchor, _ in other.contents} <= anchors, chapter.name


@pytest.mark.parametrize("language", list(Language))
def test_it_is_found(language: Language) -> None:
    parts: list[list[str]] = json.loads(search_index(language))
    word = "过号" if language is Language.ZH else "priority"
    found = [part[0] for part in parts if word in " ".join(part[1:])]
    assert any(url.startswith("/help/teller") for url in found)
    assert any(url.startswith("/help/guide") for url in found)
    assert len(search_index(language)) < 300_000


def test_what_manuals_name_stands_on_the_pages() -> None:
    """Pages and buttons that people are told to open or press are called there what they are called here."""
    said = [page.title.zh for page in STAFF]
    said += [file.read_text("utf-8") for file in sorted(PAGES.glob("*/zh-CN.toml"))]
    said += [file.read_text("utf-8") for file in sorted((PAGES.parent / "kiosk" / "text").glob("*zh*"))]
    everything = "\n".join(said)
    for name in ("teller", "guide", "lead", "admin", "setup"):
        text = (DOCS / f"{name}.zh.md").read_text("utf-8")
        for page in re.findall(r"“([^”]{2,8})”页", text):
            assert f'"{page}"' in everything or page in said, (name, page)
    text = (DOCS / "guide.zh.md").read_text("utf-8")
    for button in (*re.findall(r"\*\*([^*]+)\*\*", text), *re.findall(r"“([^”]+)”", text)):
        assert button in everything, button


def test_keys_of_the_call_page_are_the_tellers_manuals() -> None:
    """Each key of the call page has its line on the tellers' page."""
    script = (PAGES / "call" / "keys.js").read_text("utf-8")
    text = (DOCS / "teller.zh.md").read_text("utf-8")
    keys = set(re.findall(r'key: "([0-9A-Za-z])"', script))
    assert len(keys) >= 10
    for key in keys:
        assert f"**{key.upper()}**" in text, key


async def test_it_is_everybodys_and_asks_nobody_else(hall: Hall) -> None:
    for path in ("/help", "/help/teller", "/help/index.json", "/help/files/screens/guide/guide.png"):
        answer = await hall.get(path)
        assert answer.status == 200, path
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for path in ("/help/nothing", "/help/files/../../pyproject.toml", "/help/files/install.zh.md"):
        assert (await hall.get(path)).status == 404, path
    english = await hall.get("/help/teller", **{"Accept-Language": "en"})
    assert "One citizen, from call to goodbye" in english.raw.decode()


def test_the_words_of_its_frame_are_whole() -> None:
    for folder in ("help", "setup", SHARED):
        zh, en = (
            tomllib.loads((PAGES / folder / f"{name}.toml").read_text("utf-8")) for name in ("zh-CN", "en")
        )
        assert zh.keys() == en.keys()
