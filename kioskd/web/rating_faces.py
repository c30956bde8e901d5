"""Routes of rating faces: browsers on the citizen's side of a window, paired once and bound to it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.access.errors import PairingRefusedError
from kioskd.access.pairing import LIFE_MS
from kioskd.access.roles import Role
from kioskd.hall import commands, queries
from kioskd.hall.model import SlotState
from kioskd.hall.rules import Name
from kioskd.hall.state import State
from kioskd.hub import faces, handwriting
from kioskd.hub.photos import Photos
from kioskd.web import openapi
from kioskd.web.asking import command, look, look_answer, note, nothing
from kioskd.web.call import Call, respond
from kioskd.web.fields import Id, Phone, Text
from kioskd.web.problem import ProblemError
from kioskd.web.rights import EVERYBODY, LEADING
from kioskd.web.route import API, Keep, Route, Summary

PAD = "4"
"""pf of the provincial interface: the pad at the window."""


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class PairFaceBody(_Body, frozen=True, kw_only=True):
    """The code as typed."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]


class PairedFace(msgspec.Struct, frozen=True, kw_only=True):
    """The face's token; it can't be had again."""

    token: str
    window: str


class FaceCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code to type at the face, good once and for so many minutes."""

    code: str
    minutes: int


Point = tuple[
    Annotated[int, Meta(ge=0, le=handwriting.WIDTH)], Annotated[int, Meta(ge=0, le=handwriting.HEIGHT)]
]
Stroke = Annotated[tuple[Point, ...], Meta(max_length=1000)]
MOST_POINTS = 8000


class FaceRatingBody(_Body, frozen=True, kw_only=True):
    """A rating by the ticket that the face was asked for: 5 非常满意 … 1 非常不满意.

    ``strokes`` were written by hand, in a field of 1000 by 500.
    """

    ticket: Id
    level: Annotated[int, Meta(ge=1, le=5)]
    options: Annotated[tuple[int, ...], Meta(max_length=30)] = ()
    comment: Text | None = None
    strokes: Annotated[tuple[Stroke, ...], Meta(max_length=300)] = ()
    contact: Phone | None = None


class OnDuty(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """三亮明: who serves here, as citizens are told. ``photo`` changes with the picture; without one it is
    empty.
    """

    name: str
    staff_no: str
    post: str = ""
    promise: str = ""
    photo: str = ""


class FaceView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rating face shows: ``mode`` is ``idle``, ``rate``, ``thanks``, ``paused`` or ``closed``.

    ``ticket``, ``item`` ``of`` so many, ``service`` and ``left_s`` (until it is 未评价) are about the rating
    that is asked for.
    """

    mode: str
    window: str
    hall: Name
    teller: OnDuty | None = None
    number: str | None = None
    ticket: str | None = None
    item: int = 1
    of: int = 1
    service: Name | None = None
    left_s: int | None = None
    pause_reason: str = ""
    pause_minutes: int | None = None


async def show(call: Call) -> web.Response:
    """GET windows/{window}/face."""
    window, at = call.path("window"), call.site.desk.now().at
    return await look_answer(call, lambda state: _face(state, window, at, call.site.photos))


def _face(state: State, window: str, at: int, photos: Photos) -> FaceView:
    book = state.book
    if book is None or window not in book.windows:
        raise ProblemError("unknown_window", {"window": window})
    face, context, _ = faces.pad(state, book.windows[window], at)
    on_duty = queries.teller_at(state, window)
    teller = book.tellers.get(on_duty) if on_duty is not None else None
    shown = None
    if teller is not None:
        shown = OnDuty(
            name=teller.name,
            staff_no=teller.staff_no,
            post=teller.post,
            promise=teller.promise,
            photo=photos.revision(teller.id),
        )
    here = state.windows.get(window)
    pause = here.pause if here is not None else None
    view = FaceView(
        mode=face.mode.value,
        window=window,
        hall=book.rules.name,
        teller=shown,
        pause_reason=pause.reason if pause is not None else "",
        pause_minutes=pause.minutes if pause is not None else None,
    )
    ticket = state.tickets.get(context.slot) if context.slot is not None else None
    slot = None
    if ticket is not None:
        slot = next((slot for slot in ticket.slots if slot.state is SlotState.OPEN and slot.asked), None)
    if ticket is None or slot is None:
        return view
    service = book.services.get(slot.service)
    return msgspec.structs.replace(
        view,
        number=ticket.number,
        ticket=ticket.id,
        item=slot.item,
        of=slot.of,
        service=service.name if service is not None else None,
        left_s=max(0, slot.closes_at - at) // 1000,
    )


