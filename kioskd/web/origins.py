"""Pages of business systems in browsers (CORS): those that their token or the settings name may call.

A browser asks first (a preflight) and shows the answer to the page only if we say so. Cookies are never
part of it: no answer allows credentials, so a session is of use to our own pages alone.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

ALLOWED = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}
SEEN = "Retry-After, Content-Language"
PRIVATE = "Access-Control-Request-Private-Network"


def admit_origins(app: web.Application, admitted: Callable[[], frozenset[str]]) -> None:
    """Answer preflights of these origins and let them see what they get.

    A browser shows no token when it asks first: whose token may be used there is looked at afterwards.
    """

    async def preflight(request: web.Request) -> web.Response:
        origins = admitted()
        if request.headers.get("Origin") not in origins:
            return web.Response(status=403 if origins else 405)
        headers = dict(ALLOWED)
        if PRIVATE in request.headers:
            headers["Access-Control-Allow-Private-Network"] = "true"
        return web.Response(status=204, headers=headers)

    async def mark(request: web.Request, response: web.StreamResponse) -> None:
        origins = admitted()
        if not origins:
            return
        response.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin")
        if origin in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = SEEN

    app.router.add_route("OPTIONS", "/api/{path:.*}", preflight)
    app.on_response_prepare.append(mark)
