"""The standby's side: follows the hub, holds what it is sent, and stands ready to take its place."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from random import random as system_random
from tarfile import TarError
from typing import NoReturn

import aiohttp
import apsw
import msgspec
import structlog

from kioskd.backup.box import BoxError, Opener, unseal
from kioskd.journal.files import write_new
from kioskd.journal.records import BEFORE_ALL, Position
from kioskd.journal.replica import Copy, NotOurHistoryError
from kioskd.standby.holding import held_files, hold
from kioskd.standby.messages import (
    LARGEST,
    PROTOCOL,
    STANDBY_PATH,
    Beat,
    Begin,
    Denied,
    Files,
    Follow,
    Page,
    Stored,
    ToStandby,
)
from kioskd.station.backoff import Retry
from kioskd.station.clock import Clock, SystemClock
from kioskd.station.link.credentials import TokenError, hub_tls, read_token
from kioskd.station.progress import Progress

TOKEN = "standby.token"
KEY = "standby.key"
CONFIG = "standby.json"
FOLLOWING = frozenset(("following", "catching_up"))
"""Codes of a standby to which the hub speaks."""

SILENT_S = 10.0
"""A hub says something every other second."""

STORE_S = 60.0
"""The largest page takes a disk that is well a second or two."""
TIDY_EVERY = 2000

_decoder: msgspec.msgpack.Decoder[ToStandby] = msgspec.msgpack.Decoder(ToStandby)
_encoder = msgspec.msgpack.Encoder()
log = structlog.get_logger(__name__)


class Config(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What this PC is. ``hub`` is the URL of the one it follows, ``ca_file`` the authority of its
    certificate; ``promoted``: it is the hub now; ``port`` is its own, where that is another than the hub's.
    """

    name: str
    hub: str
    ca_file: str | None = None
    promoted: bool = False
    port: int = 0
    address: str = ""


class Status(msgspec.Struct, kw_only=True):
    """How the standby stands. ``code`` is ``following``, ``catching_up``, ``starting``, or why it does not
    follow: ``absent``, ``denied``, ``certificate``, ``unpaired``, ``ahead``, ``protocol``, ``other_history``,
    ``broken``. ``contact`` is when the hub was last heard and everything it said was stored (UTC in ms, 0:
    never), ``since`` when it became what ``code`` says, ``shut`` since when the hub has said each time that
    it takes no commands (0: it takes them).
    """

    code: str = "starting"
    since: int = 0
    detail: str = ""
    hall: str = ""
    hub: str = ""
    stored: str = ""
    hub_head: str = ""
    contact: int = 0
    files: bool = False
    shut: int = 0


def read_config(data: Path) -> Config | None:
    """Return what a data folder says it is; None for one that is no standby's."""
    try:
        return msgspec.json.decode((data / CONFIG).read_bytes(), type=Config)
    except FileNotFoundError:
        return None


def write_config(data: Path, config: Config) -> None:
    """Write it down. Raises OSError."""
    write_new(data / CONFIG, msgspec.json.encode(config), 0o600)


def own_key(data: Path) -> Opener:
    """Return what opens the boxes sent to this PC, made at first."""
    try:
        secret = (data / KEY).read_bytes()
    except FileNotFoundError:
        secret = os.urandom(32)
        write_new(data / KEY, secret, 0o600)
    return Opener(secret)


class _PartedError(Exception):
    def __init__(self, code: str, detail: str = "", needs_person: bool = False) -> None:
        super().__init__(detail or code)
        self.code, self.needs_person = code, needs_person


