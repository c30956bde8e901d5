"""A real database for every test: SQLite always, PostgreSQL where one can be started."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from kioskd.central.database import Database
from kioskd.central.postgres import Postgres
from kioskd.central.sqlite import Sqlite
from tests.central.server import PostgresServer, start_postgres


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with start_postgres() as server:
        yield server


@pytest_asyncio.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    opened: Database
    if request.param == "sqlite":
        opened = await Sqlite.open(tmp_path / "central.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        opened = await Postgres.open(server.fresh())
    yield opened
    await opened.close()
