"""The manuals as pages, ``/help``: the Markdown files that also stand in the source tree, made into HTML when
they are first asked for and kept; nothing is fetched from elsewhere.

``GET /help`` is the list, ``/help/CHAPTER`` a manual, ``/help/index.json`` what the search looks through,
``/help/files/…`` the pictures. They are everybody's: who cannot sign in must be able to read why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web
from markdown_it import MarkdownIt
from markdown_it.token import Token

from kioskd.web.language import Language
from kioskd.web.pages import HELP, PAGE_HEADERS, SHARED, sentences
from kioskd.web.route import Summary
from kioskd.web.staff import html, page_language

DOCS = Path(str(files("kioskd"))) / "docs"
PICTURES = ("pictures", "screens/pages", "screens/guide", "screens/diagnostics", "screens/board")
"""Folders of pictures that are shipped with the manuals."""


class Chapter(NamedTuple):
    """A manual: its name in addresses, its files (empty: there is none in that language) and its title."""

    name: str
    zh: str
    en: str
    title: Summary
    group: str


CHAPTERS: tuple[Chapter, ...] = (
    Chapter("teller", "teller.zh.md", "teller.en.md", Summary("柜员一页纸", "Tellers, one page"), "people"),
    Chapter("guide", "guide.zh.md", "guide.en.md", Summary("导办员一页纸", "Guides, one page"), "people"),
    Chapter("lead", "lead.zh.md", "lead.en.md", Summary("带班领导手册", "Duty leads"), "people"),
    Chapter("admin", "admin.zh.md", "admin.en.md", Summary("管理员手册", "Administrators"), "people"),
    Chapter(
        "operators",
        "operators.zh.md",
        "operators.en.md",
        Summary("各岗位详细说明", "All posts in detail"),
        "people",
    ),
    Chapter(
        "troubles", "troubles.zh.md", "troubles.en.md", Summary("故障速查", "Troubles at a glance"), "people"
    ),
    Chapter("install", "install.zh.md", "install.en.md", Summary("快速安装", "Installing"), "technician"),
    Chapter("setup", "setup.zh.md", "setup.en.md", Summary("设置向导", "Setting up a hall"), "technician"),
    Chapter(
        "technician",
        "technicians.zh.md",
        "technicians.en.md",
        Summary("技术员手册", "Technicians"),
        "technician",
    ),
    Chapter("https", "https.zh.md", "https.en.md", Summary("加密地址", "HTTPS"), "technician"),
    # One file, half of it in either language.
    Chapter("devices", "devices.md", "devices.md", Summary("设备和协议", "Devices"), "technician"),
    Chapter(
        "devices-usb", "devices-usb.md", "devices-usb.md", Summary("USB 设备", "USB devices"), "technician"
    ),
    Chapter(
        "city-office",
        "city-office.zh.md",
        "city-office.en.md",
        Summary("市级中心手册", "City office"),
        "city",
    ),
    Chapter("city", "city.zh.md", "city.en.md", Summary("市级中心部署", "City server"), "city"),
    Chapter("integration", "", "integration.md", Summary("给程序用的接口", "For programs"), "maker"),
    Chapter("new-driver", "", "writing-a-driver.md", Summary("写一个驱动", "Writing a driver"), "maker"),
    Chapter("architecture", "", "architecture.md", Summary("程序结构", "Architecture"), "maker"),
)
"""Every manual, in the order of the list."""

GROUPS = ("people", "technician", "city", "maker")
_BY_NAME = {chapter.name: chapter for chapter in CHAPTERS}
_BY_FILE = {file: chapter.name for chapter in CHAPTERS for file in (chapter.zh, chapter.en) if file}
_PICTURE = re.compile(rf"(?:{'|'.join(PICTURES)})/[A-Za-z0-9._-]+\.png")
_SPACE = re.compile(r"\s+")


class Section(NamedTuple):
    """A part of a manual as the search finds it."""

    anchor: str
    heading: str
    text: str


class Made(NamedTuple):
    """A manual as a page: ``body`` is HTML, ``contents`` its second-level headings."""

    title: str
    body: str
    contents: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    language: Language


def help_routes() -> list[web.RouteDef]:
    """Return the routes of all manuals."""
    names = "|".join(_BY_NAME)
    return [
        web.get("/help", _list),
        web.get("/help/index.json", _index),
        web.get(f"/help/{{chapter:{names}}}", _chapter),
        web.get("/help/files/{file:.+}", _picture),
    ]


def file_of(chapter: Chapter, language: Language) -> tuple[Path, Language]:
    """Return the file to show to a reader: in their language where there is one."""
    wanted = (Language.ZH, Language.EN) if language is Language.ZH else (Language.EN, Language.ZH)
    named = {Language.ZH: chapter.zh, Language.EN: chapter.en}
    has = next(one for one in wanted if named[one])
    return DOCS / named[has], has


@cache
def made(name: str, language: Language) -> Made:
    """Return a manual as a page."""
    chapter = _BY_NAME[name]
    file, has = file_of(chapter, language)
    parser = _parser()
    tokens = parser.parse(file.read_text("utf-8"))
    twins = iter(_twins(chapter, file))
    sections: list[Section] = []
    contents: list[tuple[str, str]] = []
    title, used = "", set[str]()
    for at, token in enumerate(tokens):
        if token.type == "inline":
            _point(token)
        if token.type != "heading_open":
            if token.type in ("inline", "fence", "code_block") and sections:
                last = sections[-1]
                said = last.text + " " + _plain(token)
                sections[-1] = last._replace(text=_SPACE.sub(" ", said).strip())
            continue
        heading = _plain(tokens[at + 1])
        anchor = _anchor(heading, used)
        token.attrSet("id", anchor)
        if token.tag == "h1":
            title, anchor = title or heading, ""
        elif token.tag == "h2":
            contents.append((anchor, heading))
            twin = next(twins, anchor)
            if twin != anchor:
                token.meta["twin"] = twin
        sections.append(Section(anchor, heading, ""))
    _hide_first_heading(tokens)
    tokens = [one for token in tokens for one in (*_also_named(token), token)]
    body = str(parser.renderer.render(tokens, parser.options, {}))
    body = body.replace("<table>", '<div class="help__table" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )
    return Made(title, body, tuple(contents), tuple(sections), has)


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _twins(chapter: Chapter, file: Path) -> list[str]:
    """Return the anchors of the same sections in the other language, so that one link leads to both."""
    other = {chapter.zh: chapter.en, chapter.en: chapter.zh}.get(file.name, "")
    if not other:
        return []
    used: set[str] = set()
    tokens = _parser().parse((DOCS / other).read_text("utf-8"))
    heads = [
        (token.tag, _anchor(_plain(tokens[at + 1]), used))
        for at, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    return [anchor for tag, anchor in heads if tag == "h2"]


def _also_named(token: Token) -> list[Token]:
    """Return what makes a section be found under its name in the other language, too."""
    twin = token.meta.get("twin")
    return [Token("html_block", "", 0, content=f'<span id="{escape(twin)}"></span>\n')] if twin else []


def _hide_first_heading(tokens: list[Token]) -> None:
    """The page's own heading stands above the contents."""
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        del tokens[:3]


