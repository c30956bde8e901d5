"""Setting up a hall: a draft that is kept between two sittings, tables taken over, devices tried, and at the
end the files.

What is written are the settings files of ``kioskd check``; the hub then starts again with them. Before there
is a hall the same routes are those of a hub that waits for one (``begin``).
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
import structlog
from aiohttp import web
from msgspec import Meta

from kioskd.hall.commands import ApplySettings
from kioskd.hall.refusal import Refusal
from kioskd.web.asking import look, note
from kioskd.web.call import Call, respond
from kioskd.web.problem import ProblemError
from kioskd.web.setup_views import Finished, FoundAnswer, HallSetup, Table
from kioskd.web.tables import TableError
from kioskd.web.wording import named

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_LISTENED = 32

_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode

Revision = Annotated[int, Meta(ge=0)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class SaveBody(_Body, frozen=True, kw_only=True):
    """Parts of the draft by name, out of the one with this ``revision``; ``step`` is where somebody is."""

    revision: Revision
    parts: dict[str, Any] = {}
    step: Annotated[str, Meta(max_length=20)] = ""


class SheetBody(_Body, frozen=True, kw_only=True):
    """A CSV or XLSX file in Base64; without ``keep`` it is only looked at."""

    content: Annotated[bytes, Meta(max_length=1_400_000)]
    revision: Revision = 0
    keep: bool = False


class DeviceBody(_Body, frozen=True, kw_only=True):
    """A ``[[device]]`` table."""

    device: Table


class ListenBody(_Body, frozen=True, kw_only=True):
    """``[[device]]`` tables of which one is pressed."""

    devices: Annotated[list[Table], Meta(min_length=1, max_length=MOST_LISTENED)]


def _setup(call: Call) -> HallSetup:
    setup = call.site.setup
    if setup is None:
        raise ProblemError("no_setup")
    return setup


async def show(call: Call) -> web.Response:
    """GET setup. It names people: who looked is noted."""
    setup = _setup(call)
    await note(call, "settings.viewed")
    try:
        return respond(_encode(await asyncio.to_thread(setup.view)))
    except (OSError, ValueError, KeyError) as error:
        raise ProblemError("settings_unwritable") from error


async def save(call: Call) -> web.Response:
    """POST setup/draft."""
    setup, body = _setup(call), call.body
    async with call.site.applying:
        try:
            kept = await asyncio.to_thread(setup.save, body.revision, body.parts, body.step)
        except (KeyError, msgspec.ValidationError) as error:
            raise ProblemError("bad_value", {"field": "parts"}) from error
        except OSError as error:
            raise ProblemError("settings_unwritable") from error
    if kept is None:
        raise ProblemError("setup_changed")
    return respond(_encode(kept))


async def forget(call: Call) -> web.Response:
    """POST setup/forget."""
    setup = _setup(call)
    async with call.site.applying:
        return respond(_encode(await asyncio.to_thread(setup.forget)))


async def take(call: Call) -> web.Response:
    """POST setup/sheets/{what}."""
    setup, body, what = _setup(call), call.body, _what(call)
    async with call.site.applying:
        try:
            taken = await asyncio.to_thread(
                setup.take, what, body.content, body.revision, body.keep, call.language
            )
        except TableError:
            raise ProblemError("no_table") from None
        except OSError as error:
            raise ProblemError("settings_unwritable") from error
    if taken is None:
        raise ProblemError("setup_changed")
    return respond(_encode(taken))


async def template(call: Call) -> web.Response:
    """GET setup/sheets/{what}."""
    setup, what = _setup(call), _what(call)
    response = respond(await asyncio.to_thread(setup.template, what), media_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{what}.xlsx"'
    return response


def _what(call: Call) -> str:
    what = call.path("what")
    if what not in ("queues", "services", "tellers"):
        raise ProblemError("not_found")
    return what


async def devices(call: Call) -> web.Response:
    """GET setup/devices."""
    return respond(_encode(FoundAnswer(found=await asyncio.to_thread(_setup(call).found))))


async def attempt(call: Call) -> web.Response:
    """POST setup/devices/try."""
    return respond(_encode(await _setup(call).attempt(call.body.device, call.language)))


async def listen(call: Call) -> web.Response:
    """POST setup/devices/listen."""
    return respond(_encode(await _setup(call).listen(call.body.devices, call.language)))


async def check(call: Call) -> web.Response:
    """POST setup/check."""
    setup = _setup(call)
    async with call.site.applying:
        try:
            return respond(_encode(await asyncio.to_thread(setup.check, call.language)))
        except OSError as error:
            raise ProblemError("settings_unwritable") from error


async def finish(call: Call) -> web.Response:
    """POST setup/finish. A hall at work takes the rules first; then the files, and the hub starts again."""
    setup = _setup(call)
    async with call.site.applying:
        try:
            rules = await asyncio.to_thread(setup.rules)
            if rules is None:
                raise ProblemError("setup_wrong")
            if not setup.begin:
                done = await call.site.desk.submit(ApplySettings(by=call.by, rules=rules))
                if isinstance(done, Refusal):
                    problem = ProblemError(done.code, done.params)
                    problem.named = await look(call, lambda state: named(state, done.params, call.language))
                    raise problem
                await note(call, "settings.written")
            code = await asyncio.to_thread(setup.write, call.by.id)
        except OSError as error:
            raise ProblemError("settings_unwritable") from error
    _log.info("setup.written", begin=setup.begin)
    # The answer is on its way before the hub goes.
    asyncio.get_running_loop().call_later(0.3, setup.done.set)
    return respond(_encode(Finished(recovery=code)))
