"""Routes of the person at a window: what is in hand, who comes next, one's own day."""

from __future__ import annotations

import msgspec
from aiohttp import web

from kioskd.hall import queries
from kioskd.hall.model import BAD_LEVEL
from kioskd.hall.rules import Rules
from kioskd.hall.state import State
from kioskd.hub.counter import Counter, counter_view, tellers_view
from kioskd.hub.public import ticket_view, window_view
from kioskd.hub.views import TicketView
from kioskd.web.asking import audience, look, look_answer
from kioskd.web.call import Call, respond
from kioskd.web.problem import ProblemError
from kioskd.web.readers import has_signature_pad
from kioskd.web.wording import ReasonView, reason_view


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket that would be called next but for those before it, and why."""

    ticket: TicketView
    reason: ReasonView
    waited_s: int


class CounterAnswer(Counter, frozen=True, kw_only=True):
    """A window as the person at it sees it, with reasons in the reader's language.

    ``signature`` is ``none``, ``asked`` or ``signed`` for the ticket in hand; None where no pad is.
    """

    reason: ReasonView | None
    ahead: tuple[Ahead, ...]  # type: ignore[assignment]
    signature: str | None = None


class OwnDay(msgspec.Struct, frozen=True, kw_only=True):
    """A person's day so far. Ratings come as totals only; times are seconds, None where there are none."""

    date: str
    served: int = 0
    items: int = 0
    materials: int = 0
    no_shows: int = 0
    holds: int = 0
    transfers: int = 0
    mean_s: float | None = None
    rated: int = 0
    good: int = 0
    missed: int = 0


async def show(call: Call) -> web.Response:
    """GET windows/{window}/counter."""
    seen_by, now, name, language = audience(call), call.site.desk.now(), call.path("window"), call.language

    pad = has_signature_pad(call, name)

    def see(state: State) -> CounterAnswer:
        window = state.book.windows.get(name) if state.book is not None else None
        if window is None:
            raise ProblemError("unknown_window", {"window": name[:20]})
        seen = counter_view(state, window, seen_by, str(call.site.desk.head), now)
        ahead = tuple(
            Ahead(ticket=one.ticket, reason=reason_view(state, one.why, language), waited_s=one.waited_s)
            for one in seen.ahead
        )
        reason = reason_view(state, seen.why, language) if seen.why is not None else None
        signature = _signature(state, name) if pad else None
        more = {"ahead": ahead, "reason": reason, "signature": signature}
        return CounterAnswer(**{**msgspec.structs.asdict(seen), **more})

    return await look_answer(call, see)


def _signature(state: State, window: str) -> str:
    if queries.signing(state, window) is not None:
        return "asked"
    here = state.windows[window]
    ticket = state.tickets.get(here.ticket) if here.ticket is not None else None
    return "signed" if ticket is not None and ticket.signature else "none"


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """What a business system works on: the ticket at the window, and the one that left it last."""

    window: str
    state: str
    ticket: TicketView | None
    last: TicketView | None


async def current(call: Call) -> web.Response:
    """GET windows/{window}/current."""
    seen_by, now, name = audience(call), call.site.desk.now(), call.path("window")

    def see(state: State) -> Current:
        window = state.book.windows.get(name) if state.book is not None else None
        if window is None:
            raise ProblemError("unknown_window", {"window": name[:20]})
        here = state.windows[name]
        last = state.tickets.get(here.last_ticket) if here.last_ticket is not None else None
        shown = window_view(state, window, seen_by, now)
        return Current(
            window=name,
            state=shown.state,
            ticket=shown.ticket,
            last=ticket_view(state, last, seen_by, now) if last is not None else None,
        )

    return await look_answer(call, see)


async def own_day(call: Call) -> web.Response:
    """GET windows/{window}/day: of whoever asks, or for others of who is on duty there."""
    window, own = call.path("window"), call.principal.teller

    def see(state: State) -> tuple[str, Rules | None, str]:
        here = state.windows.get(window)
        if here is None:
            raise ProblemError("unknown_window", {"window": window[:20]})
        return state.day.date if state.day is not None else "", state.rules, own or here.teller or ""

    date, rules, teller = await look(call, see)
    figures = await call.site.history.day(date, rules)
    mine = figures.tellers.get(teller) if figures is not None else None
    if mine is None:
        return respond(msgspec.json.encode(OwnDay(date=date)))
    rated = sum(mine.ratings.levels.values())
    good = sum(count for level, count in mine.ratings.levels.items() if level > BAD_LEVEL)
    return respond(
        msgspec.json.encode(
            OwnDay(
                date=date,
                served=mine.served,
                items=mine.items,
                materials=mine.materials,
                no_shows=mine.no_shows,
                holds=mine.holds,
                transfers=mine.transfers,
                mean_s=mine.service.mean_s,
                rated=rated,
                good=good,
                missed=mine.ratings.missed,
            )
        )
    )


async def tellers(call: Call) -> web.Response:
    """GET tellers."""
    return await look_answer(call, tellers_view)
