"""A whole central server: all its routes and readers over one database."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from kioskd.central import (
    appointments,
    booking,
    citizens,
    control,
    openapi,
    pages,
    persons,
    releases,
    remote,
    upkeep,
    vault,
)
from kioskd.central.bell import Bell
from kioskd.central.database import Database
from kioskd.central.export import outbox, sinks
from kioskd.central.export.sender import Sender
from kioskd.central.export.settings import ExportSettings
from kioskd.central.office import app as office
from kioskd.central.office import poor, users
from kioskd.central.office.overdue import Overdue
from kioskd.central.retention import nightly
from kioskd.central.server import serving, wall_ms
from kioskd.central.shared import Sealer


@asynccontextmanager
async def running(
    database: Database,
    data: Path,
    host: str,
    port: int,
    *,
    control_token: str = "",
    export: ExportSettings | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """Serve until the block is left; gives the port. ``data`` holds the server's keys; ``export`` says where
    ratings go; ``tls`` is what HTTPS is served with.

    With a ``control_token`` the command line may ask this server. Raises OSError for a port that is taken,
    and `persons.OtherKeyError`.
    """
    begun = await database.read(persons.is_marked)
    known = await asyncio.to_thread(persons.load, data, may_make=not begun)
    await database.write(partial(persons.same_key, known, data))
    bell, sealer = Bell(database, wall_ms), Sealer(known.sealing)
    mounts = [
        citizens.mount(database),
        appointments.mount(database, known, bell),
        remote.mount(database, known, bell),
        office.mount(database, bell, sealer=sealer),
        pages.mount,
        openapi.mount(),
        vault.mount(database, data),
    ]
    if control_token:
        mounts += [
            control.mount(database, control_token),
            users.mount(database, control_token),
            upkeep.mount(database, data, control_token),
        ]
    readers = [booking.READER, releases.READER, remote.READER, poor.READER]
    if export is not None:
        readers.append(outbox.reader(export.since))
    async with (
        _nightly(database, data),
        _telling(database, data),
        _sending(database, data, export),
        serving(
            database,
            host,
            port,
            bell=bell,
            readers=tuple(readers),
            tls=tls,
            mounts=tuple(mounts),
            sealer=sealer,
        ) as bound,
    ):
        yield bound


@asynccontextmanager
async def _nightly(database: Database, data: Path) -> AsyncIterator[None]:
    ended = asyncio.Event()
    task = asyncio.create_task(nightly(database, data, wall_ms, ended), name="central retention")
    try:
        yield
    finally:
        ended.set()
        await task


@asynccontextmanager
async def _telling(database: Database, data: Path) -> AsyncIterator[None]:
    ended = asyncio.Event()
    task = asyncio.create_task(Overdue(database, data, wall_ms).run(ended), name="central overdue")
    try:
        yield
    finally:
        ended.set()
        await task


@asynccontextmanager
async def _sending(database: Database, data: Path, export: ExportSettings | None) -> AsyncIterator[None]:
    if export is None:
        yield
        return
    sink = sinks.make(export, data)
    sender = Sender(database, export, sink, wall_ms)
    task = asyncio.create_task(sender.run(), name="central export")
    try:
        yield
    finally:
        sender.end()
        await task
        await sink.close()
