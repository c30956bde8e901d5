"""Pages of business systems in browsers (CORS): those that the settings name may call, with their token.

A browser asks first (a preflight) and shows the answer to the page only if we say so. Cookies are never
part of it: no answer allows credentials, so a session is of use to our own pages alone.
"""

from __future__ import annotations

from aiohttp import web

ALLOWED = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}
SEEN = "Retry-After, Content-Language"
PRIVATE = "Access-Control-Request-Private-Network"


def admit_origins(app: web.Application, origins: frozenset[str]) -> None:
    """Answer preflights of these origins and let them see what they get."""
    if not origins:
        return

    async def preflight(request: web.Request) -> web.Response:
        if request.headers.get("Origin") not in origins:
            return web.Response(status=403)
        headers = dict(ALLOWED)
        if PRIVATE in request.headers:
            headers["Access-Control-Allow-Private-Network"] = "true"
        return web.Response(status=204, headers=headers)

    async def mark(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin")
        if origin in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = SEEN

    app.router.add_route("OPTIONS", "/api/{path:.*}", preflight)
    app.on_response_prepare.append(mark)
