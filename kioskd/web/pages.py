"""The hub's pages: files of ``ui/web``, served as they are beside the API and knowing the hub only by it.

``GET /board`` (one address for each page) is the page's ``index.html``; ``GET /pages/PAGE/FILE`` are its
scripts and styles, ``/pages/PAGE/zh-CN.json`` and ``en.json`` its sentences (kept as TOML),
``/pages/shared/…`` and ``/pages/fonts/…`` what pages have in common. ``GET /pages/revision`` names the
installed files: a page that has been open for weeks sees by it that it was replaced.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

from aiohttp import web

from kioskd.web.language import Language

PAGES = {"/board": "board"}
"""Every page: its address and its folder."""

SHARED = "shared"

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


def page_routes() -> list[web.RouteDef]:
    """Return the routes of all pages."""
    folder = "{folder:" + "|".join(sorted({SHARED, *PAGES.values()})) + "}"
    languages = "|".join(Language)
    return [
        *(web.get(path, _index(name)) for path, name in PAGES.items()),
        web.get(f"/pages/{folder}/{{file:[a-z_]+\\.(js|css|svg)}}", _file),
        web.get(f"/pages/{folder}/{{language:{languages}}}.json", _texts),
        web.get("/pages/fonts/{file:[A-Za-z-]+\\.otf}", _font),
        web.get("/pages/revision", _revision),
    ]


@cache
def revision() -> str:
    """Return what changes when any file of a page does."""
    digest = hashlib.sha256()
    for name in sorted({SHARED, *PAGES.values()}):
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
        return web.FileResponse(ROOT / page / "index.html", headers=PAGE_HEADERS)

    return handle


async def _file(request: web.Request) -> web.StreamResponse:
    return _sent(ROOT / request.match_info["folder"] / request.match_info["file"], PAGE_HEADERS)


async def _font(request: web.Request) -> web.StreamResponse:
    return _sent(FONTS / request.match_info["file"], _KEPT)


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


def _sent(path: Path, headers: dict[str, str]) -> web.StreamResponse:
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=headers)
