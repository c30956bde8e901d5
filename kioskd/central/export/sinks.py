"""Where ratings go: files in a folder, or JSON posted to an address. Another way is one more class."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Protocol

import aiohttp
import msgspec

from kioskd.central.export.form import Form
from kioskd.central.export.settings import ExportSettings
from kioskd.journal.files import write_new

TIMEOUT_S = 20.0
KNOWN_ALREADY = 409
REFUSALS = frozenset({400, 404, 405, 406, 410, 413, 415, 422})
"""The receiver read it and does not want it; it would not want it tomorrow either."""


class NotSentError(Exception):
    """It did not arrive, or nobody knows. ``refused``: sending it again as it is cannot help."""

    def __init__(self, detail: str, *, refused: bool = False) -> None:
        super().__init__(detail)
        self.refused = refused


class Sink(Protocol):
    """A way to the province."""

    async def send(self, form: Form) -> None:
        """Send one; sending it again changes nothing there. Raises `NotSentError`."""

    async def close(self) -> None:
        """Let go of what is open."""


class Files:
    """Each rating a file ``NUMBER.json`` that is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, form: Form) -> None:
        try:
            await asyncio.to_thread(self._write, form)
        except OSError as error:
            raise NotSentError(str(error)) from error

    def _write(self, form: Form) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(self._folder / f"{form.assessNumber}.json", msgspec.json.encode(form) + b"\n", 0o600)

    async def close(self) -> None:
        return


class Http:
    """Each rating a POST; the receiver tells a repeat by ``assessNumber``, also sent as ``Idempotency-Key``.

    2xx and 409 mean that it has it.
    """

    def __init__(self, url: str, data: Path, token_file: str = "", ca_file: str = "") -> None:
        self._url = url
        self._token = data / token_file if token_file else None
        self._ca = data / ca_file if ca_file else None
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))

    async def send(self, form: Form) -> None:
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": form.assessNumber}
        try:
            if self._token is not None:
                token = (await asyncio.to_thread(self._token.read_text, "ascii")).strip()
                headers["Authorization"] = f"Bearer {token}"
            tls: ssl.SSLContext | bool = True
            if self._ca is not None:
                tls = await asyncio.to_thread(ssl.create_default_context, cafile=str(self._ca))
            body = msgspec.json.encode(form)
            async with self._session.post(
                self._url, data=body, headers=headers, ssl=tls, allow_redirects=False
            ) as answer:
                await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise NotSentError(f"{type(error).__name__}: {error}") from error
        if answer.status // 100 == 2 or answer.status == KNOWN_ALREADY:
            return
        raise NotSentError(f"HTTP {answer.status}", refused=answer.status in REFUSALS)

    async def close(self) -> None:
        await self._session.close()


def make(settings: ExportSettings, data: Path) -> Sink:
    """Return the way that the settings name; call it in the event loop."""
    if settings.folder:
        return Files(data / settings.folder)
    return Http(settings.url, data, settings.token_file, settings.ca_file)
