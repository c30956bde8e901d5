"""The office as a part of a central server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from kioskd.central.bell import Bell
from kioskd.central.database import Database
from kioskd.central.office.counting import Counting
from kioskd.central.office.door import Door
from kioskd.central.office.halls import Halls
from kioskd.central.office.pages import add_pages
from kioskd.central.office.poor import Poor
from kioskd.central.office.reports import Reports
from kioskd.central.shared import Sealer


def mount(
    database: Database, bell: Bell, door: Door | None = None, *, sealer: Sealer | None = None
) -> Callable[[web.Application], None]:
    """Return what adds the office's pages and routes to an application; ``bell`` wakes halls for orders,
    ``sealer`` opens what halls share.
    """
    door = door or Door(database)
    counting = Counting(database)

    async def background(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(counting.run(), name="central figures")
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def add(app: web.Application) -> None:
        door.add_to(app)
        Halls(door, counting).add_to(app)
        Poor(door, bell, sealer).add_to(app)
        Reports(door, counting).add_to(app)
        add_pages(app, door)
        app.cleanup_ctx.append(background)

    return add
