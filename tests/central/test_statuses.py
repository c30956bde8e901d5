"""What halls say of themselves: few transactions, the last word counts, and an answer means it is kept."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from kioskd.central import citizens, halls
from kioskd.central.database import Database, Script, T
from kioskd.central.statuses import Statuses


class Slow:
    """A database that counts transactions and can fail one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.read, self.close, self.advance = database.read, database.close, database.advance
        self.writes = 0
        self.fails = False

    async def write(self, script: Script[T]) -> T:
        self.writes += 1
        if self.fails:
            self.fails = False
            raise OSError("disk")
        await asyncio.sleep(0)
        return await self._database.write(script)


async def test_many_halls_go_together_and_the_last_word_counts(database: Database) -> None:
    names = [f"h{n:02d}" for n in range(30)]
    for name in names:
        await database.write(partial(halls.add, name, name, 1))
    slow = Slow(database)
    statuses = Statuses(slow)
    said = [statuses.keep(name, f"{name} {n}".encode(), n) for n in range(3) for name in names]
    await asyncio.gather(*said)
    assert slow.writes <= 3, "what came meanwhile goes together"
    rows = await database.read(citizens.all_halls)
    assert {row[0]: (row[2], row[3]) for row in rows} == {name: (f"{name} 2".encode(), 2) for name in names}


async def test_what_could_not_be_kept_is_not_answered(database: Database) -> None:
    await database.write(partial(halls.add, "h1", "h1", 1))
    slow = Slow(database)
    statuses = Statuses(slow)
    slow.fails = True
    with pytest.raises(OSError, match="disk"):
        await statuses.keep("h1", b"one", 1)
    await statuses.keep("h1", b"two", 2)
    ((_, _, status, _),) = await database.read(citizens.all_halls)
    assert status == b"two"
