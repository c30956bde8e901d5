"""An archive that speaks S3: ``PUT {bucket}/{document}.pdf``, signed (AWS Signature Version 4).

The payload's SHA-256 is part of what is signed, so a server that answers 200 has checked it (S3 API
reference, "Authenticating Requests: Using the Authorization Header", single chunk). Path-style addresses.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import aiohttp

from kioskd.documents.archive.api import ArchiveError, Parcel

TIMEOUT_S = 60.0


def _now() -> datetime:
    return datetime.now(UTC)


class S3Archive:
    """One bucket."""

    def __init__(
        self,
        url: str,
        region: str,
        credentials_file: Path,
        ca_file: Path | None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._url = url.rstrip("/")
        self._region = region
        self._credentials_file = credentials_file
        self._ca_file = ca_file
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def put(self, parcel: Parcel) -> None:
        """Send it; the bucket checks its hash. Raises `ArchiveError`."""
        url = f"{self._url}/{quote(parcel.document)}.pdf"
        about = hashlib.sha256(parcel.about).hexdigest()
        headers = {
            "Content-Type": "application/pdf",
            "x-amz-content-sha256": parcel.sha256,
            "x-amz-date": self._clock().strftime("%Y%m%dT%H%M%SZ"),
            "x-amz-meta-manifest": about,
        }
        try:
            held = await asyncio.to_thread(self._credentials_file.read_text, "ascii")
            access, secret = held.split()[:2]
            headers["Authorization"] = authorization(url, headers, access, secret, self._region)
            async with self._open().put(url, data=parcel.pdf, headers=headers) as answer:
                if answer.status != 200:
                    text = (await answer.text())[:200]
                    raise ArchiveError("archive.refused", f"HTTP {answer.status} {text}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ArchiveError("archive.absent", str(error) or type(error).__name__) from error
        except ValueError as error:
            raise ArchiveError(
                "archive.credentials", f"{self._credentials_file}: two lines wanted"
            ) from error

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


def authorization(
    url: str, headers: Mapping[str, str], access: str, secret: str, region: str, method: str = "PUT"
) -> str:
    """Return the ``Authorization`` header of a request with these headers and no query; ``x-amz-date`` and
    ``x-amz-content-sha256`` are among them.
    """
    parts = urlsplit(url)
    signed = {name.lower(): value.strip() for name, value in headers.items()} | {"host": parts.netloc}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    path = quote(parts.path, safe="/%") or "/"
    request = "\n".join([method, path, "", lines, names, signed["x-amz-content-sha256"]])
    at = signed["x-amz-date"]
    scope = f"{at[:8]}/{region}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = ("AWS4" + secret).encode()
    for part in (at[:8], region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{digest}".encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential={access}/{scope},SignedHeaders={names},Signature={signature}"
