"""The hub's end of a station's WebSocket. The web room mounts it behind its token check."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec
import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from kioskd.station.link.outbox import Outbox
from kioskd.station.messages import PROTOCOL, Hello, Rejected, ToHub
from kioskd.station.ports import HubPort

log = structlog.get_logger(__name__)

STATION_PATH = "/api/v1/stations/link"
"""Where stations connect; the token of the station comes as ``Authorization: Bearer``."""

HEARTBEAT_S = 10.0
"""A ping after so long without a word, half as long again for its answer: a hub or station that
vanished is noticed within 15 s."""

HELLO_S = 10.0
"""A connection that says nothing for so long is no station."""

LARGEST_MESSAGE = 1 << 20

_hellos = msgspec.json.Decoder(Hello)
_messages = msgspec.json.Decoder(ToHub)


def station_socket(heartbeat: float = HEARTBEAT_S) -> web.WebSocketResponse:
    """Return the unprepared WebSocket that `serve_websocket` expects."""
    return web.WebSocketResponse(heartbeat=heartbeat, max_msg_size=LARGEST_MESSAGE)


async def serve_websocket(
    ws: web.WebSocketResponse, hub: HubPort, authorised_station: str, hello_limit: float = HELLO_S
) -> None:
    """Connect one station to the hub for as long as ``ws`` (already prepared) lives.

    ``authorised_station`` is the station whose token came with the request. A station that is somebody
    else (``station.mismatch``) or speaks another version (``protocol.unsupported``) is rejected. A
    message that cannot be read is dropped and the rest goes on.
    """
    hello = await _hello(ws, authorised_station, hello_limit)
    if hello is None:
        await ws.close(code=WSCloseCode.POLICY_VIOLATION)
        return
    outbox = Outbox()
    session = hub.attach(hello, outbox.put)
    sender = asyncio.create_task(_send(ws, outbox), name=f"to station {hello.station}")
    unreadable = 0
    try:
        async for message in ws:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                known = _messages.decode(message.data)
            except msgspec.DecodeError as error:
                unreadable += 1
                if unreadable == 1:
                    log.warning("link.unreadable", station=hello.station, reason=str(error))
                continue
            try:
                session.receive(known)
            except Exception:
                log.exception("link.message_failed", station=hello.station, message=type(known).__name__)
    finally:
        session.detach()
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
        await ws.close()


async def _hello(ws: web.WebSocketResponse, authorised: str, limit: float) -> Hello | None:
    try:
        first = await ws.receive(timeout=limit)
        hello = _hellos.decode(first.data) if first.type is WSMsgType.TEXT else None
    except (TimeoutError, msgspec.DecodeError):
        hello = None
    if hello is not None and len({device.id for device in hello.devices}) < len(hello.devices):
        hello = None  # which of two of one name is meant, nobody could say
    code = ""
    if hello is None:
        code = "hello.missing"
    elif not PROTOCOL - 1 <= hello.protocol <= PROTOCOL:
        code = "protocol.unsupported"
    elif hello.station != authorised:
        code = "station.mismatch"
    if code:
        log.warning("link.rejected", station=authorised, code=code)
        with suppress(ConnectionError):
            await ws.send_str(msgspec.json.encode(Rejected(code=code)).decode())
        return None
    return hello


async def _send(ws: web.WebSocketResponse, outbox: Outbox) -> None:
    try:
        while True:
            message = await outbox.get()
            await ws.send_str(msgspec.json.encode(message).decode())
    except (OverflowError, ConnectionError) as error:
        log.warning("link.send_failed", reason=str(error))
        await ws.close(code=WSCloseCode.TRY_AGAIN_LATER)
