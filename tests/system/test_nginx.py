"""Two processes of a central server behind nginx, by the very text of docs/city.en.md, on one PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path

import aiohttp
import pytest

from kioskd.access.authority import Authority
from kioskd.central import citizens
from kioskd.central.postgres import Postgres
from kioskd.documents.archive.http import content_digest
from kioskd.hub.desk import Desk
from kioskd.sync.courier import Standing
from kioskd.sync.settings import CentralSettings
from kioskd.sync.uplink import Uplink
from tests.central.server import PostgresServer
from tests.central.test_path import hub, issue, until
from tests.system.city import City, free_port, kioskd

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
DOCUMENT = Path(__file__).parents[2] / "docs/city.en.md"

_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")

pytestmark = pytest.mark.skipif(
    NGINX is None, reason="nginx is not on PATH: what docs/city.en.md says of it is not tried here"
)


@contextlib.contextmanager
def nginx(folder: Path, port: int, servers: tuple[int, int], certificate: Authority) -> Iterator[None]:
    """Run nginx with the document's configuration, its ports and files changed for this test."""
    found = re.search(r"```nginx\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert found is not None
    text = found[1]
    for said, ours in (
        ("127.0.0.1:8600", f"127.0.0.1:{servers[0]}"),
        ("127.0.0.1:8601", f"127.0.0.1:{servers[1]}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/kioskd/chain.pem", str(certificate.hub_file)),
        ("/etc/kioskd/key.pem", str(certificate.hub_key_file)),
    ):
        assert text.count(said) == 1, said
        text = text.replace(said, ours)
    temp = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in _TEMPORARY)
    user = "user root;\n" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(
        f"{user}daemon off;\npid {folder / 'pid'};\nerror_log stderr warn;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temp}{text}}}\n"
    )
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-c", str(file), "-p", str(folder)], stderr=subprocess.PIPE)
    try:
        yield
    finally:
        process.terminate()
        process.communicate(timeout=30)


@contextlib.asynccontextmanager
async def linked(folder: Path, settings: CentralSettings) -> AsyncIterator[tuple[Uplink, Desk]]:
    async with hub(folder) as (desk, journal):
        uplink = Uplink(desk, journal, settings, folder)
        running = asyncio.create_task(uplink.run())
        yield uplink, desk
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_either_process_may_die(tmp_path: Path, postgres: PostgresServer) -> None:
    url = postgres.fresh()
    first, second = City(tmp_path / "a", url), City(tmp_path / "b", url)
    authority = Authority(tmp_path / "tls")
    (tmp_path / "tls").mkdir()
    authority.make(["127.0.0.1"], "city")
    try:
        await asyncio.to_thread(first.start)
        (tmp_path / "b").mkdir()
        shutil.copy(tmp_path / "a/persons.key", tmp_path / "b/persons.key")
        await asyncio.to_thread(second.start)
        port = free_port()
        with nginx(tmp_path, port, (first.port, second.port), authority):
            await _through(tmp_path, f"https://127.0.0.1:{port}", authority, (first, second))
        database = await Postgres.open(url)
        try:
            (row,) = await database.read(citizens.all_halls)
            assert row[0] == "hall-1"
            assert row[2] is not None, "how the hall stands came through as well"
        finally:
            await database.close()
    finally:
        first.kill()
        second.kill()


async def _through(tmp_path: Path, url: str, authority: Authority, servers: tuple[City, City]) -> None:
    hall = tmp_path / "hall"
    hall.mkdir()
    code = await asyncio.to_thread(servers[0].enrol)
    join = ("join", url, code, "--data", str(hall), "--ca", str(authority.ca_file))
    await asyncio.to_thread(kioskd, *join)
    settings = CentralSettings(url=url, hall="hall-1", ca_file="central-ca.pem", gather_s=0.1)
    tls = ssl.create_default_context(cafile=str(authority.ca_file))
    async with (
        linked(hall, settings) as (uplink, desk),
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as session,
    ):
        await until(lambda: uplink.standing is Standing.GOING)
        for n, dies in enumerate((*servers, *servers)):
            await asyncio.to_thread(dies.kill)
            await issue(desk, n)
            async with asyncio.timeout(60):
                while await uplink.behind() != 0:  # noqa: ASYNC110 - the other end is another program
                    await asyncio.sleep(0.05)
                while True:
                    async with session.get(f"{url}/api/v1/halls") as answer:
                        if answer.status == 200:
                            assert [one["id"] for one in (await answer.json())["halls"]] == ["hall-1"]
                            break
                    await asyncio.sleep(0.1)
            await asyncio.to_thread(dies.start)
        token = (hall / "central.token").read_text("ascii").strip()
        scan = b"%PDF-1.7\n" + bytes(6 << 20)  # more than anything else that a hall sends
        place = f"{url}/sync/v1/halls/hall-1/documents/d_1.pdf"
        bearer = {"Authorization": f"Bearer {token}"}
        async with session.put(place, data=io.BytesIO(scan), headers=bearer) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Digest"] == content_digest(sha256(scan).hexdigest())
        sent = {"name": "nobody", "password": "wrong-wrong-1"}
        headers = {"Origin": url}
        async with session.post(f"{url}/api/v1/session", json=sent, headers=headers) as answer:
            assert (await answer.json())["code"] == "sign_in_wrong", "the office's own page is known as such"
        async with session.get(f"{url}/") as answer:
            assert answer.status == 200
