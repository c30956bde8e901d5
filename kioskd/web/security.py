"""Who is calling, and whether a browser may."""

from __future__ import annotations

from aiohttp import web

from kioskd.access.roles import NOBODY, Principal
from kioskd.access.tokens import TokenStore
from kioskd.web.problem import ProblemError

COOKIE = "kioskd_read"
"""Cookie with a token for looking only: browsers send it by themselves, so it never changes anything."""


def principal_of(request: web.BaseRequest, tokens: TokenStore) -> Principal:
    """Return who is calling; a caller that shows no token is the public.

    Raises ``token_unknown`` for a token that isn't (or no longer is) one.
    """
    authorization = request.headers.get("Authorization")
    if authorization is None:
        if request.method == "GET" and COOKIE in request.headers.get("Cookie", ""):
            secret = request.cookies.get(COOKIE)
            principal = tokens.authenticate(secret) if secret else None
            return principal or NOBODY
        return NOBODY
    scheme, _, secret = authorization.partition(" ")
    principal = tokens.authenticate(secret.strip()) if scheme.lower() == "bearer" else None
    if principal is None:
        raise ProblemError("token_unknown")
    return principal


def check_origin(request: web.BaseRequest, origins: frozenset[str]) -> None:
    """Refuse a page of somebody else's site that has a browser call this hub."""
    origin = request.headers.get("Origin")
    if origin is None:
        return
    own = request.headers.get("Host", "")
    if own and origin in (f"http://{own}", f"https://{own}"):
        return
    if origin not in origins:
        raise ProblemError("origin_refused")
