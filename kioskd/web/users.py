"""Routes of accounts: who may sign in, and as what."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.access.accounts import Account, ClosedAddress
from kioskd.access.roles import Role
from kioskd.hall.state import State
from kioskd.web.asking import look, note
from kioskd.web.call import Call, respond, respond_empty
from kioskd.web.fields import Id
from kioskd.web.problem import ProblemError
from kioskd.web.session import quickly, slowly

Person = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class UserBody(_Body, frozen=True, kw_only=True):
    """Who it is: the person's name, the role, and the teller of the settings that they are."""

    person: Person
    role: Role
    teller: Id | None = None


class NewUserBody(UserBody, frozen=True, kw_only=True):
    """``name`` is typed to sign in: small letters, digits, dots and dashes."""

    name: Annotated[str, Meta(min_length=2, max_length=32)]


class OneTime(msgspec.Struct, frozen=True, kw_only=True):
    """A password that is good for choosing one's own; it can't be had again."""

    name: str
    password: str


async def show_all(call: Call) -> web.Response:
    """GET users."""
    users: list[Account] = await quickly(call, call.site.accounts.all)
    await note(call, "account.list_viewed")
    return respond(msgspec.json.encode(users))


async def add(call: Call) -> web.Response:
    """POST users. Its answer is a secret, so it is never kept for a repeat."""
    body: NewUserBody = call.body
    await _check_teller(call, body.teller)

    def work() -> str:
        return call.site.accounts.add(body.name, body.person, body.role, teller=body.teller, by=call.by)

    secret = await slowly(call, work)
    return respond(msgspec.json.encode(OneTime(name=body.name.lower(), password=secret)), 201)


async def change(call: Call) -> web.Response:
    """POST users/{user}/change."""
    body: UserBody = call.body
    await _check_teller(call, body.teller)
    await quickly(
        call,
        call.site.accounts.change,
        call.path("user"),
        person=body.person,
        role=body.role,
        teller=body.teller,
        by=call.by,
    )
    return _ended(call)


async def reset(call: Call) -> web.Response:
    """POST users/{user}/reset. Its answer is a secret, so it is never kept for a repeat."""
    name = call.path("user")

    def work() -> str:
        return call.site.accounts.reset(name, by=call.by)

    secret = await slowly(call, work)
    _ended(call)
    return respond(msgspec.json.encode(OneTime(name=name, password=secret)))


async def disable(call: Call) -> web.Response:
    """POST users/{user}/disable."""
    await quickly(call, call.site.accounts.disable, call.path("user"), by=call.by)
    return _ended(call)


async def enable(call: Call) -> web.Response:
    """POST users/{user}/enable."""
    await quickly(call, call.site.accounts.enable, call.path("user"), by=call.by)
    return respond_empty()


async def unlock(call: Call) -> web.Response:
    """POST users/{user}/unlock."""
    await quickly(call, call.site.accounts.unlock, call.path("user"), by=call.by)
    return respond_empty()


async def show_addresses(call: Call) -> web.Response:
    """GET closed-addresses."""
    closed: list[ClosedAddress] = await quickly(call, call.site.accounts.closed_addresses)
    return respond(msgspec.json.encode(closed))


async def open_addresses(call: Call) -> web.Response:
    """POST closed-addresses/open."""
    await quickly(call, call.site.accounts.open_addresses, by=call.by)
    return respond_empty()


def _ended(call: Call) -> web.Response:
    """Let go of streams of sessions that have just ended."""
    call.site.sessions.reload()
    call.site.end_streams()
    return respond_empty()


async def _check_teller(call: Call, teller: str | None) -> None:
    def known(state: State) -> bool:
        return state.book is not None and teller in state.book.tellers

    if teller is not None and not await look(call, known):
        raise ProblemError("unknown_teller", {"teller": teller})
