"""The hub's web server, put together."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress

from aiohttp import WSCloseCode, web

from kioskd.access.tokens import TokenStore
from kioskd.web.call import endpoint
from kioskd.web.help import help_routes
from kioskd.web.language import choose
from kioskd.web.openapi import document
from kioskd.web.origins import admit_origins
from kioskd.web.pages import page_routes
from kioskd.web.problem import ProblemError, answer
from kioskd.web.route import Route
from kioskd.web.routes import ROUTES
from kioskd.web.server import GATE
from kioskd.web.site import Site

FLUSH_S = 300.0
"""How often it is written down when tokens were last used."""

SESSIONS_S = 5.0
"""How soon a stream ends whose session locked by itself."""

SESSIONS_FLUSH_S = 60.0


def build_app(site: Site) -> web.Application:
    """Return the application that serves a hub's API and pages; more may be added beside ``/api``.

    The site's desk must have been started, and its token store stays the caller's to close.
    """
    site.describe = lambda: document(ROUTES)
    app = web.Application(
        client_max_size=max(site.settings.body_bytes, *(route.body_bytes for route in ROUTES))
    )
    app[GATE] = site.gate
    for route in ROUTES:
        app.router.add_route(route.method, route.path, endpoint(route, site))
    admit_origins(app, lambda: site.origins | site.tokens.origins)
    app.router.add_route("*", "/api{path:.*}", _elsewhere(ROUTES))
    app.router.add_routes(page_routes())
    app.router.add_routes(help_routes())

    async def background(_: web.Application) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(site.followers.tell(), name="event streams"),
            asyncio.create_task(site.followers.keep_alive(), name="event stream keep-alive"),
            asyncio.create_task(_note_use(site.tokens), name="token use"),
            asyncio.create_task(_watch_sessions(site), name="sessions"),
            asyncio.create_task(site.audit.run(), name="audit trail"),
            asyncio.create_task(site.rollups.run(), name="figures"),
        ]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(site.sessions.flush)

    async def shut(_: web.Application) -> None:
        site.followers.close()
        for socket in tuple(site.sockets):
            with suppress(ConnectionError):
                await socket.close(code=WSCloseCode.GOING_AWAY)

    app.cleanup_ctx.append(background)
    app.on_shutdown.append(shut)
    return app


async def _note_use(tokens: TokenStore) -> None:
    while True:
        await asyncio.sleep(FLUSH_S)
        await asyncio.to_thread(tokens.flush)


async def _watch_sessions(site: Site) -> None:
    """Let streams end with the sessions they were opened for, and write down who was active."""
    flushed = time.monotonic()
    while True:
        await asyncio.sleep(SESSIONS_S)
        if site.followers.holders():
            site.end_streams()
        if time.monotonic() - flushed >= SESSIONS_FLUSH_S:
            flushed = time.monotonic()
            await asyncio.to_thread(site.sessions.flush)


def _elsewhere(routes: Iterable[Route]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return what answers a path or method that no route has."""
    known: dict[str, set[str]] = {}
    for route in routes:
        known.setdefault(route.path, set()).add(route.method)
    patterns = [(re.compile(re.sub(r"{\w+}", "[^/]+", path)), methods) for path, methods in known.items()]

    async def handle(request: web.Request) -> web.StreamResponse:
        language = choose(request.headers.get("Accept-Language", ""))
        allowed = {m for pattern, methods in patterns if pattern.fullmatch(request.path) for m in methods}
        if allowed:
            headers = {"Allow": ", ".join(sorted(allowed))}
            return answer(
                ProblemError("method_not_allowed", {"method": request.method}, headers=headers), language
            )
        return answer(ProblemError("not_found"), language)

    return handle
