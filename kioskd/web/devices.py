"""Routes about devices."""

from __future__ import annotations

import msgspec
from aiohttp import web

from drivers.status import DeviceStatus
from kioskd.hall import queries
from kioskd.hall.moment import rfc3339
from kioskd.hub.stations import DeviceView
from kioskd.web.asking import look
from kioskd.web.call import Call, respond
from kioskd.web.language import Language
from kioskd.web.problem import ProblemError
from kioskd.web.wording import device_sentence


class DeviceAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device as people who look after it see it.

    ``status`` has the words of XFS4IoT; its ``action`` says who must act. ``sentence`` says it in the
    reader's language, empty when all is well.
    """

    id: str
    device_class: str
    driver: str
    station: str
    window: str | None = None
    zone: str | None = None
    status: DeviceStatus
    since: str
    sentence: str = ""


class TestBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``confirm`` says that the caller knows the hall is open and wants the test all the same."""

    confirm: bool = False


class TestAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a test went; without ``code`` it went well. ``detail`` is for a technician."""

    passed: bool
    code: str = ""
    sentence: str = ""
    detail: str = ""


async def show_all(call: Call) -> web.Response:
    """GET devices."""
    language, zone = call.language, call.site.desk.utc_offset_min
    devices = call.site.stations.devices()
    return respond(msgspec.json.encode([_answer(device, language, zone) for device in devices]))


async def test(call: Call) -> web.Response:
    """POST devices/{device}/test."""
    device = call.path("device")
    if not any(known.id == device for known in call.site.stations.devices()):
        raise ProblemError("unknown_device", {"device": device[:40]})
    if not call.body.confirm and await look(call, queries.hall_open):
        raise ProblemError("test_needs_confirmation", {"device": device})
    report = await call.site.stations.test(device)
    return respond(
        msgspec.json.encode(
            TestAnswer(
                passed=not report.code,
                code=report.code,
                sentence=device_sentence(report.code, call.language),
                detail=report.detail,
            )
        )
    )


def _answer(device: DeviceView, language: Language, offset_min: int) -> DeviceAnswer:
    return DeviceAnswer(
        id=device.id,
        device_class=device.device_class,
        driver=device.driver,
        station=device.station,
        window=device.window,
        zone=device.zone,
        status=device.status,
        since=rfc3339(device.since_wall, offset_min),
        sentence=device_sentence(device.status.code, language),
    )
