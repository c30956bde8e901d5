"""A whole central server: all its routes and readers over one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from kioskd.central import appointments, booking, citizens, control, pages, persons
from kioskd.central.bell import Bell
from kioskd.central.database import Database
from kioskd.central.office import app as office
from kioskd.central.office import poor, users
from kioskd.central.server import serving, wall_ms


@asynccontextmanager
async def running(
    database: Database, data: Path, host: str, port: int, *, control_token: str = ""
) -> AsyncIterator[int]:
    """Serve until the block is left; gives the port. ``data`` holds the server's keys.

    With a ``control_token`` the command line may ask this server. Raises OSError for a port that is taken,
    and `persons.OtherKeyError`.
    """
    known = await asyncio.to_thread(persons.load, data)
    await database.write(partial(persons.same_key, known, data))
    bell = Bell(database, wall_ms)
    mounts = [
        citizens.mount(database),
        appointments.mount(database, known, bell),
        office.mount(database, bell),
        pages.mount,
    ]
    if control_token:
        mounts += [control.mount(database, control_token), users.mount(database, control_token)]
    readers = (booking.READER, poor.READER)
    async with serving(database, host, port, bell=bell, readers=readers, mounts=tuple(mounts)) as bound:
        yield bound
