"""HTTP to the central server: one request, its answer, and what a failure means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import msgspec

from kioskd.station.link.credentials import TokenError, hub_tls, read_token
from kioskd.sync.messages import NotTaken, Orders, Refetch, Taken
from kioskd.sync.settings import CentralSettings

T = TypeVar("T")

PUSH_S = 30.0
WAIT_S = 25
"""How long the central server holds a question about orders that it has no answer to yet."""


class _Renewed(msgspec.Struct, frozen=True):
    token: str


_renewed = msgspec.json.Decoder(_Renewed)
_taken = msgspec.json.Decoder(Taken)
_not_taken = msgspec.json.Decoder(NotTaken)
_orders = msgspec.json.Decoder(Orders)
_refetch = msgspec.json.Decoder(Refetch)


class LineError(Exception):
    """No usable answer. ``needs_person``: trying again cannot help by itself.

    ``code`` is ``away``, ``certificate``, ``token``, ``refused`` or ``answer``; ``retry_after`` the seconds
    the server asked for.
    """

    def __init__(
        self, code: str, detail: str, *, needs_person: bool = False, retry_after: float = 0.0
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.needs_person = needs_person
        self.retry_after = retry_after


class Line:
    """The way to one central server; enter it to use it."""

    def __init__(
        self,
        settings: CentralSettings,
        data: Path,
        *,
        connector: Callable[[], aiohttp.BaseConnector] | None = None,
    ) -> None:
        """``data`` is the folder that the settings' file names are relative to."""
        self._connector = connector
        self._base = settings.url.rstrip("/") + f"/sync/v1/halls/{settings.hall}"
        self._token_file = data / settings.token_file
        self._ca_file = data / settings.ca_file if settings.ca_file else None

    async def __aenter__(self) -> Self:
        connector = None if self._connector is None else self._connector()
        self._session = aiohttp.ClientSession(connector=connector)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self._session.close()

    async def push(self, data: bytes) -> Taken | NotTaken:
        """Send a packed push. Raises `LineError`: whether it arrived is then not known."""
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        status, body = await self._ask("POST", "/events", PUSH_S, data=data, headers=headers)
        return _read(_taken, body) if status == 200 else _read(_not_taken, body)

    async def status(self, data: bytes) -> None:
        """Say how the hall stands (packed). Raises `LineError`; nothing is lost with it."""
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        await self._ask("PUT", "/status", PUSH_S, data=data, headers=headers)

    async def orders(self, feed: str, after: int, last: str) -> Orders | Refetch:
        """Ask for orders past a place; comes back within some `WAIT_S`. Raises `LineError`."""
        where = {"feed": feed, "after": str(after), "last": last, "wait": str(WAIT_S)}
        status, body = await self._ask("GET", "/feed", WAIT_S + 10.0, params=where)
        return _read(_orders, body) if status == 200 else _read(_refetch, body)

    async def release(self, version: int) -> bytes | None:
        """Fetch the files of a release; None where the central server has it no more. Raises `LineError`."""
        status, body = await self._ask("GET", f"/settings/{version}", PUSH_S, answers=(200, 404))
        return body if status == 200 else None

    async def share(self, value: msgspec.Struct) -> None:
        """Send a personal value (`kioskd.sync.sharing.SharedValue`). Raises `LineError`."""
        headers = {"Content-Type": "application/json"}
        await self._ask("PUT", "/values", PUSH_S, data=msgspec.json.encode(value), headers=headers)

    async def renew(self) -> str:
        """Ask for another token; this one stays good until that is first used. Raises `LineError`."""
        _, body = await self._ask("POST", "/token", PUSH_S)
        return _read(_renewed, body).token

    async def _ask(
        self,
        method: str,
        path: str,
        seconds: float,
        headers: dict[str, str] | None = None,
        answers: tuple[int, ...] = (200, 409),
        **parts: Any,
    ) -> tuple[int, bytes]:
        """Return the status, one of ``answers``, with the body."""
        try:
            # Both are read each time: the hall may join, or get a new certificate, while it runs.
            token, tls = await read_token(self._token_file), await hub_tls(self._ca_file)
        except TokenError as error:
            raise LineError("token", str(error), needs_person=True) from error
        except OSError as error:
            raise LineError("certificate", str(error), needs_person=True) from error
        headers = {**(headers or {}), "Authorization": f"Bearer {token}"}
        timeout = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._session.request(
                method,
                self._base + path,
                headers=headers,
                ssl=tls,
                timeout=timeout,
                allow_redirects=False,
                **parts,
            ) as response:
                body = await response.read()
        except aiohttp.ClientConnectorCertificateError as error:
            raise LineError("certificate", str(error), needs_person=True) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise LineError("away", str(error) or "no answer") from error
        if response.status in answers:
            return response.status, body
        detail = f"HTTP {response.status}"
        if response.status in (401, 403):
            raise LineError("token", detail, needs_person=True)
        if response.status in (429, 502, 503, 504):
            raise LineError("away", detail, retry_after=_seconds(response.headers.get("Retry-After", "")))
        raise LineError("refused", detail, needs_person=True)


def _read(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise LineError("answer", str(error)) from error


def _seconds(text: str) -> float:
    return min(float(text), 300.0) if text.isascii() and text.isdigit() else 0.0
