"""A real database for every test: SQLite always, PostgreSQL where one can be started."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from kioskd.central.database import Database
from kioskd.central.postgres import Postgres
from kioskd.central.sqlite import Sqlite
from tests.central.server import PostgresServer


@pytest.fixture(scope="session")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where an empty SQLite database of the newest version is once it was needed, to be copied."""
    return tmp_path_factory.mktemp("newest") / "central.db"


def beside(file: Path) -> list[Path]:
    return list(file.parent.iterdir())


@pytest_asyncio.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path, newest: Path) -> AsyncIterator[Database]:
    opened: Database
    if request.param == "sqlite":
        if not beside(newest):
            await (await Sqlite.open(newest)).close()
            assert beside(newest) == [newest], "whole without a log beside it"
        opened = await Sqlite.open(Path(shutil.copy(newest, tmp_path / "central.db")))
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        opened = await Postgres.open(await server.migrated())
    yield opened
    await opened.close()
