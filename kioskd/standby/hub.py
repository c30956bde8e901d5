"""The hub's side: who follows, how far they are, and what they are sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

import apsw
import msgspec
import structlog
from aiohttp import WSMsgType, web

from kioskd.backup.box import seal
from kioskd.hall.commands import ReportUpkeep
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.journal.errors import JournalError
from kioskd.journal.files import write_new
from kioskd.journal.journal import Journal
from kioskd.journal.records import Position
from kioskd.standby.bundle import Bundle, Stamp, archive, digest_of, digests
from kioskd.standby.messages import (
    PROTOCOL,
    Beat,
    Begin,
    Denied,
    Files,
    Follow,
    Page,
    Stored,
    ToHub,
    ToStandby,
)
from kioskd.standby.source import Source

KNOWN = "standbys.json"
BEAT_S = 2.0
LOOK_S = 0.25
"""How often it is looked whether settings, users or keys have changed: what is seen of files from outside."""

READ_S = 10.0
"""How often the files themselves are read, should a change not have shown."""

HELLO_S = 10.0
GONE_MS = 10 * 60_000
"""A standby that has not followed for so long is told to the lead."""

_decoder = msgspec.msgpack.Decoder(ToHub)
_encoder = msgspec.msgpack.Encoder()
log = structlog.get_logger(__name__)


class Known(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A standby that has followed once. ``stored`` is how far it was when ``seen`` (UTC in ms)."""

    name: str
    url: str = ""
    stored: str = ""
    seen: int = 0
    version: str = ""


