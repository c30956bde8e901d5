"""What halls are called in English: by their own rules, as the city enters a hall under one name only."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial

import msgspec
from sqlalchemy import select

from kioskd.central.database import Database, Running
from kioskd.central.schema import RULES

LOOK_S = 30.0
"""For so long a hall may be called as it was: citizens ask many times a second, and names change in years."""


class _Name(msgspec.Struct, frozen=True):
    en: str = ""


class _Named(msgspec.Struct, frozen=True):
    name: _Name = _Name()


class Names:
    """English names of halls. Rules are long and change rarely: only those that are new are read."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._look_at = monotonic()
        self._read: dict[str, int] = {}
        self._names: dict[str, str] = {}

    async def english(self) -> Mapping[str, str]:
        """Return the names of those halls that have one, as they were within `LOOK_S`."""
        if self._monotonic() < self._look_at:
            return self._names
        walls = await self._database.read(_walls)
        new = [hall for hall, wall in walls.items() if self._read.get(hall) != wall]
        if new:
            for hall, wall, name in await self._database.read(partial(_named, new)):
                self._read[hall] = wall
                self._names.pop(hall, None)
                if name:
                    self._names[hall] = name
        for gone in self._names.keys() - walls.keys():
            del self._names[gone]
        self._look_at = self._monotonic() + LOOK_S
        return self._names


def _walls() -> Running[dict[str, int]]:
    rows = yield select(RULES.c.hall, RULES.c.wall)
    return {row.hall: row.wall for row in rows}


def _named(halls: list[str]) -> Running[list[tuple[str, int, str]]]:
    rows = yield select(RULES.c.hall, RULES.c.wall, RULES.c.body).where(RULES.c.hall.in_(halls))
    return [(row.hall, row.wall, _decode(row.body).name.en.strip()) for row in rows]


_decode = msgspec.json.Decoder(_Named).decode
