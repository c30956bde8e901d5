"""What halls are called in English: by their own rules, as the city enters a hall under one name only."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import msgspec
from sqlalchemy import select

from kioskd.central.database import Database, Running
from kioskd.central.schema import RULES


class _Name(msgspec.Struct, frozen=True):
    en: str = ""


class _Named(msgspec.Struct, frozen=True):
    name: _Name = _Name()


class Names:
    """English names of halls. Rules are long and change rarely: only those that are new are read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: dict[str, int] = {}
        self._names: dict[str, str] = {}

    async def english(self) -> Mapping[str, str]:
        """Return the names of those halls that have one."""
        walls = await self._database.read(_walls)
        new = [hall for hall, wall in walls.items() if self._read.get(hall) != wall]
        if new:
            for hall, wall, name in await self._database.read(partial(_named, new)):
                self._names[hall] = name
                self._read[hall] = wall
        return {hall: self._names[hall] for hall in walls if self._names.get(hall)}


def _walls() -> Running[dict[str, int]]:
    rows = yield select(RULES.c.hall, RULES.c.wall)
    return {row.hall: row.wall for row in rows}


def _named(halls: list[str]) -> Running[list[tuple[str, int, str]]]:
    rows = yield select(RULES.c.hall, RULES.c.wall, RULES.c.body).where(RULES.c.hall.in_(halls))
    return [(row.hall, row.wall, _decode(row.body).name.en.strip()) for row in rows]


_decode = msgspec.json.Decoder(_Named).decode