class Standbys:
    """All standbys of a hub (one, as a rule)."""

    def __init__(
        self,
        journal: Journal,
        desk: Desk,
        data: Path,
        hall: str,
        *,
        bundle: Bundle,
        port: int,
        tls: bool,
        look_s: float = LOOK_S,
        read_s: float = READ_S,
    ) -> None:
        """``bundle`` are the hub's files; ``port`` and ``tls`` are where PCs reach a hub with them."""
        self._journal, self._desk, self._data, self._hall = journal, desk, data, hall
        self._bundle, self._look_s, self._read_s = bundle, look_s, read_s
        self._port, self._tls = port, tls
        self.following: dict[str, web.WebSocketResponse] = {}
        self.known = known_in(data)
        self._kept = ""
        self._keeping = asyncio.Lock()

    async def serve(self, ws: web.WebSocketResponse, name: str, remote: str) -> None:
        """Serve one standby over a prepared socket until it leaves."""
        follow = await self._hello(ws)
        if follow is None:
            await ws.close()
            return
        older = self.following.get(name)
        if older is not None:
            await older.close()
        self.following[name] = ws
        known = self.known.setdefault(name, Known(name=name))
        scheme = "https" if self._tls else "http"
        host = f"[{remote}]" if ":" in remote else remote
        known.url, known.version = f"{scheme}://{host}:{follow.port or self._port}", follow.version
        await self.keep()
        source = Source(self._journal, follow)
        log.info("standby.follows", name=name, head=str(follow.head))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._send(ws, source, follow)),
                    group.create_task(self._files(ws, follow)),
                ]
                await self._listen(ws, known)
                for task in tasks:
                    task.cancel()
        except* (ConnectionError, JournalError, apsw.Error) as errors:
            log.warning("standby.lost", name=name, reason=str(errors.exceptions[0]))
        finally:
            if self.following.get(name) is ws:
                del self.following[name]
                log.info("standby.gone", name=name, stored=known.stored)
            await source.close()
            await ws.close()

    async def _hello(self, ws: web.WebSocketResponse) -> Follow | None:
        try:
            first = await ws.receive(timeout=HELLO_S)
            follow = _decoder.decode(first.data) if first.type is WSMsgType.BINARY else None
        except (TimeoutError, msgspec.DecodeError):
            return None
        if not isinstance(follow, Follow) or follow.protocol != PROTOCOL:
            await _say(ws, Denied(code="protocol"))
            return None
        return follow

    async def _send(self, ws: web.WebSocketResponse, source: Source, follow: Follow) -> None:
        fits = follow.history in ("", self._journal.identity) and await source.knows(follow)
        if not fits and follow.history == self._journal.identity and follow.head > self._journal.durable:
            # It holds what this hub has lost: the copy is worth more than the hub's word.
            await _say(ws, Denied(code="ahead"))
            await ws.close()
            return
        if not fits:
            await source.begin_anew()
        begin = Begin(
            history=self._journal.identity, hall=self._hall, head=self._journal.durable, anew=not fits
        )
        await _say(ws, begin)
        beat = 0.0
        while True:
            rows = await source.next()
            if rows is not None:
                await _say(ws, Page(rows=rows))
                continue
            if time.monotonic() - beat >= BEAT_S:
                beat = time.monotonic()
                beat_now = Beat(head=self._journal.durable, wall=self._desk.now().wall, shut=self._shut())
                await _say(ws, beat_now)
            await source.wait(BEAT_S)

    def _shut(self) -> bool:
        """Whether this hub takes no commands. One that gave way to another is none, which is not that."""
        return not self._journal.refused and (not self._desk.ready or bool(self._desk.stalled()))

    async def _files(self, ws: web.WebSocketResponse, follow: Follow) -> None:
        """Send the files, and again as soon as one changes: a station paired a moment ago is known there."""
        sent, hashes = follow.bundle, dict[str, bytes]()
        seen: Stamp | None = None
        looked, wrong = 0.0, ""
        while True:
            stamp = await asyncio.to_thread(self._bundle.stamp)
            if stamp != seen or time.monotonic() - looked >= self._read_s:
                # The stamp is older than what is read now: a change in between shows next time.
                seen, looked = stamp, time.monotonic()
                try:
                    parts = await asyncio.to_thread(self._bundle.parts)
                    now = await asyncio.to_thread(digests, parts)
                    digest = digest_of(now)
                    if digest != sent:
                        since = sent if follow.changes and hashes and hashes.keys() <= now.keys() else ""
                        if since:
                            parts = {name: parts[name] for name in parts if now[name] != hashes.get(name)}
                        box = await asyncio.to_thread(_box, parts, follow.public)
                        files = Files(box=box, digest=digest, port=self._port, tls=self._tls, since=since)
                        await _say(ws, files)
                    sent, hashes, wrong = digest, now, ""
                except (OSError, ValueError, apsw.Error) as error:
                    if str(error) != wrong:
                        wrong = str(error)
                        log.warning("standby.files_not_read", reason=wrong)
            await asyncio.sleep(self._look_s)

    async def _listen(self, ws: web.WebSocketResponse, known: Known) -> None:
        async for message in ws:
            if message.type is not WSMsgType.BINARY:
                continue
            try:
                said = _decoder.decode(message.data)
            except msgspec.DecodeError:
                return
            if isinstance(said, Stored):
                known.stored, known.seen = str(said.head), self._desk.now().wall

    def behind(self, name: str) -> int | None:
        """Return by how many events a standby is behind; None where that cannot be said."""
        stored = self.known[name].stored
        if not stored:
            return None
        at, head = Position.parse(stored), self._journal.durable
        return head.seq - at.seq if at.epoch == head.epoch else None

    async def look_after(self) -> None:
        """Keep what is known of standbys, and tell the lead of one that is gone; until cancelled."""
        while True:
            await asyncio.sleep(5.0)
            now = self._desk.now().wall
            for name, known in self.known.items():
                if name in self.following:
                    known.seen = max(known.seen, now)
                gone = now - known.seen >= GONE_MS
                params: dict[str, str | int | float | bool | None] = {}
                if gone:
                    params = {"minutes": (now - known.seen) // (10 * 60_000) * 10}
                report = ReportUpkeep(by=SYSTEM, about="standby", subject=name, well=not gone, params=params)
                try:
                    await self._desk.submit(report)
                except JournalError:
                    break
            await self.keep()

    async def keep(self) -> None:
        """Write down what is known, where it has changed."""
        async with self._keeping:
            data = msgspec.json.encode(
                [
                    msgspec.structs.replace(one, stored="", seen=one.seen // 60_000 * 60_000)
                    for one in self.known.values()
                ]
            )
            if data.decode() == self._kept:
                return
            try:
                await asyncio.to_thread(write_new, self._data / KNOWN, data, 0o600)
                self._kept = data.decode()
            except OSError as error:
                log.warning("standby.not_kept", reason=str(error))

    async def end(self) -> None:
        """Send them away."""
        for ws in tuple(self.following.values()):
            await ws.close()


def _box(parts: Mapping[str, bytes], public: str) -> bytes:
    return seal(archive(parts), bytes.fromhex(public))


async def _say(ws: web.WebSocketResponse, message: ToStandby) -> None:
    await ws.send_bytes(_encoder.encode(message))


def known_in(data: Path) -> dict[str, Known]:
    """Return the standbys a data folder knows of."""
    try:
        found = msgspec.json.decode((data / KNOWN).read_bytes(), type=list[Known])
    except (OSError, msgspec.DecodeError):
        return {}
    return {one.name: one for one in found}
