"""Retention and erasure from the command line: by the server that runs, or by the database itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from aiohttp import web

from kioskd.central import retention
from kioskd.central.control import allowed
from kioskd.central.database import Database
from kioskd.central.server import answer, problem, wall_ms
from kioskd.hub.appointments import appointment_digest, read_code

PATH = "/control/v1/upkeep"


class UpkeepAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``retention`` (``dry``: only count), or ``erase`` of the person of an appointment ``code``."""

    action: str
    by: str
    dry: bool = False
    code: str = ""


class UpkeepDone(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much went, by kind; whether there was somebody to erase; ``wrong`` is why nothing was done."""

    gone: dict[str, int] = {}
    erased: bool = False
    wrong: str = ""


async def do(database: Database, folder: Path, asked: UpkeepAsked) -> UpkeepDone:
    """Do it; ``folder`` is the server's data folder."""
    if asked.action == "erase":
        code = appointment_digest(read_code(asked.code) or asked.code)
        return UpkeepDone(erased=await database.write(partial(retention.erase, code, wall_ms(), asked.by)))
    try:
        periods = await asyncio.to_thread(retention.load, folder)
    except ValueError as error:
        return UpkeepDone(wrong=str(error))
    return UpkeepDone(gone=await retention.sweep(database, periods, wall_ms(), dry=asked.dry))


def mount(database: Database, folder: Path, token: str) -> Callable[[web.Application], None]:
    """Return what adds the command line's route to an application."""

    async def handle(request: web.Request) -> web.Response:
        if not allowed(request, token):
            return problem(401, "token_unknown")
        try:
            asked = msgspec.json.decode(await request.read(), type=UpkeepAsked)
        except msgspec.DecodeError as error:
            return problem(400, "body_invalid", str(error))
        return answer(await do(database, folder, asked))

    def add(app: web.Application) -> None:
        app.router.add_post(PATH, handle)

    return add
