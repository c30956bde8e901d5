"""How a station comes to its token: a person reads a code at the hub and types it here."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import aiohttp
import msgspec

from kioskd.journal.files import write_new
from kioskd.station.link.credentials import hub_tls

PAIR_PATH = "/api/v1/stations/pair"

PAIR_S = 15.0
"""Somebody is waiting at the keyboard."""


class PairError(Exception):
    """Pairing failed. ``code`` is the hub's (``pairing_wrong``, ``too_many_attempts``, …), ``hub.absent``,
    ``hub.certificate`` or ``hub.answer``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Answer(msgspec.Struct):
    token: str


class _Problem(msgspec.Struct):
    code: str = "hub.answer"
    detail: str = ""


async def pair(
    url: str,
    code: str,
    station: str,
    token_file: Path,
    ca_file: Path | None = None,
    *,
    path: str = PAIR_PATH,
    field: str = "station",
) -> None:
    """Trade a pairing code for the station's token and keep it where only this user can read it.

    ``url`` and ``ca_file`` as in `HubSettings`; ``path`` and ``field`` are for what is no station. Raises
    `PairError`; then nothing has changed here.
    """
    timeout = aiohttp.ClientTimeout(total=PAIR_S)
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
    body = msgspec.json.encode({"code": code, field: station})
    try:
        tls = await hub_tls(ca_file)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(
                url.rstrip("/") + path, data=body, headers=headers, ssl=tls, allow_redirects=False
            ) as response,
        ):
            answer = await response.read()
            status = response.status
    except aiohttp.ClientConnectorCertificateError as error:
        raise PairError("hub.certificate", str(error)) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise PairError("hub.absent", f"{url}: {error or 'no answer'}") from error
    except OSError as error:
        raise PairError("hub.certificate", f"{ca_file}: {error}") from error
    try:
        if not 200 <= status < 300:
            problem = msgspec.json.decode(answer, type=_Problem)
            raise PairError(problem.code, problem.detail or f"HTTP {status}")
        token = msgspec.json.decode(answer, type=_Answer).token
    except msgspec.DecodeError as error:
        raise PairError("hub.answer", f"HTTP {status}: {error}") from error
    await asyncio.to_thread(write_new, token_file, token.encode() + b"\n", 0o600)
