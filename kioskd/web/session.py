"""Routes of a person's own session: signing in and out, locking, one's own password."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.access.errors import AccountRefusedError
from kioskd.access.roles import Role
from kioskd.access.sessions import Session, csrf_of
from kioskd.hall.moment import rfc3339
from kioskd.hall.state import State
from kioskd.web.asking import look
from kioskd.web.call import Call, respond, respond_empty
from kioskd.web.problem import ProblemError
from kioskd.web.security import cookie_name, is_private

T = TypeVar("T")

Password = Annotated[str, Meta(min_length=1, max_length=200)]
SignInName = Annotated[str, Meta(min_length=1, max_length=64)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class SignInBody(_Body, frozen=True, kw_only=True):
    """Who, and the proof."""

    name: SignInName
    password: Password


class UnlockBody(_Body, frozen=True, kw_only=True):
    """The password of whoever locked the page."""

    password: Password


class PasswordBody(_Body, frozen=True, kw_only=True):
    """One's own password, and the one from now on."""

    old: Password
    new: Password


class SessionView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who is signed in. ``state`` is ``none``, ``open``, ``locked`` or ``password`` (it must be changed
    first); ``at`` is the hall's time, RFC 3339. ``csrf`` is the word to say in ``X-CSRF-Token``, ``window``
    where the person is on duty, ``idle_s`` after how long without a press or key the page locks.
    """

    state: str
    at: str
    name: str | None = None
    person: str | None = None
    role: Role | None = None
    teller: str | None = None
    window: str | None = None
    csrf: str | None = None
    idle_s: int | None = None


async def show(call: Call) -> web.Response:
    """GET session."""
    return respond(msgspec.json.encode(await view(call, call.session, call.secret)))


async def begin(call: Call) -> web.Response:
    """POST session."""
    if not is_private(call.request) and not call.site.settings.plain_sign_in:
        raise ProblemError("https_needed")
    body: SignInBody = call.body
    secret = await slowly(call, call.site.door.open, body.name, body.password, _address(call), call.session)
    return await _entered(call, secret)


async def end(call: Call) -> web.Response:
    """POST session/end."""
    if call.session is not None:
        await quickly(call, call.site.door.close, call.session)
        call.site.followers.end({call.session.id})
    answer = respond_empty()
    answer.del_cookie(cookie_name(call.request), path="/", secure=call.request.secure)
    return answer


async def lock(call: Call) -> web.Response:
    """POST session/lock."""
    if call.session is not None:
        await quickly(call, call.site.sessions.lock, call.session)
        call.site.followers.end({call.session.id})
    return respond_empty()


async def unlock(call: Call) -> web.Response:
    """POST session/unlock."""
    session = _own(call)
    await slowly(call, call.site.door.unlock, session, call.body.password, _address(call))
    return await _shown(call, call.secret)


async def active(call: Call) -> web.Response:
    """POST session/active. The request itself is what counts."""
    return respond_empty()


async def password(call: Call) -> web.Response:
    """POST session/password."""
    session = _own(call)
    if session.locked:
        raise ProblemError("session_locked")
    body: PasswordBody = call.body
    secret = await slowly(call, call.site.door.change_password, session, body.old, body.new, _address(call))
    call.site.followers.end({session.id})
    return await _entered(call, secret)


async def slowly(call: Call, work: Callable[..., T], *values: Any) -> T:
    """Do what hashes a password: in a thread, a few at a time, so that guessing never slows the hall.

    Raises `ProblemError` for what was refused, ``too_many_attempts`` while too many wait already.
    """
    site = call.site
    if site.hashing.waiting >= site.hashing.most_waiting:
        raise ProblemError("too_many_attempts")
    site.hashing.waiting += 1
    try:
        async with site.hashing.turns:
            return await quickly(call, work, *values)
    finally:
        site.hashing.waiting -= 1


async def quickly(call: Call, work: Callable[..., T], *values: Any, **named: Any) -> T:
    """Do what waits for the disk in a thread. Raises `ProblemError` for what was refused."""
    try:
        return await asyncio.to_thread(work, *values, **named)
    except AccountRefusedError as refused:
        retry_ms = refused.params.get("retry_ms")
        headers = {"Retry-After": str(-(-int(retry_ms) // 1000))} if retry_ms is not None else None
        raise ProblemError(refused.code, refused.params, headers=headers) from None
    finally:
        call.site.audit.stir()


async def view(call: Call, session: Session | None, secret: str) -> SessionView:
    """Return a session as its page is told."""
    at = hall_time(call)
    if session is None:
        return SessionView(state="none", at=at)
    who = session.principal
    state = "locked" if session.locked else "password" if session.must_change else "open"
    return SessionView(
        state=state,
        at=at,
        name=who.id,
        person=who.label,
        role=who.role,
        teller=who.teller,
        window=await _window(call, who.teller) if state == "open" and who.teller else None,
        csrf=csrf_of(secret),
        idle_s=call.site.settings.idle_min * 60,
    )


def hall_time(call: Call) -> str:
    """Return what the hall's clock says, in the hall's zone, RFC 3339."""
    desk = call.site.desk
    return rfc3339(desk.now().wall, desk.utc_offset_min, ms=True)


def _own(call: Call) -> Session:
    if call.session is None:
        raise ProblemError(call.problem)
    return call.session


def _address(call: Call) -> str:
    return call.request.remote or "unknown"


async def _window(call: Call, teller: str) -> str | None:
    def see(state: State) -> str | None:
        return next((window.id for window in state.windows.values() if window.teller == teller), None)

    return await look(call, see)


async def _entered(call: Call, secret: str) -> web.Response:
    answer = await _shown(call, secret)
    answer.set_cookie(
        cookie_name(call.request),
        secret,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=call.request.secure,
    )
    return answer


async def _shown(call: Call, secret: str) -> web.Response:
    session = call.site.sessions.find(secret)
    return respond(msgspec.json.encode(await view(call, session, secret)))
