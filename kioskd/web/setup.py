"""Routes of setting up a hall: a draft that is kept between two sittings, tables taken over, devices tried,
and at the end the files.

What is written are the settings files of ``kioskd check``; the hub then starts again with them. Before there
is a hall the same routes are those of a hub that waits for one (``begin``).
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Protocol

import msgspec
import structlog
from aiohttp import web
from msgspec import Meta

from kioskd.access.roles import Role
from kioskd.hall.commands import ApplySettings
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import Rules
from kioskd.web.asking import look, note
from kioskd.web.call import Call, respond
from kioskd.web.hall_file import DiffLine
from kioskd.web.language import Language
from kioskd.web.openapi import Empty
from kioskd.web.problem import ProblemError
from kioskd.web.route import Route, Summary
from kioskd.web.tables import TableError
from kioskd.web.wording import named

API = "/api/v1"
SETTING = frozenset({Role.TECHNICIAN, Role.ADMIN})
LARGEST = 2 << 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_LISTENED = 32

_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode

Revision = Annotated[int, Meta(ge=0)]
Table = dict[str, Any]


class ServiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A service of the draft, as lists show it."""

    code: str
    name: Table
    queue: str


class DriverView(msgspec.Struct, frozen=True, kw_only=True):
    """A driver: its class, the addresses it can use, and profiles whose options it takes."""

    name: str
    device_class: str
    schemes: tuple[str, ...]
    profiles: tuple[str, ...]


class DraftView(msgspec.Struct, frozen=True, kw_only=True):
    """All that has been answered. Tables are as in ``hall.toml``; ``begin``: there is no hall yet; ``left``:
    somebody was here before and left it like this, at ``step``.
    """

    begin: bool
    left: bool
    step: str
    revision: int
    hall: Table
    network: bool
    guide: dict[str, str]
    zones: list[Table]
    queues: list[Table]
    services: tuple[ServiceLine, ...]
    windows: list[Table]
    tellers: list[Table]
    roster: list[Table]
    sessions: list[Table]
    years: list[Table]
    devices: list[Table]
    tried: dict[str, bool]
    drivers: tuple[DriverView, ...]


class FoundView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is plugged in, as ``kioskd devices`` tells of it, with the drivers that fit."""

    kind: str
    name: str
    address: str
    node: str
    port: str
    usb: str
    role: str
    stable: bool
    drivers: tuple[str, ...]


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """How a device answered; ``asks``: a person must say whether they saw or heard it."""

    well: bool
    asks: bool = False
    sentence: str = ""
    detail: str = ""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """At which of the devices a key was pressed, and which; None when nobody pressed any."""

    index: int | None = None
    key: str = ""


class FaultView(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of a table that is wrong."""

    line: int
    column: str
    code: str
    value: str
    sentence: str


class TakenView(msgspec.Struct, frozen=True, kw_only=True):
    """What a table was understood as; the ``draft`` with it in, once it is kept."""

    names: tuple[str, ...]
    faults: tuple[FaultView, ...]
    draft: DraftView | None = None


class ProblemView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that ``kioskd check`` would refuse, and on which page of the form it is put right."""

    step: str
    sentence: str
    path: str = ""
    item: str = ""
    file: str = ""


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """A file that would be written, and how it differs from the one there is."""

    name: str
    new: bool
    diff: tuple[DiffLine, ...]


class CheckView(msgspec.Struct, frozen=True, kw_only=True):
    """What the draft would become: only without ``problems`` can it be written."""

    problems: tuple[ProblemView, ...] = ()
    files: tuple[FileView, ...] = ()
    counts: dict[str, int] = {}


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """It is written. ``recovery`` opens the hall's backups, is told this once and kept nowhere; empty where
    the hall has one.
    """

    recovery: str


class HallSetup(Protocol):
    """The setting up of this hub's hall. What is not ``async`` blocks and may raise OSError."""

    begin: bool
    done: asyncio.Event

    def view(self) -> DraftView:
        """Return the draft: what was left, else what the files say, else what a hall begins with."""

    def save(self, revision: int, parts: dict[str, Any], step: str) -> DraftView | None:
        """Keep parts of the draft; None where another page has changed it since.

        Raises KeyError for a part there is not, `msgspec.ValidationError` for one of another shape.
        """

    def forget(self) -> DraftView:
        """Begin anew."""

    def take(
        self, what: str, content: bytes, revision: int, keep: bool, language: Language
    ) -> TakenView | None:
        """Understand a table, and put it into the draft where ``keep`` says so; None as in `save`.

        Raises `TableError`.
        """

    def template(self, what: str) -> bytes:
        """Return a workbook to fill in."""

    def found(self) -> tuple[FoundView, ...]:
        """Return what is plugged in."""

    async def attempt(self, device: Table, language: Language) -> Tried:
        """Try a device."""

    async def listen(self, devices: list[Table], language: Language) -> Heard:
        """Wait for a press at one of these devices."""

    def check(self, language: Language) -> CheckView:
        """Return what the draft would become."""

    def rules(self) -> Rules | None:
        """Return the rules that the draft would become; None where it has problems."""

    def write(self, by: str) -> str:
        """Put the files in their places; return the hall's recovery code where it has got its first, which is
        nowhere else. Raises ValueError where the draft has problems.
        """


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


class FoundAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is plugged in."""

    found: tuple[FoundView, ...]


def _setup(call: Call) -> HallSetup:
    setup = call.site.setup
    if setup is None:
        raise ProblemError("no_settings_file")
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


def _row(
    name: str,
    method: str,
    path: str,
    handler: Any,
    summary: Summary,
    answer: Any,
    *problems: str,
    body: Any = None,
    media_type: str = "application/json",
) -> Route:
    return Route(
        name=name,
        method=method,
        path=f"{API}/{path}",
        roles=SETTING,
        handler=handler,
        summary=summary,
        body=body,
        body_bytes=LARGEST if body in (SaveBody, SheetBody) else 0,
        answers={200: answer},
        problems=("no_settings_file", *problems),
        media_type=media_type,
        needs_key=False,
    )


ROUTES: tuple[Route, ...] = (
    _row(
        "getSetup",
        "GET",
        "setup",
        show,
        Summary("设置向导填到了哪里", "How far the setting up is"),
        DraftView,
        "settings_unwritable",
    ),
    _row(
        "saveSetup",
        "POST",
        "setup/draft",
        save,
        Summary("保存填写的内容", "Keep what was answered"),
        DraftView,
        "setup_changed",
        "bad_value",
        "settings_unwritable",
        body=SaveBody,
    ),
    _row(
        "forgetSetup",
        "POST",
        "setup/forget",
        forget,
        Summary("重新开始填写", "Begin anew"),
        DraftView,
        body=Empty,
    ),
    _row(
        "getSetupTemplate",
        "GET",
        "setup/sheets/{what}",
        template,
        Summary("要填的表格", "A table to fill in"),
        None,
        "not_found",
        media_type=XLSX,
    ),
    _row(
        "takeSetupSheet",
        "POST",
        "setup/sheets/{what}",
        take,
        Summary("导入表格", "Take over a table"),
        TakenView,
        "no_table",
        "not_found",
        "setup_changed",
        "settings_unwritable",
        body=SheetBody,
    ),
    _row(
        "findSetupDevices",
        "GET",
        "setup/devices",
        devices,
        Summary("这台电脑上插着的设备", "What is plugged into this PC"),
        FoundAnswer,
    ),
    _row(
        "trySetupDevice",
        "POST",
        "setup/devices/try",
        attempt,
        Summary("试一台设备", "Try a device"),
        Tried,
        body=DeviceBody,
    ),
    _row(
        "listenSetupDevices",
        "POST",
        "setup/devices/listen",
        listen,
        Summary("等人按键，认出是哪一台", "Wait for a press, to know which device it is"),
        Heard,
        body=ListenBody,
    ),
    _row(
        "checkSetup",
        "POST",
        "setup/check",
        check,
        Summary("检查并比较", "Check and compare"),
        CheckView,
        "settings_unwritable",
        body=Empty,
    ),
    _row(
        "finishSetup",
        "POST",
        "setup/finish",
        finish,
        Summary("写成设置文件，大厅按它开始", "Write the files; the hall starts on them"),
        Finished,
        "setup_wrong",
        "settings_unwritable",
        "queue_in_use",
        "window_in_use",
        body=Empty,
    ),
)
"""Rows of the route table about setting up; nothing here is done twice by a repeat."""
