"""Routes of tellers' pictures."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.access.roles import Role
from kioskd.hall import queries
from kioskd.hall.state import State
from kioskd.hub.photos import NoPictureError
from kioskd.web import openapi
from kioskd.web.asking import look, note
from kioskd.web.call import Call, respond_empty
from kioskd.web.fields import BASE64
from kioskd.web.headers import HEADERS
from kioskd.web.problem import ProblemError
from kioskd.web.rights import LEADING
from kioskd.web.route import API, Route, Summary

FACES = frozenset({Role.FACE, Role.TECHNICIAN}) | LEADING
LARGEST = 1 << 20
"""Bytes of what is sent; the page makes a picture small before it sends it."""


class PhotoBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture: JPEG, PNG or WebP, in Base64."""

    image: Annotated[bytes, Meta(min_length=16, max_length=LARGEST, extra_json_schema=BASE64)]


async def show(call: Call) -> web.Response:
    """GET windows/{window}/photo: of whoever serves there now."""
    window = call.path("window")

    def see(state: State) -> str | None:
        if state.book is None or window not in state.book.windows:
            raise ProblemError("unknown_window", {"window": window})
        return queries.teller_at(state, window)

    teller = await look(call, see)
    return await _sent(call, teller or "")


async def of_teller(call: Call) -> web.Response:
    """GET tellers/{teller}/photo."""
    return await _sent(call, call.path("teller"))


async def _sent(call: Call, teller: str) -> web.Response:
    try:
        data = await asyncio.to_thread(call.site.photos.read, teller)
    except KeyError:
        raise ProblemError("no_photo") from None
    return web.Response(body=data, headers={**HEADERS, "Content-Type": "image/jpeg"})


async def keep(call: Call) -> web.Response:
    """POST tellers/{teller}/photo."""
    teller = await _known(call)
    try:
        await asyncio.to_thread(call.site.photos.keep, teller, call.body.image)
    except NoPictureError:
        raise ProblemError("no_picture") from None
    except OSError as error:
        raise ProblemError("not_saved", {"cause": "disk"}) from error
    await note(call, "teller.photo_kept", teller)
    return respond_empty()


async def remove(call: Call) -> web.Response:
    """POST tellers/{teller}/photo/remove."""
    teller = await _known(call)
    try:
        await asyncio.to_thread(call.site.photos.remove, teller)
    except OSError as error:
        raise ProblemError("not_saved", {"cause": "disk"}) from error
    await note(call, "teller.photo_removed", teller)
    return respond_empty()


async def _known(call: Call) -> str:
    teller = call.path("teller")
    if not await look(call, lambda state: state.book is not None and teller in state.book.tellers):
        raise ProblemError("unknown_teller", {"teller": teller[:40]})
    return teller


ROUTES: tuple[Route, ...] = (
    Route(
        name="getWindowPhoto",
        method="GET",
        path=f"{API}/windows/{{window}}/photo",
        roles=FACES,
        handler=show,
        summary=Summary("窗口当班柜员的照片", "Picture of whoever serves at a window"),
        answers={200: None},
        problems=("unknown_window", "other_window", "no_photo"),
        media_type="image/jpeg",
        window=True,
    ),
    Route(
        name="getTellerPhoto",
        method="GET",
        path=f"{API}/tellers/{{teller}}/photo",
        roles=LEADING,
        handler=of_teller,
        summary=Summary("柜员的照片", "Picture of a teller"),
        answers={200: None},
        problems=("no_photo",),
        media_type="image/jpeg",
    ),
    Route(
        name="keepTellerPhoto",
        method="POST",
        path=f"{API}/tellers/{{teller}}/photo",
        roles=LEADING,
        handler=keep,
        summary=Summary("换上柜员的照片", "Keep a picture of a teller"),
        body=PhotoBody,
        body_bytes=2 * LARGEST,
        answers={204: None},
        problems=("unknown_teller", "no_picture"),
        needs_key=False,
    ),
    Route(
        name="removeTellerPhoto",
        method="POST",
        path=f"{API}/tellers/{{teller}}/photo/remove",
        roles=LEADING,
        handler=remove,
        summary=Summary("撤下柜员的照片", "Remove the picture of a teller"),
        body=openapi.Empty,
        answers={204: None},
        problems=("unknown_teller",),
        needs_key=False,
    ),
)
"""Rows of the route table about pictures; the last one kept is the one that is shown."""
