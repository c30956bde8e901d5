"""The route of the event stream."""

from __future__ import annotations

import msgspec
from aiohttp import web

from kioskd.journal.records import BEFORE_ALL, Position
from kioskd.web.asking import audience
from kioskd.web.call import Call
from kioskd.web.problem import ProblemError

NOWHERE = Position((1 << 22) - 1, 0)
"""A position that no journal reaches: following it is answered by a reset."""


class EventsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``after`` is the position to go on from, as in GET hall; ``Last-Event-ID`` goes before it."""

    after: str | None = None


async def follow(call: Call) -> web.StreamResponse:
    """GET events."""
    after = _resume(call)
    return await call.site.followers.serve(
        call.request, NOWHERE if after == BEFORE_ALL else after, audience(call), call.principal.session
    )


def _resume(call: Call) -> Position | None:
    last = call.request.headers.get("Last-Event-ID")
    if last:
        try:
            return Position.parse(last)
        except ValueError:
            # A browser repeats what it was once sent and gives up for good on an error: start it afresh.
            return NOWHERE
    asked: str | None = call.query.after
    if asked is None:
        return None
    try:
        return Position.parse(asked)
    except ValueError:
        raise ProblemError("position_invalid", {"position": asked[:40]}) from None
