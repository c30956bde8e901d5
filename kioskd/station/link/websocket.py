"""The hub on another PC: a WebSocket that is always being kept or sought."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import random as system_random
from typing import NoReturn

import aiohttp
import msgspec
import structlog

from kioskd.station.backoff import Retry
from kioskd.station.clock import Clock, SystemClock, Wake
from kioskd.station.link.api import StationEnd
from kioskd.station.link.credentials import TokenError, hub_tls, read_token
from kioskd.station.link.outbox import Outbox
from kioskd.station.link.seek import Seeker
from kioskd.station.link.server import HEARTBEAT_S, LARGEST_MESSAGE, STATION_PATH
from kioskd.station.messages import Rejected, ToStation

log = structlog.get_logger(__name__)

CONNECT_S = 5.0
"""A hub of this hall answers within milliseconds or is not there."""

ANSWER_S = 10.0
"""A hub that accepted the connection says its first word within this, or has stuck."""

CLOSE_S = 2.0
"""Waiting for the hub's good-bye."""

GOOD_S = 15.0
"""A connection that lasted so long had worked; one that breaks faster backs off."""

_messages = msgspec.json.Decoder(ToStation)
_CLOSED = {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED}


class LinkError(Exception):
    """No connection. ``needs_person`` where trying again cannot help by itself."""

    def __init__(self, code: str, detail: str, needs_person: bool = False) -> None:
        super().__init__(detail)
        self.code = code
        self.needs_person = needs_person


class WebSocketLink:
    """Connects to ``url`` (``https://hub.hall:8443``) with the token in a file.

    The file is read at every attempt, so a station may be paired while it runs. ``seeker`` looks elsewhere
    when the hub is not there.
    """

    def __init__(
        self,
        url: str,
        token_file: Path,
        ca_file: Path | None = None,
        *,
        clock: Clock | None = None,
        random: Callable[[], float] = system_random,
        heartbeat: float = HEARTBEAT_S,
        seeker: Seeker | None = None,
    ) -> None:
        self._url = url.rstrip("/") + STATION_PATH
        self._seeker = seeker
        self._token_file = token_file
        self._ca_file = ca_file
        self._heartbeat = heartbeat
        self._clock = clock or SystemClock()
        self._retry = Retry(self._clock, random)
        self._wake = Wake(self._clock)
        self._older = False

    def hurry(self) -> None:
        """Try again at once: the network came back, the station was paired."""
        self._retry.reset()
        self._wake.set()

    async def run(self, station: StationEnd) -> None:
        """Keep the station connected until cancelled."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, connect=2 * CONNECT_S)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session:
                while True:
                    began = self._clock.steady()
                    self._wake.clear()
                    try:
                        await self._connection(session, station)
                    except LinkError as error:
                        failure = error
                    if self._clock.steady() - began >= GOOD_S:
                        self._retry.reset()
                    station.parted(failure.code, str(failure))
                    if await self._found_elsewhere(failure):
                        continue
                    await self._wake.wait(self._retry.pause(failure.needs_person))
        finally:
            station.parted("link.closed")

    async def _found_elsewhere(self, failure: LinkError) -> bool:
        """Look for the hub; True when it is at another address than was tried."""
        if self._seeker is None or failure.code in ("link.lost", "link.unpaired"):
            return False
        found = await self._seeker.find()
        url = self._url if found is None else found + STATION_PATH
        if url == self._url:
            return False
        log.info("hub.elsewhere", url=found)
        self._url = url
        return True

    async def _connection(self, session: aiohttp.ClientSession, station: StationEnd) -> NoReturn:
        """Connect and talk until it ends; raise why."""
        ws = await self._open(session)
        outbox = Outbox()
        sender: asyncio.Task[None] | None = None
        try:
            hello = station.hello()
            if self._older:
                hello = msgspec.structs.replace(hello, protocol=hello.protocol - 1)
            await ws.send_str(msgspec.json.encode(hello).decode())
            station.joined(outbox.put)
            sender = asyncio.create_task(_send(ws, outbox), name="to hub")
            await self._listen(ws, station)
        except ConnectionError as error:
            raise LinkError("link.lost", str(error)) from error
        except LinkError as error:
            # Before the closing below, which may wait for a hub that has vanished.
            station.parted(error.code, str(error))
            raise
        finally:
            try:
                if sender is not None:
                    sender.cancel()
                    await asyncio.gather(sender, return_exceptions=True)
            finally:
                # Also for one who is cancelled while this waits.
                await ws.close()

    async def _open(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        try:
            token = await read_token(self._token_file)
            return await session.ws_connect(
                self._url,
                headers={"Authorization": f"Bearer {token}"},
                heartbeat=self._heartbeat,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_S),
                max_msg_size=LARGEST_MESSAGE,
                ssl=await hub_tls(self._ca_file),
            )
        except TokenError as error:
            raise LinkError("link.unpaired", str(error), needs_person=True) from error
        except aiohttp.WSServerHandshakeError as error:
            denied = error.status in {401, 403}
            code = "link.denied" if denied else "link.absent"
            raise LinkError(code, f"HTTP {error.status} {error.message}", needs_person=denied) from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise LinkError("link.certificate", str(error), needs_person=True) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise LinkError("link.absent", str(error) or "no answer") from error
        except OSError as error:
            raise LinkError("link.certificate", f"{self._ca_file}: {error}", needs_person=True) from error

    async def _listen(self, ws: aiohttp.ClientWebSocketResponse, station: StationEnd) -> NoReturn:
        patience: float | None = ANSWER_S
        unreadable = False
        while True:
            try:
                frame = await ws.receive(timeout=patience)
            except TimeoutError:
                raise LinkError("link.silent", f"the hub said nothing for {ANSWER_S:g} s") from None
            patience = None
            if frame.type is aiohttp.WSMsgType.TEXT:
                try:
                    message = _messages.decode(frame.data)
                except msgspec.DecodeError as error:
                    if not unreadable:
                        log.warning("link.unreadable", reason=str(error))
                    unreadable = True
                    continue
                if isinstance(message, Rejected):
                    if message.code in ("protocol", "protocol.unsupported") and station.hello().protocol > 1:
                        # A hub one release behind speaks the messages of then, and so does this station.
                        self._older = not self._older
                        raise LinkError("link.lost", "the hub speaks other messages")
                    person = message.code != "not_the_hub"  # then it is to be found elsewhere
                    raise LinkError(message.code, "the hub rejects this station", needs_person=person)
                station.receive(message)
            elif frame.type is aiohttp.WSMsgType.ERROR:
                raise LinkError("link.lost", str(ws.exception()))
            elif frame.type in _CLOSED:
                raise LinkError("link.lost", f"the hub closed the connection ({ws.close_code})")


async def _send(ws: aiohttp.ClientWebSocketResponse, outbox: Outbox) -> None:
    try:
        while True:
            message = await outbox.get()
            await ws.send_str(msgspec.json.encode(message).decode())
    except (OverflowError, ConnectionError) as error:
        log.warning("link.send_failed", reason=str(error))
        await ws.close()
