from __future__ import annotations

from functools import partial
from pathlib import Path

import aiohttp

from kioskd.central import halls
from kioskd.central.codes import digest
from kioskd.central.parts import running
from kioskd.central.server import wall_ms
from kioskd.central.sqlite import Sqlite
from tests.described.asking import found

CODE = "ABCD2345"
NEW_TOKEN = ("post_sync_v1_halls_by_hall_token",)
"""It ends the token that everything else is asked with."""


async def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    database = await Sqlite.open(tmp_path / "central.db")
    await database.write(partial(halls.add, "h1", "测试大厅", wall_ms()))
    await database.write(partial(halls.invite, "h1", digest(CODE), wall_ms(), 600_000))
    async with running(database, tmp_path, "127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port}"
        async with session.post(f"{url}/sync/v1/join", json={"code": CODE}) as joined:
            token = (await joined.json())["token"]
        objections = await found(
            f"{url}/api/v1/openapi.json", tmp_path, token=token, known={"hall": "h1"}, leave_out=NEW_TOKEN
        )
    await database.close()
    assert not objections, objections
