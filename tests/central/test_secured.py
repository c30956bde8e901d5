"""Who a hall speaks to and who may speak for it: a pinned authority, tokens that change and end."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from kioskd.access.authority import Authority
from kioskd.central import citizens, halls, openapi, server
from kioskd.central.codes import code_digest
from kioskd.central.server import serving, wall_ms
from kioskd.central.sqlite import Sqlite
from kioskd.commands.join import CA_FILE
from kioskd.hub.desk import Desk
from kioskd.sync.courier import Standing
from kioskd.sync.join import JoinError, join
from kioskd.sync.line import Line, LineError
from kioskd.sync.settings import CentralSettings
from kioskd.sync.uplink import Uplink
from tests.central.test_path import hub, issue, until

CODE = "ABCD-2345-EFGH"


def authority(folder: Path) -> tuple[Authority, ssl.SSLContext]:
    folder.mkdir()
    made = Authority(folder)
    made.make(["127.0.0.1"], "city")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.hub_file, made.hub_key_file)
    return made, context


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Sqlite]:
    opened = await Sqlite.open(tmp_path / "central.db")
    await opened.write(partial(halls.add, "h1", "测试大厅", wall_ms()))
    await opened.write(partial(halls.invite, "h1", code_digest(CODE), wall_ms(), 600_000))
    yield opened
    await opened.close()


async def test_a_hall_joins_by_a_pinned_authority_and_no_other(database: Sqlite, tmp_path: Path) -> None:
    ours, context = await asyncio.to_thread(authority, tmp_path / "ours")
    theirs, other = await asyncio.to_thread(authority, tmp_path / "theirs")
    folder = tmp_path / "hall"
    await asyncio.to_thread(folder.mkdir)
    async with serving(database, "127.0.0.1", 0, tls=context) as port:
        url = f"https://127.0.0.1:{port}"
        for ca in (theirs.ca_file, None):
            with pytest.raises(JoinError) as refused:
                await join(url, CODE, folder / "central.token", ca)
            assert refused.value.code == "certificate"
        command = [sys.executable, "-m", "kioskd", "join", url, CODE, "--data", str(folder)]
        wrong = await asyncio.to_thread(_run, [*command, "--ca", str(theirs.ca_file)])
        assert (wrong.returncode, "中心的证书不可信" in wrong.stderr) == (1, True), wrong
        joined = await asyncio.to_thread(_run, [*command, "--ca", str(ours.ca_file)])
        assert joined.returncode == 0, joined.stderr
        assert f'ca_file = "{CA_FILE}"' in joined.stdout
        await asyncio.to_thread(ours.ca_file.unlink)  # the hall has kept its own
        settings = CentralSettings(url=url, hall="h1", ca_file=CA_FILE, gather_s=0.1)
        async with working(folder, settings) as (_, uplink):
            await until(lambda: uplink.standing is Standing.GOING)
    async with serving(database, "127.0.0.1", port, tls=other), working(folder, settings) as (_, uplink):
        await until(lambda: uplink.code == "certificate")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@contextlib.asynccontextmanager
async def working(folder: Path, settings: CentralSettings) -> AsyncIterator[tuple[Desk, Uplink]]:
    async with hub(folder) as (desk, journal):
        uplink = Uplink(desk, journal, settings, folder)
        running = asyncio.create_task(uplink.run())
        yield desk, uplink
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_both_tokens_are_good_until_the_new_one_is_used(
    database: Sqlite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "TOKEN_TTL_S", 0.0)
    folder = tmp_path / "hall"
    await asyncio.to_thread(folder.mkdir)
    async with serving(database, "127.0.0.1", 0) as port:
        url = f"http://127.0.0.1:{port}"
        await join(url, CODE, folder / "central.token")
        settings = CentralSettings(url=url, hall="h1", gather_s=0.1)
        first = await asyncio.to_thread((folder / "central.token").read_text)
        async with Line(settings, folder) as line:
            lost = await line.renew()  # as if the answer had never come
            second = await line.renew()
            assert len({first.strip(), lost, second}) == 3
            await asyncio.to_thread((folder / "central.token").write_text, second)
            await line.orders("", 0, "")
            for ended in (first, lost):
                await asyncio.to_thread((folder / "central.token").write_text, ended)
                with pytest.raises(LineError) as refused:
                    await line.orders("", 0, "")
                assert (refused.value.code, refused.value.needs_person) == ("token", True)
            await asyncio.to_thread((folder / "central.token").write_text, second)
        async with working(folder, settings) as (desk, uplink):
            await until(lambda: uplink.standing is Standing.GOING)
            await uplink.renew_token()
            third = await asyncio.to_thread((folder / "central.token").read_text)
            assert third.strip() != second
            await until(lambda: uplink.code == "going")
            await database.write(partial(halls.revoke, "h1"))
            await issue(desk, 1)
            await until(lambda: uplink.code == "token")
            await database.write(partial(halls.invite, "h1", code_digest(CODE), wall_ms(), 600_000))
            await join(url, CODE, folder / "central.token")
            uplink.try_again()
            await until(lambda: uplink.code == "going")


async def test_the_description_is_served(database: Sqlite) -> None:
    async with (
        serving(database, "127.0.0.1", 0, mounts=(openapi.mount(), citizens.mount(database))) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/api/v1/openapi.json") as answer,
    ):
        assert (await answer.json())["openapi"] == "3.1.0"
