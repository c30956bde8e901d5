"""HTTPS beside the hub's own port."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import aiohttp
import pytest
import structlog.testing
from aiohttp import web

from kioskd.access.authority import Authority
from kioskd.web import tls
from kioskd.web.server import serving
from kioskd.web.settings import TlsSettings, WebSettings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def says(request: web.Request) -> web.Response:
    return web.Response(text="safe" if request.secure else "plain")


async def ask(port: int, ca: Path) -> tuple[str, str]:
    """What is said, and the certificate that was shown."""
    context = ssl.create_default_context(cafile=str(ca))
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"https://127.0.0.1:{port}/", ssl=context) as answer,
    ):
        said = await answer.text()
    return said, await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))


async def test_a_certificate_is_taken_up_and_renewed_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls.Certificate.__init__, "__kwdefaults__", {"look_s": 0.05})
    app = web.Application()
    app.router.add_get("/", says)
    port = free_port()
    settings = WebSettings(tls=TlsSettings(host="127.0.0.1", port=port))
    authority = Authority(tmp_path)
    async with serving(app, settings, 0, tmp_path) as plain:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{plain}/") as answer,
        ):
            assert await answer.text() == "plain", "without a certificate the hall goes on"
        authority.make(["127.0.0.1"])

        async def until(previous: str) -> str:
            async with asyncio.timeout(30):
                while True:
                    try:
                        said, shown = await ask(port, authority.ca_file)
                    except aiohttp.ClientError:
                        shown = previous
                    else:
                        assert said == "safe"
                        if shown != previous:
                            return shown
                    await asyncio.sleep(0.05)

        first = await until("")
        authority.make(["127.0.0.1"])
        assert await until(first) != first
        with structlog.testing.capture_logs() as logs:
            authority.hub_file.write_text("broken")
            async with asyncio.timeout(30):
                while not any(one["event"] == "tls.no_certificate" for one in logs):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        said, _ = await ask(port, authority.ca_file)
        assert said == "safe", "what was good goes on"


async def test_old_protocols_are_refused(tmp_path: Path) -> None:
    Authority(tmp_path).make(["127.0.0.1"])
    certificate = tls.Certificate(TlsSettings(), tmp_path)
    certificate.load()
    assert certificate.context.minimum_version is ssl.TLSVersion.TLSv1_2
