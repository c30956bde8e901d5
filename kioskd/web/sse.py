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

from aiohttp import web

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


class Followers:
    """All open event streams of one server."""

    def __init__(self, feed: Feed, settings: WebSettings, offset_min: Callable[[], int]) -> None:
        """``offset_min`` returns the hall's zone, in which times are written."""
        self._feed = feed
        self._offset_min = offset_min
        self._settings = settings
        self._texts: dict[tuple[Position, Audience], bytes] = {}
        self._open: set[_Follower] = set()

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
        follower = _Follower(request, self._settings.follower_s, holder)
        self._open.add(follower)
        try:
            await follower.response.prepare(request)
            await self._pump(follower, after, audience)
        except (TimeoutError, JournalError):
            # The stream has begun, so there is no answering any more; the reader comes back.
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._open.discard(follower)
        return follower.response

    async def keep_alive(self) -> None:
        """Fill silences, for ever, and let go of readers that have gone."""
        while True:
            await asyncio.sleep(self._settings.keep_alive_s)
            for follower in tuple(self._open):
                if follower.gone:
                    follower.task.cancel()
                elif follower.idle:
                    # Nothing waits in an idle reader's buffer, so this little never blocks.
                    await follower.send(f": \nid: {follower.last}\n\n".encode())

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

    async def _pump(self, follower: _Follower, after: Position | None, audience: Audience) -> None:
        follower.last = self._feed.head if after is None else after
        await follower.send(f"retry: {RETRY_MS}\n\n".encode())
        if after is None:
            await follower.send(f"id: {follower.last}\n\n".encode())
        while True:
            try:
                async with aclosing(self._feed.follow(follower.last)) as feed:
                    async for committed in feed:
                        if follower.gone:
                            return
                        follower.last = committed.position
                        if text := self._text(committed, audience):
                            await follower.send(text)
            except FeedReset:
                follower.last = head = self._feed.head
                await follower.send(f'id: {head}\nevent: reset\ndata: {{"position":"{head}"}}\n\n'.encode())

    def _text(self, committed: Committed, audience: Audience) -> bytes:
        key = (committed.position, audience)
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = render(committed, audience, self._offset_min())
            if len(self._texts) > CACHED:
                del self._texts[next(iter(self._texts))]
        return text


class _Follower:
    """One open stream."""

    __slots__ = ("_timeout_s", "holder", "idle", "last", "request", "response", "task")

    def __init__(self, request: web.Request, timeout_s: float, holder: str | None) -> None:
        self.request = request
        self.holder = holder
        self.response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no", **HEADERS}
        )
        self.task = cast("asyncio.Task[object]", asyncio.current_task())
        self.last = Position(0, 0)
        self.idle = False
        self._timeout_s = timeout_s

    @property
    def gone(self) -> bool:
        """The reader has closed its end."""
        return self.request.transport is None or self.request.transport.is_closing()

    async def send(self, data: bytes) -> None:
        """Write, and wait until the reader has taken enough of it; TimeoutError when it takes too long."""
        self.idle = False
        async with asyncio.timeout(self._timeout_s):
            await self.response.write(data)
        self.idle = True


def render(committed: Committed, audience: Audience, offset_min: int) -> bytes:
    """Return an event as its stream shows it to an audience; empty when it isn't for them."""
    public = encode(committed, audience, offset_min)
    if public is None:
        return b""
    kind, data = public
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (str(committed.position).encode(), kind.encode(), data)
