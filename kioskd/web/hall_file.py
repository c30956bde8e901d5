"""Routes of the hall's settings files: looked at, checked, applied, and any earlier version brought back.

``hall`` is the file itself; the catalogue, the years and the slips' layouts that it names are ``file`` too,
and so are the calendar of a year that is still missing and the ``station.toml`` of this PC.

What is applied goes the way of ``kioskd check`` and ``settings.applied``; a text with a problem changes
nothing. What a hub reads only at its start is named.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Protocol

import msgspec
import structlog
from aiohttp import web
from msgspec import Meta

from kioskd.hall.commands import ApplySettings
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import Rules
from kioskd.web.asking import look, note
from kioskd.web.call import Call, respond
from kioskd.web.language import Language
from kioskd.web.problem import ProblemError
from kioskd.web.rights import SETTING
from kioskd.web.route import API, Route, Summary
from kioskd.web.wording import named

LARGEST = 1 << 20
"""Bytes of a request; a hall of 64 windows has a file of some 60 KB."""

_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode

FileName = Annotated[str, Meta(min_length=1, max_length=80)]
FileText = Annotated[str, Meta(min_length=1, max_length=400_000)]


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the file; ``at`` is UTC in milliseconds, ``by`` empty for a change from outside."""

    number: int
    at: int
    by: str
    current: bool = False


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of the hall's files: ``kind`` is ``hall``, ``services``, ``calendar``, ``layout`` or ``station``.

    One that is not ``own`` came with the program, or serves other halls too, and is only to be seen. A
    ``new`` one is the calendar of ``year`` (0 for all others), which is made, and named in ``hall.toml``, by
    applying it.
    """

    file: str
    name: str
    kind: str
    own: bool
    new: bool = False
    year: int = 0


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """The file as it is; ``restart`` are parts of the settings that the hub will only know when it starts
    again, ``files`` all that the hall has.
    """

    file: str
    files: tuple[FileLine, ...]
    name: str
    text: str
    revision: str
    restart: tuple[str, ...]
    versions: tuple[VersionLine, ...]


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something wrong: in this file on ``line`` (from 1), or in another ``file``; ``path`` and ``item`` say
    where by name.
    """

    sentence: str
    path: str = ""
    item: str = ""
    file: str = ""
    line: int | None = None


class DiffLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a comparison: ``kind`` is ``same``, ``out``, ``in`` or, between places, ``gap``; ``old`` and
    ``new`` are line numbers (from 1).
    """

    kind: str
    text: str
    old: int | None = None
    new: int | None = None


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """What a text would do: only without ``problems`` can it be applied; ``rules`` would change at once,
    ``restart`` when the hub starts again.
    """

    problems: tuple[Found, ...] = ()
    warnings: tuple[Found, ...] = ()
    diff: tuple[DiffLine, ...] = ()
    rules: bool = False
    restart: tuple[str, ...] = ()


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A text that is ready to take the file's place, and with it ``naming``, a text of ``hall.toml`` (empty:
    it stays). ``rules`` are the hall's with it, None where it is no business of theirs.
    """

    text: str
    rules: Rules | None = None
    naming: str = ""
    restart: tuple[str, ...]


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The file is not what somebody edited any more."""

    revision: str


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """It is applied, as this version; ``restart`` as in `Present`."""

    version: int
    revision: str
    restart: tuple[str, ...]


class HallFile(Protocol):
    """A settings file of this hub. Its methods block and raise OSError."""

    own: bool

    def of(self, file: str) -> HallFile:
        """Return another of the hall's files. KeyError where there is none."""

    def present(self) -> Present:
        """Return the file as it is."""

    def version(self, number: int) -> str:
        """Return the text of a version. KeyError where there is none."""

    def examine(self, text: str, language: str) -> Examined:
        """Return what a text would do."""

    def prepare(self, text: str, revision: str, language: str) -> Prepared | Examined | Changed:
        """Make a text ready; the file is still what it was."""

    def discard(self, prepared: Prepared) -> None:
        """Give up what was prepared."""

    def apply(self, prepared: Prepared, by: str) -> Applied:
        """Put what was prepared in the file's place."""


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class FileQuery(_Body, frozen=True, kw_only=True):
    """Which file."""

    file: FileName = "hall"


class CheckBody(_Body, frozen=True, kw_only=True):
    """A text of the file."""

    text: FileText
    file: FileName = "hall"


class ApplyBody(_Body, frozen=True, kw_only=True):
    """A text of the file, made out of the one with this ``revision``."""

    text: FileText
    revision: Annotated[str, Meta(min_length=1, max_length=64)]
    file: FileName = "hall"


class VersionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The text of an earlier version."""

    number: int
    text: str


async def _file(call: Call, name: str, *, change: bool = False) -> HallFile:
    known = call.site.hall_file
    if known is None:
        raise ProblemError("no_settings_file")
    try:
        file = await asyncio.to_thread(known.of, name)
    except KeyError:
        raise ProblemError("unknown_settings_file", {"file": name}) from None
    except OSError as error:
        raise ProblemError("settings_unwritable") from error
    if change and not file.own:
        raise ProblemError("settings_not_own", {"file": name})
    return file


async def show(call: Call) -> web.Response:
    """GET settings. The file names everybody who works here: who looked is noted."""
    file = await _file(call, call.query.file)
    await note(call, "settings.viewed", call.query.file)
    try:
        present = await asyncio.to_thread(file.present)
    except OSError as error:
        raise ProblemError("settings_unwritable") from error
    return respond(_encode(present))


async def version(call: Call) -> web.Response:
    """GET settings/versions/{version}."""
    file, name = await _file(call, call.query.file), call.path("version")
    if not (name.isascii() and name.isdigit() and len(name) < 9):
        raise ProblemError("unknown_version", {"version": name[:12]})
    await note(call, "settings.viewed", f"{call.query.file} {name}")
    try:
        text = await asyncio.to_thread(file.version, int(name))
    except (KeyError, OSError):
        raise ProblemError("unknown_version", {"version": name}) from None
    return respond(_encode(VersionAnswer(number=int(name), text=text)))


async def check(call: Call) -> web.Response:
    """POST settings/check."""
    body = call.body
    file = await _file(call, body.file)
    async with call.site.applying:
        try:
            examined = await asyncio.to_thread(file.examine, body.text, _words(call))
        except OSError as error:
            raise ProblemError("settings_unwritable") from error
    return respond(_encode(examined))


async def apply(call: Call) -> web.Response:
    """POST settings. The rules apply first, then the file takes its place, already written."""
    body = call.body
    file = await _file(call, body.file, change=True)
    async with call.site.applying:
        try:
            prepared = await asyncio.to_thread(file.prepare, body.text, body.revision, _words(call))
        except OSError as error:
            raise ProblemError("settings_unwritable") from error
        if isinstance(prepared, Changed):
            raise ProblemError("settings_changed", present=prepared)
        if isinstance(prepared, Examined):
            raise ProblemError("settings_wrong", {"count": len(prepared.problems)}, present=prepared)
        if prepared.rules is not None:
            done = await call.site.desk.submit(ApplySettings(by=call.by, rules=prepared.rules))
            if isinstance(done, Refusal):
                await asyncio.to_thread(file.discard, prepared)
                problem = ProblemError(done.code, done.params)
                problem.named = await look(call, lambda state: named(state, done.params, call.language))
                raise problem
        try:
            applied = await asyncio.to_thread(file.apply, prepared, call.by.id)
        except OSError as error:
            _log.error("settings.not_written", reason=type(error).__name__)
            raise ProblemError("settings_half") from error
        await note(call, "settings.written", f"{body.file} {applied.version}")
    _log.info("settings.written", file=body.file, version=applied.version, restart=list(applied.restart))
    return respond(_encode(applied))


def _words(call: Call) -> str:
    return "en" if call.language is Language.EN else "zh"


ROUTES: tuple[Route, ...] = (
    Route(
        name="getSettings",
        method="GET",
        path=f"{API}/settings",
        roles=SETTING,
        handler=show,
        summary=Summary("大厅的设置文件和它的版本", "The hall's settings file and its versions"),
        query=FileQuery,
        answers={200: Present},
        problems=("no_settings_file", "unknown_settings_file", "settings_unwritable"),
    ),
    Route(
        name="getSettingsVersion",
        method="GET",
        path=f"{API}/settings/versions/{{version}}",
        roles=SETTING,
        handler=version,
        summary=Summary("设置文件的一个旧版本", "An earlier version of the settings file"),
        query=FileQuery,
        answers={200: VersionAnswer},
        problems=("no_settings_file", "unknown_settings_file", "settings_unwritable", "unknown_version"),
    ),
    Route(
        name="checkSettings",
        method="POST",
        path=f"{API}/settings/check",
        roles=SETTING,
        handler=check,
        summary=Summary("检查一份设置，不应用", "Check settings without applying them"),
        body=CheckBody,
        body_bytes=LARGEST,
        answers={200: Examined},
        problems=("no_settings_file", "unknown_settings_file", "settings_unwritable"),
        needs_key=False,
    ),
    Route(
        name="applySettings",
        method="POST",
        path=f"{API}/settings",
        roles=SETTING,
        handler=apply,
        summary=Summary("应用一份设置，旧版本保留", "Apply settings; the version before is kept"),
        body=ApplyBody,
        body_bytes=LARGEST,
        answers={200: Applied},
        problems=(
            "no_settings_file",
            "unknown_settings_file",
            "settings_not_own",
            "settings_unwritable",
            "settings_changed",
            "settings_wrong",
            "settings_half",
            "queue_in_use",
            "window_in_use",
        ),
        needs_key=False,
    ),
)
"""Rows of the route table about the settings file; a repeat finds the file as it wants it."""
