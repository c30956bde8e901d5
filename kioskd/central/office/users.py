"""Accounts of the office from the command line: by the server that runs, or by the database itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec
from aiohttp import web

from kioskd.access.errors import AccountRefusedError
from kioskd.access.passwords import Passwords, one_time
from kioskd.central.control import allowed
from kioskd.central.database import Database
from kioskd.central.office import accounts
from kioskd.central.office.accounts import OfficeRole, Person
from kioskd.central.server import answer, problem, wall_ms

PATH = "/control/v1/users"


class UserAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``action`` is ``add``, ``list``, ``disable``, ``enable`` or ``reset``; ``by`` who asks."""

    action: str
    by: str
    name: str = ""
    person: str = ""
    role: OfficeRole = OfficeRole.OFFICE


class UserDone(msgspec.Struct, frozen=True, omit_defaults=True):
    """``password`` is a new one-time password; ``refused`` the code of why nothing was done."""

    password: str = ""
    people: tuple[Person, ...] = ()
    refused: str = ""


async def do(database: Database, asked: UserAsked, passwords: Passwords | None = None) -> UserDone:
    """Do it."""
    passwords, now, name = passwords or Passwords(), wall_ms(), asked.name.strip().lower()
    secret = one_time() if asked.action in ("add", "reset") else ""
    kept = await asyncio.to_thread(passwords.hash, secret) if secret else ""
    try:
        match asked.action:
            case "add":
                add = partial(accounts.add, name, asked.person, asked.role, kept, now, by=asked.by)
                await database.write(add)
            case "reset":
                await database.write(partial(accounts.reset, name, kept, now, by=asked.by))
            case "disable":
                await database.write(partial(accounts.disable, name, now, by=asked.by))
            case "enable":
                await database.write(partial(accounts.enable, name, now, by=asked.by))
            case _:
                return UserDone(people=tuple(await database.read(accounts.everybody)))
    except AccountRefusedError as refused:
        return UserDone(refused=refused.code)
    return UserDone(password=secret)


def mount(database: Database, token: str) -> Callable[[web.Application], None]:
    """Return what adds the command line's route to an application."""

    async def handle(request: web.Request) -> web.Response:
        if not allowed(request, token):
            return problem(401, "token_unknown")
        try:
            asked = msgspec.json.decode(await request.read(), type=UserAsked)
        except msgspec.DecodeError as error:
            return problem(400, "body_invalid", str(error))
        return answer(await do(database, asked))

    def add(app: web.Application) -> None:
        app.router.add_post(PATH, handle)

    return add
