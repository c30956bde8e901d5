"""The manuals at /help: whole in both languages, every picture and link there, searched without a network."""

from __future__ import annotations

import errno
import json
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest

from kioskd.central.office.pages import PAGES as OFFICE
from kioskd.central.retention import Periods
from kioskd.commands import start_texts
from kioskd.journal.errors import DataFolderBusy
from kioskd.station.writer import StoreError
from kioskd.web.help import CHAPTERS, DOCS, PICTURES, made, search_index
from kioskd.web.language import Language
from kioskd.web.pages import ROOT as PAGES
from kioskd.web.pages import SHARED
from kioskd.web.server import ListenError
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
    for page in (*STAFF, STANDBY, *OFFICE):
        if page.path == "/call/strip":
            continue  # no room: it is a narrow strip beside other programs
        chapter, _, anchor = page.help.partition("#")
        assert chapter in known, page.path
        for language in Language if anchor else ():
            assert anchor in Seen(made(chapter, language).body).anchors, (page.path, language)


@pytest.mark.parametrize("language", list(Language))
def test_the_manuals_for_people_are_whole(language: Language) -> None:
    for chapter in CHAPTERS:
        if chapter.group in ("people", "city") or chapter.name in ("install", "setup", "technician", "https"):
            assert made(chapter.name, language).language is language, chapter.name


def test_both_languages_have_the_same_sections() -> None:
    """What one reader is told the other is, and one link leads to both."""
    for chapter in CHAPTERS:
        if chapter.zh and chapter.en:
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


SPOKEN = {"还要等多久", "一分钟三张"}
"""What people say, and no screen."""


@pytest.mark.parametrize("language", list(Language))
def test_what_screens_are_quoted_with_they_say(language: Language) -> None:
    told = [
        *sorted(PAGES.glob(f"*/{language.value}.toml")),
        PAGES.parent / "kiosk" / "text" / f"{language.value[:2]}.toml",
        Path(start_texts.__file__),
    ]
    everything = "\n".join(file.read_text("utf-8") for file in told)
    everything += "\n".join(page.title.zh if language is Language.ZH else page.title.en for page in STAFF)
    for name in ("teller", "guide", "lead", "operators", "troubles"):
        text = (DOCS / f"{name}.{language.value[:2]}.md").read_text("utf-8")
        for quoted in set(re.findall(r"“([^”\n]+)”", text)) - SPOKEN:
            assert quoted in everything, (name, quoted)


def test_why_it_does_not_start_is_quoted_as_it_is_said() -> None:
    busy = ListenError(OSError(errno.EADDRINUSE, ""), "127.0.0.1", 8080)
    held = DataFolderBusy("", 4711)
    for language in start_texts.LANGUAGES:
        text = (DOCS / f"technicians.{language}.md").read_text("utf-8")
        for error in (busy, held, StoreError("store.busy", "")):
            said = start_texts.explain(error, Path("/var/lib/kioskd"), language).replace("4711", "N")
            assert any(quoted in said for quoted in re.findall(r"“([^”\n]{12,})”", text)), said


@pytest.mark.parametrize("file", ["README.md", *sorted(f"docs/{file.name}" for file in DOCS.glob("*.md"))])
def test_what_a_file_of_the_source_leads_to_is_there(file: str) -> None:
    root = DOCS.resolve().parent
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", (root / file).read_text("utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (root / file).parent.joinpath(target).exists(), target


def test_keys_of_the_call_page_are_the_tellers_manuals() -> None:
    """Each key of the call page has its line on the tellers' page."""
    script = (PAGES / "call" / "keys.js").read_text("utf-8")
    text = (DOCS / "teller.zh.md").read_text("utf-8")
    keys = set(re.findall(r'key: "([0-9A-Za-z])"', script))
    assert len(keys) >= 10
    for key in keys:
        assert f"**{key.upper()}**" in text, key


def test_what_is_copied_from_the_citys_manual_is_the_same_in_both() -> None:
    """Settings and commands; what is said about them at the end of a line is of the language."""
    zh, en = (
        [
            [line.partition("#")[0].rstrip() for line in block.splitlines()]
            for block in re.findall(r"```\w*\n(.*?)```", (DOCS / f"city.{name}.md").read_text("utf-8"), re.S)
        ]
        for name in ("zh", "en")
    )
    assert zh == en


def test_the_citys_manual_has_the_periods_that_hold() -> None:
    for name in ("zh", "en"):
        text = (DOCS / f"city.{name}.md").read_text("utf-8")
        (block,) = re.findall(r"```toml\n(log = .*?)```", text, re.S)
        assert tomllib.loads(block) == msgspec.to_builtins(Periods())


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
