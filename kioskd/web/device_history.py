"""Route of a device's past: when it went, came back, ran out of paper or was found at another port."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.hall.codec import decode
from kioskd.hall.events import DeviceChanged, DeviceRebound, RollChanged
from kioskd.hall.moment import rfc3339
from kioskd.journal.reader import Log
from kioskd.journal.records import BEFORE_ALL
from kioskd.web.call import Call, respond
from kioskd.web.problem import ProblemError
from kioskd.web.wording import device_sentence

KINDS = ("device.changed", "device.rebound", "roll.changed")
MOST = 200
"""Entries told, the newest; a line that wobbles all night has thousands."""


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many business days back, the present one counted."""

    days: Annotated[int, Meta(ge=1, le=31)] = 7


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened at ``at``: ``kind`` is ``changed`` (to ``state``, for the reason ``code`` and
    ``sentence``; ``behind`` names what went with it), ``rebound`` (from ``old`` to ``new``, or ``undone``) or
    ``roll`` (new paper).
    """

    at: str
    kind: str
    state: str = ""
    code: str = ""
    sentence: str = ""
    behind: str = ""
    old: str = ""
    new: str = ""
    undone: bool = False
    by: str = ""


async def history(call: Call) -> web.Response:
    """GET devices/{device}/history. The newest first."""
    device = call.path("device")
    if not any(known.id == device for known in call.site.stations.devices()):
        raise ProblemError("unknown_device", {"device": device[:40]})
    query: HistoryQuery = call.query
    log, offset = call.site.journal.log(), call.site.desk.utc_offset_min

    def read() -> list[HistoryEntry]:
        return _entries(log, device, query.days, offset)

    found = await asyncio.to_thread(read)
    said = [msgspec.structs.replace(one, sentence=device_sentence(one.code, call.language)) for one in found]
    return respond(msgspec.json.encode(said))


def _entries(log: Log, device: str, days: int, offset_min: int) -> list[HistoryEntry]:
    opened = log.days_opened()
    after = opened[-days].position if len(opened) >= days else BEFORE_ALL
    found: list[HistoryEntry] = []
    for stored in log.read_of(after, None, KINDS):
        event = decode(stored.kind, stored.version, stored.body)
        at = rfc3339(stored.wall, offset_min)
        match event:
            case DeviceChanged() if event.device == device:
                found.append(
                    HistoryEntry(
                        at=at, kind="changed", state=event.state, code=event.code, behind=event.behind or ""
                    )
                )
            case DeviceRebound() if device in event.devices:
                by = event.by.id if event.by.kind == "person" else ""
                found.append(
                    HistoryEntry(
                        at=at, kind="rebound", old=event.old, new=event.new, undone=event.undone, by=by
                    )
                )
            case RollChanged() if event.device == device:
                by = event.by.id if event.by.kind == "person" else ""
                found.append(HistoryEntry(at=at, kind="roll", by=by))
    return found[: -MOST - 1 : -1]
