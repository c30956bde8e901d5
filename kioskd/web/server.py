"""The listening end: connections that are slow, broken or lost harm only themselves.

Built on what aiohttp offers for it: a `web.Server` of its own whose protocol says in the hub's words what
aiohttp would answer in plain English, and that knows since when a request's head has been on its way.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from kioskd.web.gate import Gate
from kioskd.web.language import Language
from kioskd.web.problem import ProblemError, answer
from kioskd.web.refusals import refuse, told
from kioskd.web.settings import TlsSettings, WebSettings
from kioskd.web.tls import Certificate

LINGER_S = 1.0
"""How long a connection whose request was refused half-way is still read before it is closed."""

IDLE_S = 75.0
"""An idle connection is closed after this; longer than a reverse proxy in front keeps one."""

BACKLOG = 256
FILES_ELSEWHERE = 200
"""Open files that are no connections: journal, devices, pages that are being read."""

FILES_WANTED = 4096
GATE = web.AppKey("gate", Gate)
SHUTDOWN_S = 2.0

log = structlog.get_logger(__name__)


class ListenError(OSError):
    """The hub's address cannot be had; ``host`` and ``port`` say which."""

    def __init__(self, error: OSError, host: str, port: int) -> None:
        super().__init__(error.errno, error.strerror)
        self.host = host
        self.port = port


class Connection(web.RequestHandler):
    """One client's connection. ``head_since`` is when a request began that has no whole head yet."""

    def __init__(
        self, server: web.Server, gate: Gate, loop: asyncio.AbstractEventLoop, **kwargs: Any
    ) -> None:
        super().__init__(server, loop=loop, **kwargs)
        self.head_since: float | None = None
        self.address = ""
        self._gate = gate
        self._clock = loop.time
        self._at_work = False
        self._quiet_since = loop.time()

    @property
    def idle_since(self) -> float | None:
        """Since when it has only waited for a request, None while one is being answered."""
        return None if self._at_work else self._quiet_since

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has come; there may be no room."""
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if isinstance(peer, tuple) and peer else ""
        super().connection_made(transport)
        stays, leaver = self._gate.enter(self)
        if isinstance(leaver, Connection):
            leaver.force_close()
        if not stays:
            self._end(ProblemError("too_many_connections", close=True))

    def connection_lost(self, exc: BaseException | None) -> None:
        """It is over."""
        self._gate.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come: of a head, unless a request is being answered, whose body they are."""
        if self.head_since is None and not self._at_work:
            self.head_since = self._clock()
        super().data_received(data)

    def head_read(self) -> None:
        """A head is whole, or can never be one: its request is answered next."""
        self._at_work = True
        self.head_since = None

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the rest of an answer; bytes from now on belong to another request."""
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._at_work = False
            self._quiet_since = self._clock()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Say what was no HTTP, or what failed outside every route; the connection ends either way.

        What was sent is quoted neither here nor in the log: it may hold anything, also an identity.
        """
        if isinstance(exc, LineTooLong):
            problem = ProblemError("head_too_large", close=True)
        elif isinstance(exc, HttpProcessingError):
            problem = ProblemError("not_http", close=True)
        elif isinstance(exc, ConnectionError):
            log.debug("web.dropped")  # a line that broke is the client's, and nobody is there to be answered
            problem = ProblemError("bad_request", close=True)
        else:
            log.error("web.failed", exc_info=exc)
            problem = ProblemError("internal", close=True)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun, there is no other to give")
        return told(request, problem)

    def too_slow(self, seconds: float) -> None:
        """Give up on a head that does not come."""
        self.head_since = None
        self._end(ProblemError("head_slow", {"seconds": seconds}))

    def _end(self, problem: ProblemError) -> None:
        if self.transport is not None:
            self.transport.write(_bytes(answer(problem, Language.ZH)))
        self.force_close()


def _bytes(response: web.Response) -> bytes:
    """A whole answer as it crosses the line, for a client whose request was never read."""
    body = response.body
    assert isinstance(body, bytes)
    head = [f"HTTP/1.1 {response.status} {response.reason}"]
    head += [f"{name}: {value}" for name, value in response.headers.items()]
    head += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(head).encode() + body


