"""Who is calling, and whether a browser may.

A program shows a bearer token. A person's browser shows the cookie of a session, sends it by itself and
to us only (SameSite=Strict), and must say a word beside it that only our own pages know, before it may
change anything. A third cookie lets a board look.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address

import msgspec
from aiohttp import web

from kioskd.access.roles import NOBODY, Principal
from kioskd.access.sessions import Session, Sessions, csrf_of
from kioskd.access.tokens import TokenStore
from kioskd.web.problem import ProblemError

COOKIE = "kioskd_read"
"""Cookie with a token for looking only: browsers send it by themselves, so it never changes anything."""

SESSION = "kioskd_session"
"""Cookie of a session. Over TLS it has the ``__Host-`` prefix, so that nobody else can set it for us."""

CSRF = "X-CSRF-Token"

_SAFE = frozenset({"GET", "HEAD"})


class Caller(msgspec.Struct, frozen=True):
    """Who is calling. ``problem`` says why it is nobody in particular, for routes that need somebody."""

    principal: Principal
    session: Session | None = None
    secret: str = ""
    problem: str = "token_missing"


_PUBLIC = Caller(NOBODY)


def caller_of(request: web.BaseRequest, tokens: TokenStore, sessions: Sessions) -> Caller:
    """Return who is calling; whoever shows nothing is the public, and so is a session that is locked.

    Raises ``token_unknown`` for a token that isn't (or no longer is) one, ``csrf_refused`` and
    ``origin_refused`` for a request that did not come from a page of ours.
    """
    authorization = request.headers.get("Authorization")
    if authorization is None:
        cookies = request.headers.get("Cookie", "")
        if SESSION in cookies:
            return _of_session(request, sessions)
        if request.method == "GET" and COOKIE in cookies:
            secret = request.cookies.get(COOKIE)
            principal = tokens.authenticate(secret) if secret else None
            return _PUBLIC if principal is None else Caller(principal)
        return _PUBLIC
    scheme, _, secret = authorization.partition(" ")
    principal = tokens.authenticate(secret.strip()) if scheme.lower() == "bearer" else None
    if principal is None:
        raise ProblemError("token_unknown")
    return Caller(principal)


def _of_session(request: web.BaseRequest, sessions: Sessions) -> Caller:
    secret = request.cookies.get(cookie_name(request), "")
    session = sessions.find(secret) if secret else None
    if session is None:
        return Caller(NOBODY, problem="session_over")
    if request.method not in _SAFE:
        if not own_origin(request, request.headers.get("Origin", "")):
            raise ProblemError("origin_refused")
        said = request.headers.get(CSRF, "").encode("utf-8", "replace")
        if not hmac.compare_digest(said, csrf_of(secret).encode()):
            raise ProblemError("csrf_refused")
    if session.limited:
        problem = "session_locked" if session.locked else "password_change_needed"
        return Caller(NOBODY, session, secret, problem)
    return Caller(session.principal, session, secret)


def cookie_name(request: web.BaseRequest) -> str:
    """Return what the session's cookie is called on this connection."""
    return f"__Host-{SESSION}" if request.secure else SESSION


def check_origin(request: web.BaseRequest, origins: frozenset[str], principal: Principal = NOBODY) -> None:
    """Refuse a page of somebody else's site that has a browser call this hub.

    A token that names its sites may be used from those and no others; any other from those of the settings.
    """
    origin = request.headers.get("Origin")
    allowed = principal.origins or origins
    if origin is not None and not own_origin(request, origin) and origin not in allowed:
        raise ProblemError("origin_refused")


def is_private(request: web.BaseRequest) -> bool:
    """Return whether nobody between can read along: TLS, or this very PC."""
    if request.secure:
        return True
    try:
        return ip_address((request.remote or "").partition("%")[0]).is_loopback
    except ValueError:
        return False


def own_origin(request: web.BaseRequest, origin: str) -> bool:
    """Return whether a request came from a page of this very server."""
    own = request.headers.get("Host", "")
    return bool(own) and origin in (f"http://{own}", f"https://{own}")
