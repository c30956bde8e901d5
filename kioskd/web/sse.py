"""Server-sent events: the committed feed to many readers, each at its own pace.

A stream that resumes from a journal position misses nothing and repeats nothing. One that can't
gets ``event: reset`` with the position to go on from: its reader fetches the hall afresh and ignores
what is not newer than that. Silence is filled with comments that carry the position, so that a
reader for whom nothing was meant still resumes close by.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import cast

import structlog
from aiohttp import HttpVersion11, web

from kioskd.hub.feed import Committed, Feed, FeedReset
from kioskd.hub.public_events import Audience, encode
from kioskd.journal.errors import JournalError
from kioskd.journal.records import Position
from kioskd.web.headers import HEADERS
from kioskd.web.problem import ProblemError
from kioskd.web.settings import WebSettings

RETRY_MS = 1500
"""How soon a browser comes back after a lost connection."""

CACHED = 512
"""Latest events kept as text, so that two hundred readers of one event cost one rendering."""


log = structlog.get_logger(__name__)

RETRY = f"retry: {RETRY_MS}\n\n".encode()

TOGETHER_S = 0.005
"""How long news wait for more of them: what one press makes happen reaches a reader in one write, and the
answer to the press goes out before anybody is told of it."""

AT_ONCE = 16
"""Readers written to before the loop looks for requests: telling two hundred holds none up by as much."""

UNREAD = 1 << 16
"""Bytes a reader may leave in the hub's buffer and still be written to with all others."""


class Followers:
    """All open event streams of one server.

    A reader that is up to date and reads what it is sent is written to by `tell`, with the same bytes as all
    others of its audience. Who resumes further back, or reads slowly, goes at its own pace until it is there.
    """

    def __init__(self, feed: Feed, settings: WebSettings, offset_min: Callable[[], int]) -> None:
        """``offset_min`` returns the hall's zone, in which times are written."""
        self._feed = feed
        self._offset_min = offset_min
        self._settings = settings
        self._texts: dict[tuple[Position, Audience], bytes] = {}
        self._open: set[_Follower] = set()
        self._current: set[_Follower] = set()
        self._untold: Position | None = None

    def __len__(self) -> int:
        return len(self._open)

    async def serve(
        self,
        request: web.Request,
        after: Position | None,
        audience: Audience,
        holder: str | None = None,
    ) -> web.StreamResponse:
        """Send events after a position (None: from now on) until the reader goes; ``holder`` is the
        session it was opened for.

        Raises ``too_many_followers`` when the server holds as many as it may.
        """
        if len(self._open) >= self._settings.followers:
            raise ProblemError("too_many_followers")
        follower = _Follower(request, audience, holder)
        self._open.add(follower)
        try:
            await follower.begin()
            await self._pump(follower, after)
        except (TimeoutError, JournalError):
            # The stream has begun, so there is no answering any more; the reader comes back.
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._open.discard(follower)
            self._current.discard(follower)
        return follower.response

    async def tell(self) -> None:
        """Write what happens to every reader that is up to date, for ever."""
        seen = self._feed.head
        while True:
            await self._feed.moved(seen)
            await asyncio.sleep(TOGETHER_S)
            seen = head = self._feed.head
            bodies: dict[tuple[Position, Position, Audience], bytes | None] = {}
            for n, follower in enumerate(tuple(self._current), 1):
                if follower.last != head and follower in self._current:
                    key = (follower.last, head, follower.audience)
                    if key not in bodies:
                        bodies[key] = self._news(follower.last, follower.audience)
                    self._tell(follower, head, bodies[key])
                if n % AT_ONCE == 0:
                    await asyncio.sleep(0)
                    head = self._feed.head

    async def keep_alive(self) -> None:
        """Fill silences, for ever, and let go of readers that have gone."""
        while True:
            await asyncio.sleep(self._settings.keep_alive_s)
            for n, follower in enumerate(tuple(self._open), 1):
                if follower.gone:
                    follower.task.cancel()
                elif follower in self._current:
                    follower.put(f": \nid: {follower.last}\n\n".encode())
                if n % AT_ONCE == 0:
                    await asyncio.sleep(0)

    def holders(self) -> set[str]:
        """Return the sessions that streams are open for."""
        return {follower.holder for follower in self._open if follower.holder is not None}

    def end(self, holders: set[str]) -> None:
        """End the streams of these sessions."""
        for follower in self._open:
            if follower.holder in holders:
                follower.task.cancel()

    def close(self) -> None:
        """End every stream; readers come back by themselves."""
        for follower in self._open:
            follower.task.cancel()

    async def _pump(self, follower: _Follower, after: Position | None) -> None:
        """Bring a reader up to date at its own pace, again whenever it falls behind, until it has gone."""
        follower.last = self._feed.head if after is None else after
        follower.put(RETRY if after is not None else RETRY + f"id: {follower.last}\n\n".encode())
        while not follower.gone:
            await self._catch_up(follower)
            follower.behind.clear()
            self._current.add(follower)
            await follower.behind.wait()

    async def _catch_up(self, follower: _Follower) -> None:
        """Send what the reader has not had; return at the moment it has everything."""
        while True:
            await follower.taken(self._settings.follower_s)
            if follower.gone or follower.last == self._feed.head:
                return
            try:
                async with aclosing(self._feed.follow(follower.last)) as feed:
                    async for committed in feed:
                        follower.last = committed.position
                        if text := self._text(committed, follower.audience):
                            follower.put(text)
                            await follower.taken(self._settings.follower_s)
                        if follower.gone or follower.last == self._feed.head:
                            break
            except FeedReset:
                follower.last = head = self._feed.head
                follower.put(f'id: {head}\nevent: reset\ndata: {{"position":"{head}"}}\n\n'.encode())

    def _tell(self, follower: _Follower, head: Position, news: bytes | None) -> None:
        if news is None or follower.gone:
            self._let_catch_up(follower)
            return
        follower.last = head
        if news:
            follower.put(news)
        if follower.unread > UNREAD:
            self._let_catch_up(follower)

    def _let_catch_up(self, follower: _Follower) -> None:
        self._current.discard(follower)
        follower.behind.set()

    def _news(self, after: Position, audience: Audience) -> bytes | None:
        """Return what happened after a position as one text; None when a reader is to get it by itself: it
        is long, must be read from the disk, or can't be told, which then ends that reader's stream and not
        all.
        """
        recent = self._feed.recent(after)
        if recent is None:
            return None
        texts: list[bytes] = []
        for committed in recent:
            try:
                texts.append(self._text(committed, audience))
            except Exception:
                if committed.position != self._untold:
                    self._untold = committed.position
                    at = str(committed.position)
                    log.exception("web.event_untold", position=at, audience=audience.name.lower())
                return None
        news = b"".join(texts)
        return news if len(news) <= UNREAD else None

    def _text(self, committed: Committed, audience: Audience) -> bytes:
        key = (committed.position, audience)
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = render(committed, audience, self._offset_min())
            if len(self._texts) > CACHED:
                del self._texts[next(iter(self._texts))]
        return text


