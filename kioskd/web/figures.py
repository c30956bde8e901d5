"""Routes of figures."""

from __future__ import annotations

import msgspec
from aiohttp import web

from kioskd.hall.rules import Rules
from kioskd.hall.state import State
from kioskd.web.asking import look
from kioskd.web.call import Call, respond
from kioskd.web.fields import Date
from kioskd.web.problem import ProblemError


class DayQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``date`` is a business day; left out: the present one."""

    date: Date | None = None


async def day(call: Call) -> web.Response:
    """GET figures/day."""

    def see(state: State) -> tuple[str, Rules | None]:
        return state.day.date if state.day is not None else "", state.rules

    today, rules = await look(call, see)
    query: DayQuery = call.query
    date = query.date or today
    figures = await call.site.history.day(date, rules)
    if figures is None:
        raise ProblemError("no_figures", {"date": date})
    return respond(msgspec.json.encode(figures))
