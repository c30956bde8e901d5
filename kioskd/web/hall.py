"""Routes about the hall as a whole: what everybody may see, and what a lead decides."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta
from msgspec.structs import replace

from drivers.registry import DeviceClass
from kioskd.access.pin import PinError, is_set
from kioskd.hall import commands
from kioskd.hall.rules import OrderMode
from kioskd.hall.state import State
from kioskd.hub.public import (
    alerts_view,
    hall_view,
    printers_view,
    queues_view,
    services_found,
)
from kioskd.hub.public_events import Audience
from kioskd.hub.views import AlertView, HallView, QueueView, ServiceView
from kioskd.web.asking import audience, command, look_answer, nothing
from kioskd.web.call import Call, respond
from kioskd.web.fields import Date, Id, Line
from kioskd.web.problem import ProblemError
from kioskd.web.wording import alert_sentence, device_name


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ServicesQuery(_Body, frozen=True, kw_only=True):
    """``search`` matches code, name, pinyin or its initials (``tuixiu``, ``tx``, ``tuix``); several words
    must all match. ``brief`` leaves guide and materials out.
    """

    search: Annotated[str, Meta(max_length=100)] = ""
    queue: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 200
    brief: bool = False


class OpenBody(_Body, frozen=True, kw_only=True):
    """Whether the queue gives tickets for the rest of the day."""

    open: bool


class NoticeBody(_Body, frozen=True, kw_only=True):
    """The hall notice; empty texts remove it."""

    zh: Line = ""
    en: Line = ""


class QuietBody(_Body, frozen=True, kw_only=True):
    """For how long the voice is low: it ends by itself, and 0 ends it early."""

    minutes: Literal[0, 15, 30, 60]


class CloseBody(_Body, frozen=True, kw_only=True):
    """``void`` is how many waiting and held tickets the caller has seen and means to void.

    Where others still wait the answer is 409 ``still_waiting`` with ``count`` and ``by_queue``: show
    them, and ask again with ``void`` at that count. A count that has changed meanwhile is refused again.
    """

    void: Annotated[int, Meta(ge=0, le=99_999)] = 0


class CallLeadBody(_Body, frozen=True, kw_only=True):
    """Where the lead is needed, as people call the place, and why."""

    place: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")]
    note: Line = ""


class DateBody(_Body, frozen=True, kw_only=True):
    """The business day, as a person says, and the hall's PIN where it has one."""

    date: Date
    pin: Annotated[str, Meta(max_length=12)] = ""


class SettleBody(_Body, frozen=True, kw_only=True):
    """Whether the doubtful slip is on paper."""

    printed: bool


async def show(call: Call) -> web.Response:
    """GET hall."""
    now = call.site.desk.now()
    devices = call.site.stations.devices() if audience(call) >= Audience.DEVICES else []

    def see(state: State) -> HallView:
        name = partial(device_name, state, language=call.language, params={"class": DeviceClass.PRINTER})
        return replace(hall_view(state, "", now), printers=printers_view(state, devices, name))

    position, view = await call.site.desk.read(see)
    return respond(msgspec.json.encode(replace(view, position=str(position))))


async def queues(call: Call) -> web.Response:
    """GET queues."""
    now = call.site.desk.now()

    def see(state: State) -> tuple[QueueView, ...]:
        return queues_view(state, now)

    return await look_answer(call, see)


async def services(call: Call) -> web.Response:
    """GET services."""
    query: ServicesQuery = call.query

    def see(state: State) -> tuple[ServiceView, ...]:
        return services_found(state, query.search, query.queue, query.limit, brief=query.brief)

    return await look_answer(call, see)


async def alerts(call: Call) -> web.Response:
    """GET alerts."""
    language = call.language

    def see(state: State) -> list[AlertView]:
        return [
            replace(alert, sentence=alert_sentence(state, alert.about, alert.subject, alert.params, language))
            for alert in alerts_view(state, audience(call))
        ]

    return await look_answer(call, see)


async def call_lead(call: Call) -> web.Response:
    """POST alerts/call-lead."""
    body: CallLeadBody = call.body
    wanted = commands.CallLead(by=call.by, place=body.place, person=call.principal.label, note=body.note)
    return await command(call, wanted, nothing)


async def acknowledge(call: Call) -> web.Response:
    """POST alerts/{alert}/acknowledge."""
    return await command(call, commands.AcknowledgeAlert(by=call.by, alert=call.path("alert")), nothing)


async def open_queue(call: Call) -> web.Response:
    """POST queues/{queue}/open."""
    wanted = commands.SetQueueOpen(by=call.by, queue=call.path("queue"), open=call.body.open)
    return await command(call, wanted, nothing)


class OrderBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the next ticket is chosen for the rest of the day; ``credits`` are minutes by priority. ``back``:
    as the settings say again.
    """

    mode: OrderMode = OrderMode.AGEING
    k: Annotated[int, Meta(ge=0, le=1000)] = 1
    n: Annotated[int, Meta(ge=1, le=1000)] = 3
    cap_min: Annotated[int, Meta(ge=1, le=1440)] = 60
    credits: Annotated[dict[Id, Annotated[int, Meta(ge=0, le=1440)]], Meta(max_length=50)] = {}
    back: bool = False


async def set_order(call: Call) -> web.Response:
    """POST order."""
    body: OrderBody = call.body
    wanted = commands.SetOrder(
        by=call.by,
        mode=body.mode,
        k=body.k,
        n=body.n,
        cap_min=body.cap_min,
        credits=body.credits,
        back=body.back,
    )
    return await command(call, wanted, nothing)


async def set_notice(call: Call) -> web.Response:
    """POST notice."""
    return await command(call, commands.SetNotice(by=call.by, zh=call.body.zh, en=call.body.en), nothing)


async def set_quiet(call: Call) -> web.Response:
    """POST quiet."""
    return await command(call, commands.SetQuiet(by=call.by, minutes=call.body.minutes), nothing)


async def confirm_day(call: Call) -> web.Response:
    """POST day/confirm. Where the hall has a PIN, whoever sits at an open page is not enough."""
    folder = call.site.journal.folder
    if await asyncio.to_thread(is_set, folder):
        try:
            await asyncio.to_thread(call.site.pin.check, call.body.pin)
        except PinError as error:
            if error.code == "pin_locked":
                raise ProblemError("pin_locked") from None
            raise ProblemError("pin_wrong") from None
    return await command(call, commands.ConfirmDay(by=call.by, date=call.body.date.isoformat()), nothing)


async def close_day(call: Call) -> web.Response:
    """POST day/close."""
    return await command(call, commands.CloseDay(by=call.by, void=call.body.void), nothing)


async def settle(call: Call) -> web.Response:
    """POST jobs/{job}/settle."""
    wanted = commands.SettleJob(by=call.by, job=call.path("job"), printed=call.body.printed)
    return await command(call, wanted, nothing)
