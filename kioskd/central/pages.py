"""The city's pages: files of ``ui/web``, as the hub serves its own (docs/pages.md)."""

from __future__ import annotations

from aiohttp import web

from kioskd.central.office.pages import FOLDERS
from kioskd.web.pages import SHARED, page_routes

PAGES = {
    "/": "city",
    "/h/{hall}": "city",
    "/h/{hall}/book": "city",
    "/h/{hall}/take": "city",
    "/h/{hall}/t/{code}": "city",
    "/a": "city",
}
"""For everybody, and one page for all of it: what it shows goes by its address. A slip's QR leads to
``/h/{hall}/t/{code}`` where the hall's ``public_url`` is ``https://…/h/{hall}``.
"""


def mount(app: web.Application) -> None:
    """Add the pages to an application."""
    app.router.add_routes(page_routes(PAGES, frozenset({SHARED, *PAGES.values()}) | FOLDERS))
