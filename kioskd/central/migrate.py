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
    steps = ScriptDirectory.from_config(config)
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {step.revision for step in steps.walk_revisions()}:
        raise DatabaseTooNewError(found)
    if found != steps.get_current_head():
        command.upgrade(config, "head")
