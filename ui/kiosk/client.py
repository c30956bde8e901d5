"""The kiosk as a client of the hub's API: what the hall is now, numbers, and what became of a slip.

It comes back by itself. A question keeps its idempotency key through every repeat, so however often the
line breaks, one touch is one number.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from ui.kiosk.facts import Hall, JobChange, Language, Problem, Slip, Ticket
from ui.kiosk.model import Ask, Event, Given, HallSeen, HubLost, Refused, Slipped, Unanswered

API = "/api/v1"
ASK_S = 10.0
"""A question is repeated for so long; after that its outcome is called unknown."""
TRY_S = 4.0
"""One try of it."""
AGAIN_S = 0.4
FIRST_S, MOST_S = 0.5, 5.0
"""Pauses between attempts to reach a hub that is away."""
SILENCE_S = 40.0
"""A stream silent for longer is dead: the hub fills silences every 15 s."""
GATHER_S = 0.5
"""Events that come together cost one look at the hall."""
FRESH_S = 30.0
"""Hours begin and waits grow without any event, so the hall is looked at this often anyway."""
SLIPS_KEPT = 50

_RETRY = frozenset({502, 503, 504})
_JOBS = {"job.done": "done", "job.failed": "failed", "job.unknown": "unknown"}
_ACCEPT: Mapping[Language, str] = {"zh": "zh-CN", "en": "en"}

log = logging.getLogger("kiosk")


class HubClient:
    """One hub. ``report`` is told what happens, in the loop's own thread."""

    def __init__(
        self, url: str, token: str, report: Callable[[Event], None], *, tls: ssl.SSLContext | bool = True
    ) -> None:
        self._url = url.rstrip("/")
        self._report = report
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"},
            connector=aiohttp.TCPConnector(ssl=tls),
            timeout=aiohttp.ClientTimeout(total=TRY_S),
        )
        self._slips: OrderedDict[str, str] = OrderedDict()
        self._watched = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def follow(self) -> None:
        """Report the hall and its changes, for ever; `HubLost` when the hub goes."""
        pause, there = FIRST_S, None
        while True:
            try:
                position = await self._look()
                if there is not True:
                    log.info("hub there: %s", self._url)
                there, pause = True, FIRST_S
                await self._look_at_slip()
                await self._stream(position)
            except (aiohttp.ClientError, TimeoutError, OSError, msgspec.MsgspecError, ValueError) as error:
                if there is not False:
                    log.warning("hub away: %s", type(error).__name__)
                there = False
            self._report(HubLost())
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(pause * 1.6, MOST_S)

    async def ask(self, question: Ask) -> None:
        """Ask for a number until there is an answer or too much time has gone, and report which."""
        body: dict[str, Any] = {
            "queue": question.queue,
            "language": question.language,
            "large_print": question.large,
        }
        if question.priority is not None:
            body["priority"] = question.priority
        if question.headcount is not None:
            body["headcount"] = question.headcount
        headers = {"Idempotency-Key": secrets.token_hex(16), "Accept-Language": _ACCEPT[question.language]}
        heard = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ASK_S):
                while True:
                    try:
                        async with self._session.post(
                            self._url + API + "/tickets", json=body, headers=headers
                        ) as response:
                            heard = True
                            raw = await response.read()
                            if response.status not in _RETRY or _final(raw):
                                self._answered(question.serial, response.status, raw)
                                return
                    except aiohttp.ClientConnectorError:
                        pass
                    except (aiohttp.ClientError, TimeoutError, OSError):
                        # It may have been heard before the line broke.
                        heard = True
                    await asyncio.sleep(AGAIN_S)
        log.warning("no answer for a number")
        self._report(Unanswered(question.serial, certain=not heard))

    def _answered(self, serial: int, status: int, raw: bytes) -> None:
        try:
            if status == 201:
                ticket = msgspec.json.decode(raw, type=Ticket)
                self._watched = ticket.id
                self._report(Given(serial, ticket))
                # The slip can be quicker than the answer.
                if ticket.id in self._slips:
                    self._report(Slipped(ticket.id, self._slips[ticket.id]))
                return
            problem = msgspec.json.decode(raw, type=Problem)
        except msgspec.MsgspecError:
            log.warning("an answer that cannot be read: %s", status)
            self._report(Unanswered(serial, certain=False))
            return
        log.info("number refused: %s %s", status, problem.code)
        self._report(Refused(serial, problem))

    async def _get(self, path: str) -> bytes:
        async with self._session.get(self._url + API + path) as response:
            response.raise_for_status()
            return await response.read()

    async def _look(self) -> str:
        hall = msgspec.json.decode(await self._get("/hall"), type=Hall)
        self._report(HallSeen(hall))
        return hall.position

    async def _look_at_slip(self) -> None:
        """Catch up on the slip that was on its way when the hub went."""
        if not self._watched:
            return
        ticket = self._watched
        async with self._session.get(f"{self._url}{API}/tickets/{ticket}") as response:
            if response.status == 200:
                slip = msgspec.json.decode(await response.read(), type=Slip)
                if slip.print is not None:
                    self._slip(ticket, slip.print.state)

    async def _stream(self, position: str) -> None:
        """Follow the event stream until it ends, and look at the hall again after changes."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=TRY_S, sock_read=SILENCE_S)
        async with self._session.get(
            f"{self._url}{API}/events", params={"after": position}, timeout=timeout
        ) as response:
            response.raise_for_status()
            changed = asyncio.Event()
            looking = asyncio.create_task(self._look_after(changed))
            reading = asyncio.create_task(self._read(response, changed))
            try:
                done, _ = await asyncio.wait((looking, reading), return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in (looking, reading):
                    task.cancel()
                await asyncio.gather(looking, reading, return_exceptions=True)

    async def _read(self, response: aiohttp.ClientResponse, changed: asyncio.Event) -> None:
        async for kind, data in events(response.content):
            changed.set()
            if kind in _JOBS or kind == "job.settled":
                job = msgspec.json.decode(data, type=JobChange)
                if job.ticket is not None:
                    settled = "done" if job.printed else "failed"
                    self._slip(job.ticket, _JOBS.get(kind, settled))

    async def _look_after(self, changed: asyncio.Event) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FRESH_S):
                    await changed.wait()
            await asyncio.sleep(GATHER_S)
            changed.clear()
            await self._look()

    def _slip(self, ticket: str, state: str) -> None:
        self._slips[ticket] = state
        if len(self._slips) > SLIPS_KEPT:
            self._slips.popitem(last=False)
        self._report(Slipped(ticket, state))


def _final(raw: bytes) -> bool:
    """Whether a 503 is the hall's own word and no passing trouble."""
    try:
        return msgspec.json.decode(raw, type=Problem).code == "no_settings"
    except msgspec.MsgspecError:
        return False


async def events(stream: aiohttp.StreamReader) -> AsyncIterator[tuple[str, bytes]]:
    """Yield type and data of every event of an SSE stream until it ends."""
    kind, data = "", b""
    async for raw in stream:
        name, _, value = raw.rstrip(b"\r\n").partition(b":")
        if name == b"event":
            kind = value.strip().decode()
        elif name == b"data":
            data = value.strip()
        elif not name and not value and raw in (b"\n", b"\r\n"):
            if kind:
                yield kind, data
            kind, data = "", b""
