"""What halls are called in English."""

from __future__ import annotations

import msgspec
from sqlalchemy import delete, insert

from kioskd.central.database import Database, Running
from kioskd.central.naming import LOOK_S, Names
from kioskd.central.schema import RULES
from kioskd.hall.rules import Name
from tests.web.rules import open_hall


async def test_a_hall_is_called_as_its_newest_rules_say(database: Database) -> None:
    def applied(hall: str, wall: int, name: str) -> Running[None]:
        rules = msgspec.structs.replace(open_hall(), name=Name(zh="城东大厅", en=name))
        yield delete(RULES).where(RULES.c.hall == hall)
        yield insert(RULES).values(hall=hall, body=msgspec.json.encode(rules), wall=wall)

    at = 0.0
    names = Names(database, lambda: at)
    assert await names.english() == {}
    await database.write(lambda: applied("h1", 1, "East Hall"))
    await database.write(lambda: applied("h2", 1, ""))
    assert await names.english() == {}, "not asked again at once"
    at += LOOK_S
    assert await names.english() == {"h1": "East Hall"}
    await database.write(lambda: applied("h1", 2, "Eastern Hall"))
    await database.write(lambda: applied("h2", 2, "West Hall"))
    at += LOOK_S
    assert await names.english() == {"h1": "Eastern Hall", "h2": "West Hall"}
    await database.write(lambda: applied("h1", 3, " "))
    at += LOOK_S
    assert await names.english() == {"h2": "West Hall"}
