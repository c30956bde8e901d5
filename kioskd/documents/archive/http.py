"""An archive behind HTTP: ``PUT {url}/{document}.pdf``.

The request carries ``Content-Digest`` (RFC 9530) and the description as ``X-Document`` (JSON, ASCII). The
archive acknowledges by answering 2xx with the same ``Content-Digest``, or with a JSON body that has the
hex ``sha256``; one that does neither is asked for the document back.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
from pathlib import Path

import aiohttp

from kioskd.documents.archive.api import ArchiveError, Parcel

TIMEOUT_S = 60.0


class HttpArchive:
    """One archive; its files are read anew at every request, so that a renewed token is used at once."""

    def __init__(self, url: str, token_file: Path | None, ca_file: Path | None) -> None:
        self._url = url.rstrip("/")
        self._token_file = token_file
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None

    async def put(self, parcel: Parcel) -> None:
        """Send it and see its hash come back. Raises `ArchiveError`."""
        url = f"{self._url}/{parcel.document}.pdf"
        digest = content_digest(parcel.sha256)
        try:
            headers = self._headers()
            session = self._open()
            more = {
                "Content-Type": "application/pdf",
                "Content-Digest": digest,
                "X-Document": parcel.about.decode("ascii"),
            }
            async with session.put(url, data=parcel.pdf, headers=headers | more) as answer:
                if not 200 <= answer.status < 300:
                    raise ArchiveError("archive.refused", f"HTTP {answer.status} {answer.reason}")
                if (
                    answer.headers.get("Content-Digest") == digest
                    or _said(await answer.read()) == parcel.sha256
                ):
                    return
            async with session.get(url, headers=headers) as answer:
                kept = hashlib.sha256(await answer.read()).hexdigest() if answer.status == 200 else ""
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ArchiveError("archive.absent", str(error) or type(error).__name__) from error
        if kept != parcel.sha256:
            raise ArchiveError("archive.differs", "the archive does not have what was sent")

    async def close(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            tls: ssl.SSLContext | bool = True
            if self._ca_file is not None:
                tls = ssl.create_default_context(cafile=str(self._ca_file))
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), connector=aiohttp.TCPConnector(ssl=tls)
            )
        return self._session

    def _headers(self) -> dict[str, str]:
        if self._token_file is None:
            return {}
        return {"Authorization": f"Bearer {self._token_file.read_text('ascii').strip()}"}


def content_digest(sha256: str) -> str:
    """Return the value of a ``Content-Digest`` field."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"


def _said(body: bytes) -> str:
    try:
        answer = json.loads(body[:4096])
    except ValueError:
        return ""
    return str(answer.get("sha256", "")) if isinstance(answer, dict) else ""
