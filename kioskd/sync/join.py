"""How a hall joins a central server: a person reads a code there and types it here."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import msgspec

from kioskd.journal.files import write_new
from kioskd.station.link.credentials import hub_tls

JOIN_S = 15.0


class JoinError(Exception):
    """The hall did not join and nothing changed here.

    ``code`` is the server's (``code_wrong``, ``too_many_attempts``), ``away``, ``certificate`` or ``answer``.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class Joined(msgspec.Struct, frozen=True):
    """What the central server calls this hall."""

    hall: str
    name: str
    token: str


class _Problem(msgspec.Struct):
    code: str = "answer"
    detail: str = ""


async def join(url: str, code: str, token_file: Path, ca_file: Path | None = None) -> Joined:
    """Trade a one-time code for the hall's token and keep it where only this user reads it.

    Raises `JoinError`, and OSError where the token cannot be kept: then a new code is needed.
    """
    try:
        tls = await hub_tls(ca_file)
    except OSError as error:
        raise JoinError("certificate", f"{ca_file}: {error}") from error
    timeout = aiohttp.ClientTimeout(total=JOIN_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(
                url.rstrip("/") + "/sync/v1/join", json={"code": code}, ssl=tls, allow_redirects=False
            ) as response,
        ):
            body, status = await response.read(), response.status
    except aiohttp.ClientConnectorCertificateError as error:
        raise JoinError("certificate", str(error)) from error
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise JoinError("away", f"{url}: {error or 'no answer'}") from error
    try:
        if status != 200:
            problem = msgspec.json.decode(body, type=_Problem)
            raise JoinError(problem.code, problem.detail or f"HTTP {status}")
        joined = msgspec.json.decode(body, type=Joined)
    except msgspec.DecodeError as error:
        raise JoinError("answer", f"HTTP {status}: {error}") from error
    await asyncio.to_thread(write_new, token_file, joined.token.encode() + b"\n", 0o600)
    return joined
