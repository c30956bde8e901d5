"""Steps of the central database from each version to the next, by Alembic."""
