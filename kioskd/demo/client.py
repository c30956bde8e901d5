"""The hub's public API as the demo's people use it: over HTTP, with a role's token."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec


class Answer(msgspec.Struct, frozen=True):
    """What the hub said. ``body`` is a problem (RFC 9457) unless ``ok``."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.status < 400


class HubClient:
    """Asks one hub. ``tokens`` holds a bearer token per role."""

    def __init__(self, url: str, tokens: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        self._tokens = tokens
        self._session = aiohttp.ClientSession(
            # No limit on connections: one per teller and per citizen at the kiosk, all on loopback.
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=20),
            json_serialize=lambda value: msgspec.json.encode(value).decode(),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, role: str, path: str, language: str = "zh") -> Answer:
        """Look at something. Raises aiohttp.ClientError or TimeoutError while the hub is away."""
        async with self._session.get(self._url + path, headers=self._headers(role, language)) as response:
            return Answer(response.status, _body(await response.read()))

    async def post(self, role: str, path: str, body: Any, language: str = "zh") -> Answer:
        """Ask for something, under a fresh idempotency key. Raises like `get`."""
        headers = {**self._headers(role, language), "Idempotency-Key": secrets.token_hex(16)}
        async with self._session.post(self._url + path, headers=headers, json=body) as response:
            return Answer(response.status, _body(await response.read()))

    async def events(self, role: str) -> AsyncIterator[tuple[str, Any]]:
        """Yield (type, event) from now on until the stream ends; ``("", None)`` first, once it stands.

        Raises like `get`.
        """
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=20)
        async with self._session.get(
            self._url + "/api/v1/events", headers=self._headers(role), timeout=timeout
        ) as response:
            response.raise_for_status()
            yield "", None
            kind, data = "", ""
            async for raw in response.content:
                line = raw.decode().rstrip("\n")
                if line.startswith("event:"):
                    kind = line[6:].strip()
                elif line.startswith("data:"):
                    data = line[5:].strip()
                elif not line and kind:
                    yield kind, json.loads(data) if data else None
                    kind, data = "", ""

    def _headers(self, role: str, language: str = "zh") -> dict[str, str]:
        headers = {"Accept-Language": "en" if language == "en" else "zh-CN"}
        if role in self._tokens:
            headers["Authorization"] = f"Bearer {self._tokens[role]}"
        return headers


def _body(raw: bytes) -> Any:
    return json.loads(raw) if raw else None
