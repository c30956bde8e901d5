"""Routes of the lead's overview: the hall in one answer, and skills moved for a while."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta
from msgspec.structs import replace

from kioskd.access.pin import is_set
from kioskd.hall import commands, queries, tide
from kioskd.hall.state import State
from kioskd.hub.opening import opening_now
from kioskd.hub.overview import (
    Overview,
    QuestionView,
    bad_ratings_now,
    closing_now,
    desk_now,
    order_now,
    question_now,
    queues_now,
    windows_now,
)
from kioskd.hub.public import alerts_view, sessions_view, time_of
from kioskd.hub.public_events import Audience
from kioskd.web.asking import command, window_render
from kioskd.web.call import Call, respond
from kioskd.web.fields import Id
from kioskd.web.wording import alert_sentence, device_name, device_sentence


class SkillsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Queues that the window calls as well, and does not call, for ``minutes``; 0 ends that early."""

    add: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    remove: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    minutes: Annotated[int, Meta(ge=0, le=240)] = 60


async def show(call: Call) -> web.Response:
    """GET overview."""
    now, language = call.site.desk.now(), call.language

    pin = await asyncio.to_thread(is_set, call.site.journal.folder)

    def asked(question: QuestionView | None) -> QuestionView | None:
        return None if question is None else replace(question, pin=pin)

    def see(state: State) -> Overview:
        queues, day = queues_now(state, now), state.day
        quiet = state.quiet_until if state.quiet_until is not None and state.quiet_until > now.at else None
        return Overview(
            position="",
            at=time_of(state, now.wall),
            ready=state.book is not None and day is not None,
            date=day.date if day is not None else None,
            question=asked(question_now(state)),
            open=state.book is not None and queries.hall_open(state),
            sessions=sessions_view(state, now),
            notice=state.notice,
            quiet_until=time_of(state, now.wall + quiet - now.at) if quiet is not None else None,
            waiting=state.index.waiting_total,
            queues=queues,
            windows=windows_now(state, now),
            alerts=tuple(
                replace(
                    alert, sentence=alert_sentence(state, alert.about, alert.subject, alert.params, language)
                )
                for alert in alerts_view(state, Audience.LEADS)
            ),
            ratings=bad_ratings_now(state),
            desk=desk_now(state),
            tide=tide.suggest(state, now),
            order=order_now(state),
            closing=closing_now(state, queues),
            opening=opening_now(
                state,
                now,
                partial(device_sentence, language=language),
                partial(device_name, state, language=language),
            ),
        )

    position, view = await call.site.desk.read(see)
    return respond(msgspec.json.encode(replace(view, position=str(position))))


async def move_skills(call: Call) -> web.Response:
    """POST windows/{window}/skills."""
    window, body = call.path("window"), call.body
    wanted = commands.MoveSkills(
        by=call.by, window=window, add=body.add, remove=body.remove, minutes=body.minutes
    )
    return await command(call, wanted, window_render(call, window))
