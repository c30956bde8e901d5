"""Routes for watchers: alive, ready, measured, described."""

from __future__ import annotations

import msgspec
from aiohttp import web

from kioskd.web.asking import look
from kioskd.web.call import Call, respond
from kioskd.web.problem import ProblemError


class Alive(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str = "ok"


async def alive(call: Call) -> web.Response:
    """GET healthz."""
    return respond(msgspec.json.encode(Alive()))


async def ready(call: Call) -> web.Response:
    """GET readyz: commands are taken and durable."""
    if not call.site.desk.ready:
        raise ProblemError("intake_closed")
    return respond(msgspec.json.encode(Alive()))


async def metrics(call: Call) -> web.Response:
    """GET metrics."""
    site = call.site
    return respond(await look(call, lambda state: site.metrics.render(site, state)), media_type=METRICS_TYPE)


METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