class HubServer(web.Server):
    """Makes connections for an application that has been set up by ``runner``."""

    def __init__(self, runner: web.AppRunner, settings: WebSettings, gate: Gate) -> None:
        made = runner.server
        assert made is not None
        handler, factory = made.request_handler, made.request_factory

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            if request.body_exists and request.headers.get("Content-Encoding", "identity") != "identity":
                return told(request, ProblemError("encoding_refused", close=True))
            try:
                return await handler(request)
            except web.HTTPException as error:
                if error.status < 400:
                    raise
                return refuse(request, error)

        def request(message: Any, payload: Any, connection: Any, writer: Any, task: Any) -> web.BaseRequest:
            connection.head_read()
            return factory(message, payload, connection, writer, task)

        super().__init__(handle, request_factory=request)
        self._head_s = settings.head_s
        self._gate = gate
        self._made_in = asyncio.get_running_loop()

    def __call__(self) -> Connection:
        """Return the protocol of a new connection."""
        return Connection(
            self,
            self._gate,
            self._made_in,
            access_log=None,
            lingering_time=LINGER_S,
            keepalive_timeout=IDLE_S,
            # A few bytes can be made of gigabytes, and what is no gzip fails outside every route.
            auto_decompress=False,
        )

    async def end_slow_ones(self) -> None:
        """Let go of connections whose request does not get on, for ever."""
        while True:
            await asyncio.sleep(self._head_s / 4)
            late = self._made_in.time() - self._head_s
            for connection in self.connections:
                since = connection.head_since if isinstance(connection, Connection) else None
                if isinstance(connection, Connection) and since is not None and since < late:
                    connection.too_slow(self._head_s)


class _Runner(web.ServerRunner):
    """Has the application end its streams before connections are waited for."""

    def __init__(self, server: web.Server, app: web.Application) -> None:
        super().__init__(server, handle_signals=False, shutdown_timeout=SHUTDOWN_S)
        self._of = app

    async def shutdown(self) -> None:
        await self._of.shutdown()


def _files() -> int:
    """Return how many files this process may open; as many as are wanted where the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return FILES_WANTED if soft == resource.RLIM_INFINITY else soft


@contextlib.asynccontextmanager
async def serving(
    app: web.Application, settings: WebSettings, port: int | None = None, data: Path | None = None
) -> AsyncIterator[int]:
    """Serve ``app`` until the block is left and give the port it is on.

    ``port`` overrides the settings' (0: any free one); ``data`` is where the certificate's files are, if
    the settings ask for HTTPS as well. Raises `ListenError`.
    """
    host, port = settings.host, settings.port if port is None else port
    prepared = web.AppRunner(app, handle_signals=False)
    await prepared.setup()
    try:
        gate = app.get(GATE)
        if gate is None:
            gate = Gate(settings.connections, settings.per_address, settings.reserved)
        gate.limit(_files() - FILES_ELSEWHERE)
        server = HubServer(prepared, settings, gate)
        runner = _Runner(server, app)
        await runner.setup()
        tasks = [asyncio.create_task(server.end_slow_ones(), name="slow connections")]
        try:
            try:
                await web.TCPSite(runner, host, port, backlog=BACKLOG).start()
            except OSError as error:
                raise ListenError(error, host, port) from error
            bound: int = runner.addresses[0][1]
            if settings.tls is not None and data is not None:
                tasks.append(await _serve_tls(runner, settings.tls, data))
            yield bound
        finally:
            for task in tasks:
                task.cancel()
            await runner.cleanup()
    finally:
        await prepared.cleanup()


async def _serve_tls(runner: _Runner, settings: TlsSettings, data: Path) -> asyncio.Task[None]:
    """Serve the same over TLS; return the task that takes up renewed certificates."""
    certificate = Certificate(settings, data)
    await asyncio.to_thread(certificate.load)
    try:
        await web.TCPSite(
            runner, settings.host, settings.port, backlog=BACKLOG, ssl_context=certificate.context
        ).start()
    except OSError as error:
        raise ListenError(error, settings.host, settings.port) from error
    return asyncio.create_task(certificate.watch(), name="certificate")
