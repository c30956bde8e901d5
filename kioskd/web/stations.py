"""Routes of other PCs of the hall: pairing, and the socket that a station lives on."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.access.errors import PairingRefusedError
from kioskd.station.link.server import serve_websocket, station_socket
from kioskd.web.call import Call, respond
from kioskd.web.fields import Id
from kioskd.web.problem import ProblemError


class PairBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code as typed, and which station asks (it must be the one the code was made for)."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    station: Id | None = None


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """The station's token; it can't be had again."""

    token: str
    station: str


async def pair(call: Call) -> web.Response:
    """POST stations/pair. Its answer is a secret, so it is never kept for a repeat."""
    body: PairBody = call.body
    try:
        token, secret = await asyncio.to_thread(call.site.pairing.redeem, body.code, body.station)
    except PairingRefusedError as refused:
        raise ProblemError(refused.code) from None
    return respond(msgspec.json.encode(Paired(token=secret, station=token.station or "")), 201)


async def link(call: Call) -> web.StreamResponse:
    """GET stations/link, a WebSocket."""
    if call.principal.station is None:
        raise ProblemError("other_station")
    socket = station_socket()
    if not socket.can_prepare(call.request):
        raise ProblemError("not_websocket")
    await socket.prepare(call.request)
    call.site.sockets.add(socket)
    try:
        await serve_websocket(socket, call.site.stations, call.principal.station)
    finally:
        call.site.sockets.discard(socket)
    return socket
