"""How the command line speaks to a central server that runs: over loopback, with a token from its folder.

The embedded database may have one writer only, so a second process must ask the first.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
from aiohttp import web

from kioskd.central import booking, halls, releases
from kioskd.central.codes import code_digest, new_code
from kioskd.central.database import Database
from kioskd.central.releases import HallRelease
from kioskd.central.server import answer, problem, wall_ms
from kioskd.central.slots import BookingPlan
from kioskd.journal.files import write_new

FILE_NAME = "control.json"
LIVES_MS = 24 * 3600 * 1000
"""A code is read out over the phone today and typed at the hall today."""


class Control(msgspec.Struct, frozen=True):
    """Content of the file, readable for the server's user alone."""

    port: int
    token: str
    tls: bool = False

    @property
    def url(self) -> str:
        """Where the server is reached on this machine."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"


class EnrolAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hall is to join. ``name`` is needed for a hall not known yet."""

    hall: str
    name: str = ""


class Enrolled(msgspec.Struct, frozen=True):
    """The code that the hall types once, written in groups of four."""

    code: str
    lives_ms: int = LIVES_MS


async def enrol(database: Database, asked: EnrolAsked) -> Enrolled:
    """Make the hall known where it is not, and give it a code. Earlier codes of it end."""
    now, code = wall_ms(), new_code()
    if asked.name:
        try:
            await database.write(partial(halls.add, asked.hall, asked.name, now))
        except halls.HallExistsError:
            await database.write(partial(halls.rename, asked.hall, asked.name))
    await database.write(partial(halls.invite, asked.hall, code_digest(code), now, LIVES_MS))
    return Enrolled(code)


def allowed(request: web.Request, token: str) -> bool:
    """Whether a request shows the token of the server's own folder."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), token.encode())


class ReleaseAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something is to be done about settings for halls: ``add`` (``name``, ``files``), ``send`` (``version``,
    and ``halls`` or all), ``back`` (``halls`` or all) or ``show``.
    """

    action: Literal["add", "send", "back", "show"]
    name: str = ""
    files: dict[str, str] = {}
    version: int = 0
    halls: tuple[str, ...] = ()


class ReleaseAnswer(msgspec.Struct, frozen=True):
    """What came of it; ``refused`` is why not (empty: done), ``halls`` those asked, or those in the way."""

    version: int = 0
    refused: str = ""
    halls: tuple[str, ...] = ()
    standing: tuple[HallRelease, ...] = ()


async def release(database: Database, asked: ReleaseAsked) -> ReleaseAnswer:
    """Do it."""
    now = wall_ms()
    try:
        match asked.action:
            case "add":
                version = await database.write(partial(releases.add, asked.name, asked.files, now))
                return ReleaseAnswer(version)
            case "send" if asked.halls:
                told = await database.write(partial(releases.send, asked.version, asked.halls, now))
            case "send":
                told = await database.write(partial(releases.send_all, asked.version, now))
            case "back":
                told = await database.write(partial(releases.back, asked.halls, now))
            case "show":
                return ReleaseAnswer(standing=tuple(await database.read(releases.standing)))
    except releases.ReleaseRefusedError as error:
        return ReleaseAnswer(asked.version, error.code, error.halls)
    except halls.NoSuchHallError as error:
        return ReleaseAnswer(asked.version, "unknown_hall", (str(error),))
    return ReleaseAnswer(asked.version, halls=tuple(told))


def mount(database: Database, token: str) -> Callable[[web.Application], None]:
    """Return what adds the command line's routes to an application."""

    async def handle_enrol(request: web.Request) -> web.Response:
        if not allowed(request, token):
            return problem(401, "token_unknown")
        try:
            asked = msgspec.json.decode(await request.read(), type=EnrolAsked)
            return answer(await enrol(database, asked))
        except msgspec.DecodeError as error:
            return problem(400, "body_invalid", str(error))
        except halls.NoSuchHallError:
            return problem(404, "unknown_hall")

    async def handle_revoke(request: web.Request) -> web.Response:
        if not allowed(request, token):
            return problem(401, "token_unknown")
        await database.write(partial(halls.revoke, request.match_info["hall"]))
        return answer({})

    async def handle_plan(request: web.Request) -> web.Response:
        if not allowed(request, token):
            return problem(401, "token_unknown")
        try:
            plan = msgspec.json.decode(await request.read(), type=BookingPlan)
            await database.write(partial(booking.set_plan, request.match_info["hall"], plan, wall_ms()))
        except msgspec.DecodeError as error:
            return problem(400, "body_invalid", str(error))
        except halls.NoSuchHallError:
            return problem(404, "unknown_hall")
        return answer({})

    async def handle_release(request: web.Request) -> web.Response:
        if not allowed(request, token):
            return problem(401, "token_unknown")
        try:
            asked = msgspec.json.decode(await request.read(), type=ReleaseAsked)
        except msgspec.DecodeError as error:
            return problem(400, "body_invalid", str(error))
        return answer(await release(database, asked))

    def add(app: web.Application) -> None:
        app.router.add_post("/control/v1/releases", handle_release)
        app.router.add_post("/control/v1/halls/{hall}/plan", handle_plan)
        app.router.add_post("/control/v1/enrol", handle_enrol)
        app.router.add_post("/control/v1/halls/{hall}/revoke", handle_revoke)

    return add


def leave(folder: Path, port: int, token: str, *, tls: bool = False) -> None:
    """Write the file by which the command line finds a running server; blocks."""
    write_new(folder / FILE_NAME, msgspec.json.encode(Control(port, token, tls)), 0o600)


def find(folder: Path) -> Control | None:
    """Read that file; None where there is none."""
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Control)
    except (OSError, msgspec.DecodeError):
        return None