class Follower:
    """Follows until cancelled. Everything of the copy happens in one worker thread at a time."""

    def __init__(
        self,
        data: Path,
        config: Config,
        copy: Copy,
        *,
        clock: Clock | None = None,
        random: Callable[[], float] = system_random,
    ) -> None:
        self._data, self._config, self._copy = data, config, copy
        self._clock = clock or SystemClock()
        self._retry = Retry(self._clock, random)
        self._progress = Progress(self._clock)
        self._opener = own_key(data)
        self._since_tidy = 0
        self._level = False
        self._said = ""
        self.status = Status(
            hub=config.hub,
            since=self._now(),
            stored=_text(copy.head),
            files=held_files(data) is not None,
        )
        self.changed = asyncio.Event()
        self.renewed = asyncio.Event()
        """Set when settings, users or keys have come anew; whoever waits clears it."""

    async def run(self) -> None:
        """Keep following until cancelled."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5.0, connect=10.0)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                try:
                    await self._connection(session)
                except _PartedError as error:
                    self._say(error.code, str(error))
                    await asyncio.sleep(self._retry.pause(error.needs_person))

    def stalled(self) -> tuple[str, ...]:
        """Name what should have got on and did not: storing what the hub sent, on a disk that hangs."""
        return self._progress.stalled()

    async def _connection(self, session: aiohttp.ClientSession) -> NoReturn:
        ws = await self._open(session)
        try:
            await ws.send_bytes(_encoder.encode(await asyncio.to_thread(self._follow)))
            while True:
                message = await self._next(ws)
                with self._progress.working("standby", STORE_S):
                    await self._take(ws, message)
        except ConnectionError as error:
            raise _PartedError("absent", str(error)) from error
        except NotOurHistoryError as error:
            raise _PartedError("other_history", str(error), needs_person=True) from error
        except BoxError as error:
            raise _PartedError("broken", str(error), needs_person=True) from error
        except (apsw.Error, OSError, ValueError, TarError) as error:
            raise _PartedError("broken", str(error)) from error
        finally:
            await ws.close()

    async def _open(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        try:
            # One that hangs takes the connection and never answers; without an end nobody would knock again.
            async with asyncio.timeout(SILENT_S):
                return await self._opened(session)
        except TimeoutError:
            raise _PartedError("absent", f"silent for {SILENT_S:g} s") from None

    async def _opened(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        ca = self._data / self._config.ca_file if self._config.ca_file else None
        try:
            return await session.ws_connect(
                self._config.hub.rstrip("/") + STANDBY_PATH,
                headers={"Authorization": f"Bearer {await read_token(self._data / TOKEN)}"},
                ssl=await hub_tls(ca),
                max_msg_size=LARGEST,
                timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
            )
        except TokenError as error:
            raise _PartedError("unpaired", str(error), needs_person=True) from error
        except aiohttp.WSServerHandshakeError as error:
            denied = error.status in {401, 403}
            raise _PartedError("denied" if denied else "absent", f"HTTP {error.status}", denied) from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise _PartedError("certificate", str(error), needs_person=True) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _PartedError("absent", str(error) or "no answer") from error

    def _follow(self) -> Follow:
        copy, held = self._copy, held_files(self._data)
        newest = copy.newest()
        return Follow(
            protocol=PROTOCOL,
            name=self._config.name,
            version=version("kioskd"),
            history=copy.history,
            head=copy.head,
            chain=copy.chain,
            public=self._opener.public.hex(),
            refs=copy.refs(),
            snapshot=newest[0],
            checkpoint=newest[1],
            bundle=held.digest if held is not None else "",
            port=self._config.port,
            changes=True,
        )

    async def _next(self, ws: aiohttp.ClientWebSocketResponse) -> ToStandby:
        try:
            frame = await ws.receive(timeout=SILENT_S)
        except TimeoutError:
            raise _PartedError("absent", f"silent for {SILENT_S:g} s") from None
        if frame.type is not aiohttp.WSMsgType.BINARY:
            raise _PartedError("absent", f"closed ({ws.close_code})")
        try:
            return _decoder.decode(frame.data)
        except msgspec.DecodeError as error:
            raise _PartedError("protocol", str(error), needs_person=True) from error

    async def _take(self, ws: aiohttp.ClientWebSocketResponse, message: ToStandby) -> None:
        status = self.status
        match message:
            case Begin():
                if message.anew and self._copy.head != BEFORE_ALL:
                    log.warning("standby.begins_anew", hub=message.history, held=self._copy.history)
                    await asyncio.to_thread(self._copy.forget)
                self._level = False
                status.hall, status.hub_head = message.hall, _text(message.head)
                self._say("catching_up")
                self._config = await asyncio.to_thread(self._note_address, ws)
            case Page():
                await asyncio.to_thread(self._copy.store, message.rows)
                if message.rows.whole:
                    await ws.send_bytes(_encoder.encode(Stored(head=self._copy.head)))
                    self._heard()
                    await self._tidy(len(message.rows.events))
            case Beat():
                status.hub_head = _text(message.head)
                self._note_shut(message.shut)
                if message.head == self._copy.head:
                    self._heard()
                    self._level = True
                    self._follows()
            case Files():
                self._config = await asyncio.to_thread(self._note_address, ws)
                await asyncio.to_thread(self._hold, message)
                status.files = True
                self.renewed.set()
                self._follows()
            case Denied():
                raise _PartedError(message.code, needs_person=True)
        self.changed.set()

    def _follows(self) -> None:
        """Both the events and the files of the hub have been here: from now on it can be taken over from."""
        if self._level and self.status.files:
            self._say("following")
            self._retry.reset()

    def _heard(self) -> None:
        self.status.contact = self._now()
        self.status.stored = _text(self._copy.head)
        if self._copy.head > Position.parse(self.status.hub_head or "0.0"):
            self.status.hub_head = self.status.stored

    def _note_shut(self, shut: bool) -> None:
        if shut != bool(self.status.shut):
            self.status.shut = self._now() if shut else 0
            if shut:
                log.warning("standby.hub_shut", hub=self._config.hub)
            else:
                log.info("standby.hub_open", hub=self._config.hub)

    def _now(self) -> int:
        return int(self._clock.wall() * 1000)

    async def _tidy(self, events: int) -> None:
        self._since_tidy += events
        if self._since_tidy >= TIDY_EVERY:
            self._since_tidy = 0
            await asyncio.to_thread(self._copy.tidy)

    def _hold(self, files: Files) -> None:
        hold(self._data, files, unseal(files.box, self._opener), self._config.address)

    def _note_address(self, ws: aiohttp.ClientWebSocketResponse) -> Config:
        name = ws.get_extra_info("sockname") or ("",)
        config = msgspec.structs.replace(self._config, address=str(name[0]))
        if config != self._config:
            write_config(self._data, config)
        return config

    def _say(self, code: str, detail: str = "") -> None:
        """Log once when the hub goes, and once when it is followed again."""
        self.status.code, self.status.detail = (
            code,
            detail if code not in FOLLOWING else "",
        )
        self.changed.set()
        if code == self._said:
            return
        self._said = code
        self.status.since = self._now()
        if code in FOLLOWING:
            log.info(f"standby.{code}", head=str(self._copy.head))
        else:
            log.warning("standby.not_following", code=code, detail=detail)


def _text(position: Position) -> str:
    return str(position)
