"""What every database promises to whoever writes at the same time as others."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kioskd.central import halls
from kioskd.central.database import Database, Running
from kioskd.central.schema import HALL


class ChangedMindError(Exception):
    pass


async def names(database: Database) -> list[str]:
    def look() -> Running[list[str]]:
        rows = yield select(HALL.c.id).order_by(HALL.c.id)
        return [row.id for row in rows]

    return await database.read(look)


async def test_what_one_raises_undoes_nobody_elses(database: Database) -> None:
    def add_and_regret(hall: str) -> Running[None]:
        yield from halls.add(hall, "", 0)
        raise ChangedMindError(hall)

    def twice(hall: str) -> Running[None]:
        yield from halls.add(hall, "", 0)
        yield HALL.insert().values(id=hall)

    done = await asyncio.gather(
        database.write(partial(halls.add, "a", "", 0)),
        database.write(partial(add_and_regret, "b")),
        database.write(partial(halls.add, "c", "", 0)),
        database.write(partial(twice, "d")),
        database.write(partial(halls.add, "e", "", 0)),
        return_exceptions=True,
    )
    assert [type(each) for each in done] == [
        type(None),
        ChangedMindError,
        type(None),
        IntegrityError,
        type(None),
    ]
    assert await names(database) == ["a", "c", "e"]


async def test_alone_it_undoes_itself(database: Database) -> None:
    def add_and_regret() -> Running[None]:
        yield from halls.add("a", "", 0)
        raise ChangedMindError

    with pytest.raises(ChangedMindError):
        await database.write(add_and_regret)
    assert await names(database) == []
    await database.write(partial(halls.add, "a", "", 0))
    assert await names(database) == ["a"]
