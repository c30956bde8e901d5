"""A printer at ``ipp://HOST[:631]/printers/NAME`` or ``ipps://…``: CUPS, or a printer of its own."""

from __future__ import annotations

import asyncio
import ssl
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import msgspec

from drivers.office_printer.ipp.codec import (
    LONGEST_ANSWER,
    Group,
    JobState,
    MalformedError,
    Message,
    Operation,
    decode,
    encode,
    request,
)
from drivers.outcome import Outcome
from drivers.printer.api import PrintResult

TIMEOUT_S = 20.0
"""For one answer."""

PRINTED_S = 60.0
"""How long a job may take until its outcome is called unknown: a sleeping laser printer needs half a minute.
"""

LOOK_S = 0.5
"""Between looks at a job that is being printed."""

_REFUSED = 0x0400
"""Answers from here on are errors (RFC 8011, appendix B); below it the job was taken."""

_STOPPED = {
    "media-empty": "printer.paper_out",
    "media-needed": "printer.paper_out",
    "media-jam": "printer.jammed",
    "door-open": "printer.cover_open",
    "cover-open": "printer.cover_open",
}


class IppPrinter:
    """One printer. Connections are made for each job: a job comes every few minutes."""

    def __init__(
        self,
        url: str,
        *,
        ca_file: Path | None = None,
        media: str = "iso_a4_210x297mm",
        printed_s: float = PRINTED_S,
        look_s: float = LOOK_S,
    ) -> None:
        parts = urlsplit(url)
        scheme = {"ipp": "http", "ipps": "https"}.get(parts.scheme)
        if scheme is None or not parts.hostname:
            raise ValueError(f"{url!r}: ipp://HOST/printers/NAME wanted")
        self.url = url
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self._http = f"{scheme}://{host}:{parts.port or 631}{parts.path or '/'}"
        self._ca_file = ca_file
        self._media = media
        self._printed_s = printed_s
        self._look_s = look_s
        self._numbers = count(1)

    async def print(self, pdf: bytes, name: str, *, user: str = "") -> PrintResult:
        """Give it a PDF, see `OfficePrinter`."""
        tls: ssl.SSLContext | bool = True
        if self._ca_file is not None:
            tls = await asyncio.to_thread(ssl.create_default_context, cafile=str(self._ca_file))
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        connector = aiohttp.TCPConnector(ssl=tls, force_close=True)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            more = {"job-name": (name,), "document-format": ("application/pdf",)}
            wanted = request(Operation.PRINT_JOB, next(self._numbers), self.url, user, more)
            groups = {**wanted.groups, Group.JOB: {"media": (self._media,), "sides": ("one-sided",)}}
            try:
                answer = await self._ask(session, msgspec.structs.replace(wanted, groups=groups, data=pdf))
            except aiohttp.ClientConnectorError:
                return PrintResult(Outcome.FAILED, "printer.absent")
            except (aiohttp.ClientError, TimeoutError, OSError, MalformedError):
                return PrintResult(Outcome.UNKNOWN, "printer.no_answer")
            if answer.code >= _REFUSED:
                return PrintResult(Outcome.FAILED, "printer.refused")
            job = answer.first(Group.JOB, "job-id")
            if not isinstance(job, int):
                return PrintResult(Outcome.UNKNOWN, "printer.no_answer")
            return await self._printed(session, job, user)

    async def _printed(self, session: aiohttp.ClientSession, job: int, user: str) -> PrintResult:
        wanted = {"job-id": (job,), "requested-attributes": ("job-state", "job-state-reasons")}
        code = "printer.slow"
        try:
            async with asyncio.timeout(self._printed_s):
                while True:
                    about = request(Operation.GET_JOB_ATTRIBUTES, next(self._numbers), self.url, user, wanted)
                    answer = await self._ask(session, about)
                    state = answer.first(Group.JOB, "job-state")
                    if state == JobState.COMPLETED:
                        return PrintResult(Outcome.DONE)
                    if state in (JobState.CANCELED, JobState.ABORTED):
                        # Some of its pages may lie in the tray.
                        return PrintResult(Outcome.UNKNOWN, "printer.cancelled")
                    if answer.code >= _REFUSED:
                        # A queue that keeps no history forgets a job once it is printed.
                        return PrintResult(Outcome.UNKNOWN, "printer.no_answer")
                    code = await self._why(session, user)
                    await asyncio.sleep(self._look_s)
        except (aiohttp.ClientError, TimeoutError, OSError, MalformedError):
            return PrintResult(Outcome.UNKNOWN, code)

    async def _why(self, session: aiohttp.ClientSession, user: str) -> str:
        """Return what keeps the printer from printing."""
        wanted = {"requested-attributes": ("printer-state-reasons",)}
        about = request(Operation.GET_PRINTER_ATTRIBUTES, next(self._numbers), self.url, user, wanted)
        answer = await self._ask(session, about)
        for reason in answer.groups.get(Group.PRINTER, {}).get("printer-state-reasons", ()):
            known = _STOPPED.get(str(reason).removesuffix("-error").removesuffix("-warning"))
            if known is not None:
                return known
        return "printer.slow"

    async def _ask(self, session: aiohttp.ClientSession, message: Message) -> Message:
        headers = {"Content-Type": "application/ipp"}
        async with session.post(self._http, data=encode(message), headers=headers) as response:
            if response.status != 200:
                raise MalformedError(f"HTTP {response.status}")
            return decode(await response.content.read(LONGEST_ANSWER))
