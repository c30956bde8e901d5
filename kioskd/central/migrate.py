"""Bring a central database to the newest version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

FOLDER = Path(__file__).parent / "migrations"


class DatabaseTooNewError(Exception):
    """The database was written by a newer kioskd; nothing was changed."""


def migrate(connection: Connection) -> None:
    """Do what is missing, in the caller's transaction. Raises `DatabaseTooNewError`."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in known:
        raise DatabaseTooNewError(found)
    command.upgrade(config, "head")
