"""The hub's pages: files of ``ui/web``, served as they are beside the API and knowing the hub only by it.

``GET /board`` (one address for each page) is the page's ``index.html``, which brings its Chinese sentences
along and names every script it begins with; ``GET /pages/PAGE/FILE`` are its scripts and styles,
``/pages/PAGE/zh-CN.json`` and ``en.json`` its sentences (kept as TOML),
``/pages/shared/…`` and ``/pages/fonts/…`` what pages have in common. ``GET /pages/revision`` names the
installed files: a page that has been open for weeks sees by it that it was replaced.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tomllib
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from kioskd.web.language import Language
from kioskd.web.modules import modules
from kioskd.web.staff_pages import STAFF

PAGES = {"/board": "board", "/query": "query", "/rate": "rate"}
"""Every page that is everybody's: its address and its folder. Those of staff are in `STAFF`."""

SHARED = "shared"
VENDOR = "vendor"
HELP = "help"
FOLDERS = frozenset({SHARED, VENDOR, HELP, *PAGES.values(), *(page.folder for page in STAFF)})
"""Folders whose files pages ask for."""

ROOT = Path(str(files("ui"))) / "web"
FONTS = Path(str(files("ui"))) / "fonts"

PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'none'"
    ),
}
"""A page asks nobody but its own hub, and is asked for again only if it changed."""

_KEPT = {**PAGE_HEADERS, "Cache-Control": "max-age=604800"}
"""Fonts never change under their name."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def page_routes(pages: Mapping[str, str] = PAGES, folders: frozenset[str] = FOLDERS) -> list[web.RouteDef]:
    """Return the routes of all pages: ``pages`` are folders by address, ``folders`` those they ask for."""
    folder = "{folder:" + "|".join(sorted(folders)) + "}"
    languages = "|".join(Language)
    return [
        *(web.get(path, _index(name)) for path, name in pages.items()),
        web.get(f"/pages/{folder}/{{file:[a-z_]+\\.(js|css|svg)}}", _file),
        web.get(f"/pages/{folder}/{{language:{languages}}}.json", _texts),
        web.get("/pages/fonts/{file:[A-Za-z-]+\\.otf}", _font),
        web.get("/pages/revision", _revision),
    ]


@cache
def revision() -> str:
    """Return what changes when any file of a page does."""
    digest = hashlib.sha256()
    for name in sorted(FOLDERS):
        for file in sorted((ROOT / name).rglob("*.*")):
            digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


@cache
def sentences(page: str, language: Language) -> dict[str, str]:
    """Return a page's sentences. Raises OSError where the page has none."""
    texts: dict[str, str] = tomllib.loads((ROOT / page / f"{language.value}.toml").read_text("utf-8"))
    return texts


def _index(page: str) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return _given(request, _opening(page), _TYPES[".html"])

    return handle


async def _file(request: web.Request) -> web.StreamResponse:
    return _sent(request, ROOT / request.match_info["folder"] / request.match_info["file"])


async def _font(request: web.Request) -> web.StreamResponse:
    path = FONTS / request.match_info["file"]
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=_KEPT)


async def _texts(request: web.Request) -> web.StreamResponse:
    try:
        said = sentences(request.match_info["folder"], Language(request.match_info["language"]))
    except OSError:
        raise web.HTTPNotFound from None
    return web.json_response(said, headers=PAGE_HEADERS, dumps=_dumps)


async def _revision(request: web.Request) -> web.StreamResponse:
    return web.json_response({"revision": revision()}, headers={**PAGE_HEADERS, "Cache-Control": "no-store"})


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class _Content(NamedTuple):
    raw: bytes
    small: bytes
    etag: str


@cache
def _content(path: Path) -> _Content:
    return _packed(path.read_bytes())


_MAIN = '<script type="module"'


@cache
def _opening(page: str) -> _Content:
    """Return a page's ``index.html`` with what its first sight needs: one answer instead of a chain."""
    text = (ROOT / page / "index.html").read_text("utf-8")
    said = _dumps(sentences(page, Language.ZH)).replace("<", "\\u003c")
    lines = [
        *(f'<link rel="modulepreload" href="{address}">' for address in modules(ROOT, page)),
        f'<script type="application/json" id="texts" lang="{Language.ZH}" data-page="{page}">{said}</script>',
        _MAIN,
    ]
    return _packed(text.replace(_MAIN, "\n  ".join(lines), 1).encode())


def _packed(raw: bytes) -> _Content:
    return _Content(raw, gzip.compress(raw, 9, mtime=0), f'"{hashlib.sha256(raw).hexdigest()[:20]}"')


def _sent(request: web.Request, path: Path) -> web.Response:
    """Return a file of a page."""
    if not path.is_file():
        raise web.HTTPNotFound
    return _given(request, _content(path), _TYPES[path.suffix])


def _given(request: web.Request, content: _Content, media_type: str) -> web.Response:
    """Return a content, small where the browser can unpack it."""
    headers = {**PAGE_HEADERS, "ETag": content.etag, "Vary": "Accept-Encoding"}
    if content.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = media_type
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=content.small, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=content.raw, headers=headers)


_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