class _Follower:
    """One open stream: ``last`` is the position of all that was written to it."""

    __slots__ = ("audience", "behind", "framed", "holder", "last", "request", "response", "task")

    def __init__(self, request: web.Request, audience: Audience, holder: str | None) -> None:
        self.request = request
        self.audience = audience
        self.holder = holder
        self.response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no", **HEADERS}
        )
        self.task = cast("asyncio.Task[object]", asyncio.current_task())
        self.last = Position(0, 0)
        self.behind = asyncio.Event()
        self.framed = request.version >= HttpVersion11

    @property
    def gone(self) -> bool:
        """The reader has closed its end."""
        return self.request.transport is None or self.request.transport.is_closing()

    @property
    def unread(self) -> int:
        """Bytes that wait in the hub until the reader's PC takes them."""
        return 0 if self.request.transport is None else self.request.transport.get_write_buffer_size()

    async def begin(self) -> None:
        """Send the head of the answer."""
        await self.response.prepare(self.request)
        self.request.writer.send_headers()

    def put(self, data: bytes) -> None:
        """Write a chunk without waiting. The response's own ``write`` takes a task and a time-out for each of
        two hundred readers; this is one call.
        """
        transport = self.request.transport
        if transport is not None and not transport.is_closing():
            transport.write(b"%x\r\n%s\r\n" % (len(data), data) if self.framed else data)

    async def taken(self, timeout_s: float) -> None:
        """Wait until the reader has taken enough of what was written; TimeoutError when it takes too long."""
        if self.unread:
            async with asyncio.timeout(timeout_s):
                await self.request.writer.drain()


def render(committed: Committed, audience: Audience, offset_min: int) -> bytes:
    """Return an event as its stream shows it to an audience; empty when it isn't for them."""
    public = encode(committed, audience, offset_min)
    if public is None:
        return b""
    kind, data = public
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (str(committed.position).encode(), kind.encode(), data)
