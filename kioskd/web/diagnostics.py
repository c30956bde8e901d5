"""Routes for technicians: how hub, journal, central server and the PCs of the hall stand; log and bundle."""

from __future__ import annotations

import asyncio
import contextlib
import time
from importlib.metadata import version
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta, structs

from drivers.status import DeviceStatus
from kioskd import diagnose
from kioskd.hall.model import PrintState
from kioskd.hall.moment import Moment, rfc3339
from kioskd.hall.state import State
from kioskd.hub.overview import newest_slips
from kioskd.hub.time_sync import Synced
from kioskd.journal.errors import JournalError
from kioskd.logs import LogLine
from kioskd.station.views import DeviceView, FrameView, MissingView, PressView, SignView
from kioskd.web.asking import look, note
from kioskd.web.call import Call, respond
from kioskd.web.headers import HEADERS
from kioskd.web.language import Language
from kioskd.web.problem import ProblemError
from kioskd.web.wording import device_sentence, facts_said

_LEVELS = ("debug", "info", "warning", "error", "critical")
_encode = msgspec.json.Encoder().encode


class JournalAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The journal: durable up to ``position``; ``closed_for`` says why nothing is taken.

    Ages are seconds, bytes are of the disk that holds it; what there is not yet is left out.
    """

    position: str
    closed_for: str = ""
    free_bytes: int | None = None
    disk_bytes: int | None = None
    file_bytes: int | None = None
    snapshot: str | None = None
    snapshot_age_s: int | None = None
    checkpoint: int | None = None
    checkpoint_position: str | None = None
    checkpoint_age_s: int | None = None


class SyncAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The way to the central server: ``behind`` is how many events it has not acknowledged (501: more)."""

    standing: str
    code: str
    behind: int | None = None


class StationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A PC of the hall."""

    id: str
    connected: bool
    version: str
    since: str


class PrintAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A slip of an open ticket that failed, or of which nobody knows whether it is on paper."""

    job: str
    ticket: str
    number: str
    copy: int
    state: str
    age_s: int
    sentence: str = ""


class OverviewAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the hub stands. ``central`` is left out for a hall without a central server, ``time_sync`` says
    whether a time server sets this PC's clock; ``prints`` is None while the journal takes nothing, because
    then nobody knows.
    """

    version: str
    up_s: int
    ready: bool
    stalled: tuple[str, ...]
    streams: int
    journal: JournalAnswer
    time_sync: Synced
    stations: tuple[StationAnswer, ...]
    prints: tuple[PrintAnswer, ...] | None = None
    central: SyncAnswer | None = None


class DetailQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which device's last bytes are wanted."""

    device: Annotated[str, Meta(max_length=64)] = ""


class DeviceDetail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device as its own PC sees it, in the words of `kioskd.station.views.DeviceView`. ``sentence``
    and ``detail`` say code and facts of its ``status`` in the reader's language.
    """

    id: str
    driver: str
    address: str
    unit: int
    status: DeviceStatus
    sentence: str = ""
    detail: str = ""
    received: int
    sent: int
    downs: int
    per_minute: int
    load: float | None = None
    keys: tuple[str, ...] = ()
    trying: bool = False
    pressed: tuple[PressView, ...] = ()
    sign: SignView | None = None
    missing: tuple[MissingView, ...] = ()
    traffic: tuple[FrameView, ...] = ()


class DetailAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A PC as it sees itself; ``jobs`` and ``inputs`` wait there, ``stalled`` are loops that are stuck."""

    station: str
    jobs: int
    inputs: int
    stalled: tuple[str, ...]
    devices: tuple[DeviceDetail, ...]


class LogQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines from ``level`` upwards that hold ``text``, the newest ``limit`` of them."""

    level: Annotated[str, Meta(pattern="^(debug|info|warning|error|critical)$")] = "debug"
    text: Annotated[str, Meta(max_length=100)] = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 200


class LogAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log; long numbers are left out of it."""

    at: str
    level: str
    event: str
    fields: dict[str, str]


async def overview(call: Call) -> web.Response:
    """GET diagnostics. Answers also while the journal takes nothing."""
    return respond(_encode(await _overview(call)))


async def _overview(call: Call) -> OverviewAnswer:
    site, now = call.site, call.site.desk.now()
    offset = site.desk.utc_offset_min
    uplink = site.uplink
    prints = None
    with contextlib.suppress(JournalError):  # `ready` and `closed_for` say so
        prints = await look(call, lambda state: _prints(state, call, now))
    return OverviewAnswer(
        version=version("kioskd"),
        up_s=round(time.monotonic() - site.began),
        ready=site.desk.ready,
        stalled=site.desk.stalled(),
        streams=len(site.followers),
        journal=await _journal(call, now),
        time_sync=await site.time_sync.state(),
        stations=tuple(
            StationAnswer(
                id=one.id,
                connected=one.connected,
                version=one.version,
                since=rfc3339(one.since_wall, offset),
            )
            for one in site.stations.stations()
        ),
        prints=prints,
        central=SyncAnswer(standing=uplink.standing.value, code=uplink.code, behind=await uplink.behind())
        if uplink is not None
        else None,
    )


