"""The kiosk as a client of the hub's API: what the hall is now, and what became of a slip.

It comes back by itself. What the kiosk asks is in `ui.kiosk.questions`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from types import TracebackType
from typing import Any, Literal, Self

import aiohttp
import msgspec

from ui.kiosk.facts import Device, Hall, JobChange, Slip
from ui.kiosk.model.events import Event, HallSeen, HubLost, Slipped
from ui.kiosk.questions import API, TRY_S, HubWish, Questions

FIRST_S, MOST_S = 0.5, 5.0
"""Pauses between attempts to reach a hub that is away."""
SILENCE_S = 40.0
"""A stream silent for longer is dead: the hub fills silences every 15 s."""
GATHER_S = 0.5
"""Events that come together cost one look at the hall."""
FRESH_S = 30.0
"""Hours begin and waits grow without any event, so the hall is looked at this often anyway."""
SLIPS_KEPT = 50

WHY_S = 1.5
"""A slip that is not out by then may be kept by something that a look at the printer tells."""

_WHY: dict[str, Literal["paper", "jam"]] = {
    "printer.paper_out": "paper",
    "printer.jammed": "jam",
    "printer.cutter": "jam",
}
_JOBS = {"job.done": "done", "job.failed": "failed", "job.unknown": "unknown"}

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
        self._questions = Questions(self._session, self._url, report, self._watch)
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

    def do(self, wish: HubWish) -> Coroutine[Any, Any, None]:
        """Return what asks the hub something and reports the answer."""
        return self._questions.do(wish)

    async def _watch(self, ticket: str, again: bool) -> None:
        """Follow this ticket's slip from now on; it can be quicker than the answer that names it.

        Of a slip printed ``again`` what was known is of the one before.
        """
        self._watched = ticket
        if again:
            self._slips.pop(ticket, None)
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError, msgspec.MsgspecError):
                await self._look_at_slip()
        elif ticket in self._slips:
            self._report(Slipped(ticket, self._slips[ticket]))
        await asyncio.sleep(WHY_S)
        if self._watched == ticket and self._slips.get(ticket, "asked") == "asked":
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError, msgspec.MsgspecError):
                await self._look_at_printers(ticket)

    async def _look_at_printers(self, ticket: str) -> None:
        """Say what keeps a slip, where every printer of the hall is kept by something."""
        devices = msgspec.json.decode(await self._get("/devices"), type=tuple[Device, ...])
        codes = [device.status.code for device in devices if device.device_class == "printer"]
        if codes and all(code in _WHY for code in codes):
            self._report(Slipped(ticket, "asked", _WHY[codes[0]]))

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
                    self._slip(job.ticket, _JOBS.get(kind, settled), job.code)

    async def _look_after(self, changed: asyncio.Event) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FRESH_S):
                    await changed.wait()
            await asyncio.sleep(GATHER_S)
            changed.clear()
            await self._look()

    def _slip(self, ticket: str, state: str, code: str = "") -> None:
        self._slips[ticket] = state
        if len(self._slips) > SLIPS_KEPT:
            self._slips.popitem(last=False)
        self._report(Slipped(ticket, state, _WHY.get(code, "")))


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
