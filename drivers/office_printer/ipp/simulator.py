"""A print queue that speaks IPP on a real socket, as CUPS does, and keeps what it was given."""

from __future__ import annotations

import asyncio
from typing import Self

import msgspec
from aiohttp import web

from drivers.office_printer.ipp.codec import (
    Group,
    JobState,
    MalformedError,
    Message,
    Operation,
    Value,
    decode,
    encode,
)

OK, NOT_ACCEPTING, NOT_FOUND, BAD_REQUEST, NOT_SUPPORTED = 0x0000, 0x0506, 0x0406, 0x0400, 0x0501


class Printed(msgspec.Struct):
    """A job as the queue has it."""

    name: str
    pdf: bytes
    media: str
    state: JobState


class SimulatedQueue:
    """``async with`` it; ``url`` is where it is.

    ``stopped`` holds reasons why nothing comes out (``media-empty-error``), ``accepts`` is false when new
    jobs are refused, ``silent`` when a job is taken and the connection is closed without an answer.
    """

    def __init__(self) -> None:
        self.jobs: list[Printed] = []
        self.stopped: tuple[str, ...] = ()
        self.accepts = True
        self.silent = False
        self.taken = asyncio.Event()
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/printers/{name}", self._post)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"ipp://127.0.0.1:{port}/printers/office"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def finish(self) -> None:
        """Paper comes out: what was held up is printed."""
        self.stopped = ()
        for job in self.jobs:
            if job.state is JobState.PROCESSING:
                job.state = JobState.COMPLETED

    async def _post(self, request: web.Request) -> web.Response:
        try:
            message = decode(await request.read())
        except MalformedError:
            return web.Response(status=400)
        answer = self._answer(message)
        if self.silent:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(body=encode(answer), content_type="application/ipp")

    def _answer(self, message: Message) -> Message:
        if message.first(Group.OPERATION, "attributes-charset") is None:
            return _said(message, BAD_REQUEST)
        match message.code:
            case Operation.PRINT_JOB:
                return self._take(message)
            case Operation.GET_JOB_ATTRIBUTES:
                number = message.first(Group.OPERATION, "job-id")
                if not isinstance(number, int) or not 1 <= number <= len(self.jobs):
                    return _said(message, NOT_FOUND)
                return _said(message, OK, {Group.JOB: _about(number, self.jobs[number - 1])})
            case Operation.GET_PRINTER_ATTRIBUTES:
                reasons: tuple[Value, ...] = self.stopped or ("none",)
                return _said(message, OK, {Group.PRINTER: {"printer-state-reasons": reasons}})
        return _said(message, NOT_SUPPORTED)

    def _take(self, message: Message) -> Message:
        if not self.accepts:
            return _said(message, NOT_ACCEPTING)
        if message.first(Group.OPERATION, "document-format") != "application/pdf" or not message.data:
            return _said(message, BAD_REQUEST)
        job = Printed(
            name=str(message.first(Group.OPERATION, "job-name")),
            pdf=message.data,
            media=str(message.first(Group.JOB, "media")),
            state=JobState.PROCESSING if self.stopped else JobState.COMPLETED,
        )
        self.jobs.append(job)
        self.taken.set()
        return _said(message, OK, {Group.JOB: _about(len(self.jobs), job)})


def _about(number: int, job: Printed) -> dict[str, tuple[Value, ...]]:
    return {"job-id": (number,), "job-state": (job.state,), "job-state-reasons": ("none",)}


def _said(
    message: Message, status: int, groups: dict[int, dict[str, tuple[Value, ...]]] | None = None
) -> Message:
    first: dict[int, dict[str, tuple[Value, ...]]] = {
        Group.OPERATION: {"attributes-charset": ("utf-8",), "attributes-natural-language": ("zh-cn",)}
    }
    return Message(code=status, request=message.request, groups=first | (groups or {}))