async def _journal(call: Call, now: Moment) -> JournalAnswer:
    journal = call.site.journal
    known = JournalAnswer(position=str(journal.durable), closed_for=journal.closed_for or "")
    try:
        standing = await journal.standing()
    except (JournalError, OSError):
        return known
    return structs.replace(
        known,
        free_bytes=standing.free_bytes,
        disk_bytes=standing.disk_bytes,
        file_bytes=standing.file_bytes,
        snapshot=_text(standing.snapshot),
        snapshot_age_s=_age(now, standing.snapshot_wall),
        checkpoint=standing.checkpoint,
        checkpoint_position=_text(standing.checkpoint_position),
        checkpoint_age_s=_age(now, standing.checkpoint_wall),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _age(now: Moment, wall: int | None) -> int | None:
    return None if wall is None else max(0, now.wall - wall) // 1000


def _prints(state: State, call: Call, now: Moment) -> tuple[PrintAnswer, ...]:
    return tuple(
        PrintAnswer(
            job=slip.job,
            ticket=ticket.id,
            number=ticket.number,
            copy=copy,
            state=slip.state.value,
            age_s=max(0, now.at - slip.asked_at) // 1000,
            sentence=device_sentence(slip.code, call.language),
        )
        for ticket, copy, slip in newest_slips(state)
        if slip.state in (PrintState.UNKNOWN, PrintState.FAILED)
    )


async def detail(call: Call) -> web.Response:
    """GET diagnostics/stations/{station}."""
    station, device = call.path("station"), call.query.device
    try:
        view = await call.site.stations.asking.view(station, device)
    except KeyError:
        raise ProblemError("unknown_station", {"station": station[:40]}) from None
    if view is None:
        raise ProblemError("station_away", {"station": station})
    return respond(
        _encode(
            DetailAnswer(
                station=view.station,
                jobs=view.jobs,
                inputs=view.inputs,
                stalled=view.stalled,
                devices=tuple(_detail(one, call.language) for one in view.devices),
            )
        )
    )


def _detail(device: DeviceView, language: Language) -> DeviceDetail:
    return DeviceDetail(
        id=device.id,
        driver=device.driver,
        address=device.address,
        unit=device.unit,
        status=device.status,
        sentence=device_sentence(device.status.code, language),
        detail=facts_said(device.status.facts, language, device.status.detail),
        received=device.received,
        sent=device.sent,
        downs=device.downs,
        per_minute=device.per_minute,
        load=device.load,
        keys=device.keys,
        trying=device.trying,
        pressed=device.pressed,
        sign=device.sign,
        missing=device.missing,
        traffic=device.traffic,
    )


async def logs(call: Call) -> web.Response:
    """GET logs."""
    query: LogQuery = call.query
    least, words = _LEVELS.index(query.level), query.text.lower()
    found = [line for line in call.site.logs.lines() if _fits(line, least, words)]
    offset = call.site.desk.utc_offset_min
    answers = [
        LogAnswer(at=rfc3339(line.at, offset), level=line.level, event=line.event, fields=line.fields)
        for line in found[-query.limit :]
    ]
    return respond(_encode(answers))


def _fits(line: LogLine, least: int, words: str) -> bool:
    level = _LEVELS.index(line.level) if line.level in _LEVELS else len(_LEVELS)
    whole = " ".join((line.event, *(f"{key}={value}" for key, value in line.fields.items())))
    return level >= least and words in whole.lower()


async def bundle(call: Call) -> web.Response:
    """GET diagnostics/bundle, a ZIP; who fetched it is noted where the journal can still be written."""
    site = call.site
    with contextlib.suppress(JournalError):  # a hall whose journal is broken needs its bundle most
        await note(call, "diagnose.bundle")
    if site.bundling.locked():
        raise ProblemError("bundle_busy")
    async with site.bundling:
        journal = await diagnose.checked_aside(site.journal.folder)
    hub = msgspec.to_builtins(structs.replace(await _overview(call), prints=None))
    devices = [
        diagnose.device_state(
            id=one.id,
            device_class=one.device_class,
            driver=one.driver,
            station=one.station,
            window=one.window,
            status=one.status,
            since=one.since_wall,
        )
        for one in site.stations.devices()
    ]
    data = await asyncio.to_thread(
        diagnose.bundle,
        settings=site.settings_shown,
        devices=devices,
        hub=hub,
        lines=site.logs.lines(),
        journal=journal,
    )
    stamp = rfc3339(site.desk.now().wall, site.desk.utc_offset_min)[:16].replace(":", "").replace("T", "-")
    headers = {
        **HEADERS,
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="kioskd-diagnose-{stamp}.zip"',
    }
    return web.Response(body=data, headers=headers)