async def rate(call: Call) -> web.Response:
    """POST windows/{window}/rating."""
    body: FaceRatingBody = call.body
    window = call.path("window")
    if not await look(call, lambda state: _asked_here(state, window, body.ticket)):
        raise ProblemError("no_rating_asked", {"window": window})
    if sum(len(stroke) for stroke in body.strokes) > MOST_POINTS:
        raise ProblemError("body_invalid", {"field": "strokes", "reason": "too_many", "most": MOST_POINTS})
    typed = (body.comment or "").strip()
    told = handwriting.svg(body.strokes, typed) if any(body.strokes) else typed
    words = call.site.privacy.said(body.level, told, body.contact, call.site.desk.now())
    wanted = commands.Rate(
        by=call.by,
        ticket=body.ticket,
        level=body.level,
        options=body.options,
        comment=words.comment,
        contact=words.contact,
        source=PAD,
    )
    return await command(call, wanted, nothing, private=words.private)


def _asked_here(state: State, window: str, ticket: str) -> bool:
    """Whether this window asked for a rating of that ticket: today, or (an answer that was long on its
    way) on one of the days before.
    """
    known = state.tickets.get(ticket)
    if known is not None:
        return any(slot.window == window for slot in known.slots)
    return any(
        slot.window == window and key.rpartition("/")[0] == ticket
        for day in state.missed.values()
        for key, slot in day.items()
    )


async def offer(call: Call) -> web.Response:
    """POST windows/{window}/face-code. Its answer is a secret, so it is never kept for a repeat."""
    window = call.path("window")
    if not await look(call, lambda state: state.book is not None and window in state.book.windows):
        raise ProblemError("unknown_window", {"window": window})
    await note(call, "face.code_made", window)
    code = await asyncio.to_thread(call.site.pairing.offer_face, window)
    return respond(msgspec.json.encode(FaceCode(code=code, minutes=LIFE_MS // 60_000)), 201)


async def pair(call: Call) -> web.Response:
    """POST rating-faces/pair. Its answer is a secret, so it is never kept for a repeat."""
    body: PairFaceBody = call.body
    try:
        token, secret = await asyncio.to_thread(call.site.pairing.redeem_face, body.code)
    except PairingRefusedError as refused:
        raise ProblemError(refused.code) from None
    return respond(msgspec.json.encode(PairedFace(token=secret, window=token.window or "")), 201)


ROUTES: tuple[Route, ...] = (
    Route(
        name="getFace",
        method="GET",
        path=f"{API}/windows/{{window}}/face",
        roles=LEADING | {Role.FACE, Role.TECHNICIAN},
        handler=show,
        summary=Summary("评价屏现在显示什么", "What a window's rating face shows"),
        answers={200: FaceView},
        problems=("unknown_window", "other_window"),
        window=True,
    ),
    Route(
        name="rateAtWindow",
        method="POST",
        path=f"{API}/windows/{{window}}/rating",
        roles=frozenset({Role.FACE}),
        handler=rate,
        summary=Summary("在评价屏上评价", "Rate at a window's rating face"),
        body=FaceRatingBody,
        body_bytes=1 << 18,
        answers={204: None},
        problems=("no_rating_asked", "other_window"),
        keep=Keep.DAYS_30,
        window=True,
    ),
    Route(
        name="offerFace",
        method="POST",
        path=f"{API}/windows/{{window}}/face-code",
        roles=LEADING | {Role.TECHNICIAN},
        handler=offer,
        summary=Summary("生成评价屏的配对码", "Make a code that a rating face is paired with"),
        body=openapi.Empty,
        answers={201: FaceCode},
        problems=("unknown_window",),
        needs_key=False,
        window=True,
    ),
    Route(
        name="pairFace",
        method="POST",
        path=f"{API}/rating-faces/pair",
        roles=EVERYBODY,
        handler=pair,
        summary=Summary("用配对码换取评价屏令牌", "Trade a pairing code for a rating face's token"),
        body=PairFaceBody,
        answers={201: PairedFace},
        problems=("pairing_wrong", "too_many_attempts"),
        needs_key=False,
    ),
)
"""Rows of the route table about rating faces."""
