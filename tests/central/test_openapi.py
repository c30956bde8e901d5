"""The description of a central server says every route that there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from aiohttp import web

from kioskd.central import appointments, citizens, openapi, persons, remote, vault
from kioskd.central.bell import Bell
from kioskd.central.office import app as office
from kioskd.central.server import SyncServer, wall_ms
from kioskd.central.sqlite import Sqlite


async def test_every_route_is_described(tmp_path: Path) -> None:
    database = await Sqlite.open(tmp_path / "central.db")
    try:
        app, bell, known = web.Application(), Bell(database, wall_ms), persons.load(tmp_path)
        SyncServer(database, bell).add_to(app)
        for mount in (
            citizens.mount(database),
            appointments.mount(database, known, bell),
            remote.mount(database, known, bell),
            office.mount(database, bell),
            openapi.mount(),
            vault.mount(database, tmp_path),
        ):
            mount(app)
        served = {
            (route.method.lower(), re.sub(r"{(\w+):[^/]*}", r"{\1}", route.resource.canonical))
            for route in app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }
    finally:
        await database.close()
    said = msgspec.json.decode(openapi.document())
    described = {(method, path) for path, methods in said["paths"].items() for method in methods}
    assert described == {each for each in served if each[1].startswith(("/api/", "/sync/"))}
    move = said["paths"]["/api/v1/office/poor/{hall}/{rating}/moves"]["post"]
    assert move["security"] == [{"person": []}]
    assert "X-CSRF-Token" in {parameter["name"] for parameter in move["parameters"]}
    names = [one["operationId"] for methods in said["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    assert set(_refs(said)) <= {f"#/components/schemas/{name}" for name in said["components"]["schemas"]}


def _refs(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [ref for each in part.values() for ref in _refs(each)]
    return [ref for each in part for ref in _refs(each)] if isinstance(part, list) else []
