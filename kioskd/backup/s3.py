"""The four requests of S3 that backups need, signed by AWS Signature Version 4.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html. Objects go up in one
request, so a backup may have 5 GiB at most.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

from kioskd.backup.errors import PlaceError
from kioskd.backup.settings import S3Place

_EMPTY = hashlib.sha256(b"").hexdigest()
_TIMEOUT_S = 60.0
_MOST = 5 << 30


def signature(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    content_hash: str,
    *,
    region: str,
    key: str,
    secret: str,
) -> str:
    """Return the ``Authorization`` header. ``headers`` are all that is signed, by lower-case name, among them
    ``host`` and ``x-amz-date`` (``20130524T000000Z``); ``path`` is encoded already.
    """
    stamp = headers["x-amz-date"]
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        (
            method,
            path,
            "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(query.items())),
            "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers)),
            names,
            content_hash,
        )
    )
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signing = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    signed = hmac.digest(signing, text.encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential={key}/{scope},SignedHeaders={names},Signature={signed}"


class Bucket:
    """A bucket in use; implements `kioskd.backup.places.Store`."""

    def __init__(
        self, place: S3Place, data: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._place = place
        self._now = now
        self._url = urlsplit(place.url)
        try:
            key, secret = (data / place.secret_file).read_text("ascii").split()
        except (OSError, ValueError) as error:
            raise PlaceError("denied", f"{data / place.secret_file}: {error}") from error
        self._key, self._secret = key, secret
        self._tls: ssl.SSLContext | None = None
        if self._url.scheme == "https":
            try:
                self._tls = ssl.create_default_context(cafile=place.ca_file and str(data / place.ca_file))
            except OSError as error:
                raise PlaceError("denied", f"{place.ca_file}: {error}") from error

    def names(self) -> list[str]:
        """See `Store`."""
        found: list[str] = []
        token = ""
        while True:
            query = {"list-type": "2", "prefix": self._place.prefix}
            if token:
                query["continuation-token"] = token
            with self._ask("GET", "", query) as answer:
                try:
                    root = ElementTree.fromstring(answer.read())
                except ElementTree.ParseError as error:
                    raise PlaceError("failed", f"no list: {error}") from error
            keys = [each.text or "" for each in root.iterfind("{*}Contents/{*}Key")]
            found += [key[len(self._place.prefix) :] for key in keys if key.endswith(".kbk")]
            token = root.findtext("{*}NextContinuationToken") or ""
            if not token:
                return sorted(name for name in found if "/" not in name)

    def put(self, name: str, file: Path) -> None:
        """See `Store`."""
        size = file.stat().st_size
        if size > _MOST:
            raise PlaceError("full", f"{size} bytes are more than a bucket takes at once")
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            with self._ask("PUT", name, {}, stream, digest, size) as answer:
                answer.read()

    def open(self, name: str) -> IO[bytes]:
        """See `Store`."""
        return cast("IO[bytes]", self._ask("GET", name, {}))

    def remove(self, name: str) -> None:
        """See `Store`."""
        with self._ask("DELETE", name, {}) as answer:
            answer.read()

    def _ask(
        self,
        method: str,
        name: str,
        query: Mapping[str, str],
        body: IO[bytes] | None = None,
        digest: str = _EMPTY,
        size: int = 0,
    ) -> http.client.HTTPResponse:
        path = "/" + quote(self._place.bucket) + ("/" + quote(self._place.prefix + name) if name else "/")
        host = self._url.netloc
        headers = {
            "host": host,
            "x-amz-content-sha256": digest,
            "x-amz-date": f"{self._now():%Y%m%dT%H%M%SZ}",
        }
        signed = signature(
            method,
            path,
            query,
            headers,
            digest,
            region=self._place.region,
            key=self._key,
            secret=self._secret,
        )
        headers |= {"Authorization": signed, "Content-Length": str(size), "Connection": "close"}
        target = path + (
            "?" + "&".join(f"{k}={quote(v, safe='')}" for k, v in sorted(query.items())) if query else ""
        )
        connection = (
            http.client.HTTPSConnection(host, timeout=_TIMEOUT_S, context=self._tls)
            if self._tls is not None
            else http.client.HTTPConnection(host, timeout=_TIMEOUT_S)
        )
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            if answer.status // 100 == 2:
                return answer
            detail = f"HTTP {answer.status} {answer.read(500)!r}"
            answer.close()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise PlaceError("not_there", f"{self._place.url}: {error}") from error
        connection.close()
        codes = {401: "denied", 403: "denied", 404: "not_there", 507: "full"}
        raise PlaceError(codes.get(answer.status, "failed"), detail)
