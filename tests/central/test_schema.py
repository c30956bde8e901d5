"""What the migrations make is what the code speaks of, column by column, on both databases.

Indexes are the migrations' own.
"""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from kioskd.central import shared
from kioskd.central.database import Database
from kioskd.central.export import outbox
from kioskd.central.office import tables
from kioskd.central.postgres import Postgres
from kioskd.central.schema import metadata
from kioskd.central.sqlite import Sqlite

PARTS = (shared.SHARED, outbox.PARCEL, tables.POOR)


def differences(connection: Connection) -> list[Any]:
    """Return what Alembic would change."""
    assert all(table.metadata is metadata for table in PARTS)
    options = {"include_name": _ours, "compare_type": True}
    found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    return [each for each in found if each[0] not in ("add_index", "remove_index")]


def _ours(name: str | None, kind: str, parents: object) -> bool:
    """Leave PostgreSQL's partitions of events out."""
    return not (kind == "table" and (name or "").startswith("event_"))


async def test_tables_and_migrations_agree(database: Database) -> None:
    if isinstance(database, Sqlite):
        with database._reading.connect() as connection:
            found = differences(connection)
    else:
        assert isinstance(database, Postgres)
        async with database._engine.connect() as engine:
            found = await engine.run_sync(differences)
    assert found == []