def _point(token: Token) -> None:
    """Let links and pictures of a file lead to what they are on the hub; a link to nothing there is text."""
    for child in token.children or []:
        if child.type == "image":
            child.attrSet("src", f"/help/files/{child.attrGet('src')}")
            child.attrSet("loading", "lazy")
        elif child.type == "link_open":
            target, _, anchor = str(child.attrGet("href") or "").partition("#")
            chapter = _BY_FILE.get(target)
            if chapter is not None or not target:
                where = f"/help/{chapter}" if chapter is not None else ""
                child.attrSet("href", where + (f"#{anchor}" if anchor else ""))
            elif not target.startswith("/"):
                child.tag, child.attrs = "span", {}
        elif child.type == "link_close":
            child.tag = _opened(token, child)


def _opened(token: Token, close: Token) -> str:
    children = token.children or []
    before = [one for one in children[: children.index(close)] if one.type == "link_open"]
    return before[-1].tag if before else "a"


def _plain(token: Token) -> str:
    if token.children is None:
        return token.content
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else "" if child.type == "image" else child.content
        for child in token.children
    )


def _anchor(heading: str, used: set[str]) -> str:
    """Name a heading as the source's readers do: GitHub's form, letters and hanzi, spaces as dashes."""
    plain = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") or "part"
    anchor, number = plain, 1
    while anchor in used:
        anchor, number = f"{plain}-{number}", number + 1
    used.add(anchor)
    return anchor


def _said(title: Summary, language: Language) -> str:
    return title.zh if language is Language.ZH else title.en


def _values(language: Language) -> dict[str, Any]:
    said = dict(sentences(SHARED, language)) | sentences(HELP, language)
    listed = [
        (
            said[f"group.{group}"],
            [(one.name, _said(one.title, language)) for one in CHAPTERS if one.group == group],
        )
        for group in GROUPS
    ]
    return {
        "language": language.value,
        "other": (Language.EN if language is Language.ZH else Language.ZH).value,
        "say": said,
        "groups": listed,
        "texts": {key: said[key] for key in ("found.none", "found", "search")},
    }


async def _list(request: web.Request) -> web.StreamResponse:
    language = page_language(request)
    values = _values(language)
    return _page(values | {"title": values["say"]["title"], "name": "", "page": None})


async def _chapter(request: web.Request) -> web.StreamResponse:
    language = page_language(request)
    name = request.match_info["chapter"]
    page = made(name, language)
    title = _said(_BY_NAME[name].title, language)
    return _page(_values(language) | {"title": title, "name": name, "page": page})


def _page(values: Mapping[str, object]) -> web.Response:
    response = html("page", values, folder=HELP)
    response.headers["Cache-Control"] = "no-cache"
    return response


@cache
def search_index(language: Language) -> bytes:
    """Return what the search looks through: address, where it is, heading and text of every part."""
    found = []
    for chapter in CHAPTERS:
        page = made(chapter.name, language)
        title = _said(chapter.title, language)
        found += [
            [f"/help/{chapter.name}" + (f"#{one.anchor}" if one.anchor else ""), title, one.heading, one.text]
            for one in page.sections
        ]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


async def _index(request: web.Request) -> web.StreamResponse:
    body = search_index(page_language(request))
    response = web.Response(body=body, content_type="application/json", headers=PAGE_HEADERS)
    response.enable_compression()
    return response


async def _picture(request: web.Request) -> web.StreamResponse:
    name = request.match_info["file"]
    file = DOCS / name
    if _PICTURE.fullmatch(name) is None or not file.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(file, headers=PAGE_HEADERS)
