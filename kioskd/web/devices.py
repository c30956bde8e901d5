"""Routes about devices."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from drivers.status import DeviceState, DeviceStatus, ErrorAction
from kioskd.access.roles import Role
from kioskd.hall import queries
from kioskd.hall.commands import ChangeRoll, JudgeRoll
from kioskd.hall.rules import Name
from kioskd.hall.state import State
from kioskd.hub.public import paper_view, time_of
from kioskd.hub.stations import DeviceView
from kioskd.hub.views import PaperView
from kioskd.station.messages import TestLevel
from kioskd.web.asking import command, look, look_answer, nothing
from kioskd.web.call import Call, respond, respond_empty
from kioskd.web.language import Language, texts
from kioskd.web.problem import ProblemError
from kioskd.web.wording import device_name, device_sentence, facts_said

PRINTER = "printer"


class DeviceAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device as people who look after it see it.

    ``name`` is what people in the hall call it. ``status`` has the words of XFS4IoT; its ``action`` says who
    must act. ``sentence`` says it in the reader's language, empty when all is well. ``question`` is what
    staff are asked about it, such as whether the slip on a new roll is clear; printers have their ``paper``.
    """

    id: str
    name: str
    device_class: str
    driver: str
    station: str
    window: str | None = None
    zone: str | None = None
    zone_name: Name | None = None
    status: DeviceStatus
    since: str
    sentence: str = ""
    question: str = ""
    paper: PaperView | None = None


class ClearBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the slip printed on the new roll is clear."""

    clear: bool


class RebindBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The number that the lost device shows or has printed at its new place; or ``undo``."""

    code: Annotated[str, Meta(max_length=8)] = ""
    undo: bool = False


class ReboundAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """These devices were at ``old`` and are at ``new``."""

    devices: tuple[str, ...]
    old: str
    new: str


class TestBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``level`` is how far it goes: ``internal`` asks the device, ``external`` has it show, print or say
    something, ``interactive`` has its keys tried out, which do nothing else until ``end``. ``confirm`` says
    that the caller knows the hall is open and wants what people there notice all the same.
    """

    level: TestLevel = TestLevel.EXTERNAL
    confirm: bool = False


class TestAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a test went; without ``code`` it went well. ``detail`` is for a technician, in the reader's
    language.
    """

    passed: bool
    code: str = ""
    sentence: str = ""
    detail: str = ""


async def show_all(call: Call) -> web.Response:
    """GET devices."""
    language, devices = call.language, call.site.stations.devices()

    def see(state: State) -> list[DeviceAnswer]:
        return [_answer(state, device, language) for device in devices]

    return await look_answer(call, see)


async def new_roll(call: Call) -> web.Response:
    """POST devices/{device}/new-roll."""
    return await command(call, ChangeRoll(by=call.by, device=call.path("device")), nothing)


async def judge_roll(call: Call) -> web.Response:
    """POST devices/{device}/print-clear."""
    wanted = JudgeRoll(by=call.by, device=call.path("device"), clear=call.body.clear)
    return await command(call, wanted, nothing)


async def new_unit(call: Call) -> web.Response:
    """POST devices/{device}/new-unit."""
    device = call.path("device")
    if not any(known.id == device for known in call.site.stations.devices()):
        raise ProblemError("unknown_device", {"device": device[:40]})
    if not call.site.stations.asking.new_unit(device):
        raise _not_rebound(device, "station.away", call.language)
    return respond_empty()


async def rebind(call: Call) -> web.Response:
    """POST devices/{device}/rebind."""
    device, body = call.path("device"), call.body
    if not any(known.id == device for known in call.site.stations.devices()):
        raise ProblemError("unknown_device", {"device": device[:40]})
    done = await call.site.stations.asking.rebind(device, call.by, body.code, undo=body.undo)
    if done.code:
        raise _not_rebound(device, done.code, call.language)
    return respond(msgspec.json.encode(ReboundAnswer(devices=done.devices, old=done.old, new=done.new)))


def _not_rebound(device: str, code: str, language: Language) -> ProblemError:
    match code:
        case "rebind.not_asked":
            return ProblemError("rebind_not_asked", {"device": device})
        case "rebind.wrong_code":
            return ProblemError("rebind_wrong_code", {"device": device})
        case "rebind.nothing_to_undo":
            return ProblemError("nothing_to_undo", {"device": device})
    return ProblemError("device_away", {"device": device, "sentence": device_sentence(code, language)})


async def test(call: Call) -> web.Response:
    """POST devices/{device}/test."""
    device = call.path("device")
    classes = {known.id: known.device_class for known in call.site.stations.devices()}
    if device not in classes:
        raise ProblemError("unknown_device", {"device": device[:40]})
    if call.principal.role is Role.KIOSK and classes[device] != PRINTER:
        # Staff at a kiosk look after its paper; a kiosk that was stolen must not make the hall talk.
        raise ProblemError("not_allowed", {"role": call.principal.role.value})
    body: TestBody = call.body
    noticed = body.level in (TestLevel.EXTERNAL, TestLevel.INTERACTIVE)
    if noticed and not body.confirm and await look(call, queries.hall_open):
        raise ProblemError("test_needs_confirmation", {"device": device})
    report = await call.site.stations.asking.test(device, body.level)
    return respond(
        msgspec.json.encode(
            TestAnswer(
                passed=not report.code,
                code=report.code,
                sentence=device_sentence(report.code, call.language),
                detail=facts_said(report.facts, call.language, report.detail),
            )
        )
    )


def _zone_name(state: State, zone: str | None) -> Name | None:
    zones = state.book.rules.zones if state.book is not None else ()
    return next((one.name for one in zones if one.id == zone), None)


def _answer(state: State, device: DeviceView, language: Language) -> DeviceAnswer:
    roll = state.rolls.get(device.id)
    status = device.status
    if roll is not None and roll.clear is False and status.code in ("", "printer.paper_low"):
        # The printer itself knows nothing of paper the wrong way round or a burnt head.
        status = msgspec.structs.replace(
            status, state=DeviceState.USER_ERROR, code="printer.unreadable", action=ErrorAction.MAINTENANCE
        )
    asked = roll is not None and roll.asked
    return DeviceAnswer(
        id=device.id,
        name=device_name(state, device.id, language, {"class": device.device_class, "window": device.window}),
        device_class=device.device_class,
        driver=device.driver,
        station=device.station,
        window=device.window,
        zone=device.zone,
        zone_name=_zone_name(state, device.zone),
        status=status,
        since=time_of(state, device.since_wall),
        sentence=device_sentence(status.code, language),
        question=texts(language).word["question.print_clear"] if asked else "",
        paper=paper_view(device.paper) if device.paper is not None else None,
    )
