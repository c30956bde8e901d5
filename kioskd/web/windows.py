"""Routes about windows: calling, serving, duty."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from kioskd.access.roles import Role
from kioskd.hall import commands
from kioskd.hall.commands import Command, HoldKind, Result
from kioskd.hall.events import Event, Reason, TicketCalled, TicketRecalled
from kioskd.hall.state import State
from kioskd.hub.public import ticket_view, window_view
from kioskd.hub.views import TicketView, WindowView
from kioskd.web import asking
from kioskd.web.asking import Render, audience, look, look_answer, window_render
from kioskd.web.call import Call
from kioskd.web.fields import Count, Id, Line
from kioskd.web.problem import ProblemError
from kioskd.web.wording import ReasonView, reason_view


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class TicketBody(_Body, frozen=True, kw_only=True):
    """The ticket that is meant (id or number); left out: the one at the window."""

    ticket: Id | None = None


class CallNextBody(_Body, frozen=True, kw_only=True):
    """``after`` is the ticket the caller believes is at the window, null for none; left out: whichever is."""

    after: Id | UnsetType | None = UNSET


class CallBody(_Body, frozen=True, kw_only=True):
    """The ticket to call: id or number."""

    ticket: Id


class HoldBody(TicketBody, frozen=True, kw_only=True):
    """``kind`` is ``any_window`` 不持件, ``this_window`` 持件 or ``until_woken`` 待唤醒."""

    kind: HoldKind = HoldKind.ANY_WINDOW


class TransferBody(TicketBody, frozen=True, kw_only=True):
    """Exactly one of queue, window and teller."""

    to_queue: Id | None = None
    to_window: Id | None = None
    to_teller: Id | None = None


class FinishBody(TicketBody, frozen=True, kw_only=True):
    """Everything may follow later (tickets/{ticket}/amend). ``rate`` asks for the rating."""

    result: Result = Result.DONE
    items: Count = 1
    materials: Count = 0
    rate: bool = False


class PauseBody(_Body, frozen=True, kw_only=True):
    """``contact`` is a staff name and phone that citizens will see. With ``if_paused`` it says more of a
    pause that goes on; where it is over, nothing happens.
    """

    reason: Line | None = None
    minutes: Count | None = None
    contact: Line | None = None
    if_paused: bool = False


class LoginBody(_Body, frozen=True, kw_only=True):
    """Who takes up duty; ``skills`` (queues) narrow what they are trained for."""

    teller: Id
    skills: tuple[Id, ...] | None = None


class CaseBody(TicketBody, frozen=True, kw_only=True):
    """A case of the business system; ``rate`` opens its rating."""

    project_no: Id
    task_code: Line = ""
    task_name: Line = ""
    status: Line = ""
    accepted: Line = ""
    rate: bool = False


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket that was called, and why this one."""

    ticket: TicketView
    reason: ReasonView


async def show_all(call: Call) -> web.Response:
    """GET windows."""
    seen_by, now = audience(call), call.site.desk.now()

    def see(state: State) -> tuple[WindowView, ...]:
        book = state.book
        return tuple(window_view(state, w, seen_by, now) for w in book.windows.values()) if book else ()

    return await look_answer(call, see)


async def show(call: Call) -> web.Response:
    """GET windows/{window}."""
    view = await _present(call)
    if view is None:
        raise ProblemError("unknown_window", {"window": call.path("window")[:20]})
    return await look_answer(call, lambda state: view)


async def call_next(call: Call) -> web.Response:
    """POST windows/{window}/call-next."""
    wanted = commands.CallNext(by=call.by, window=call.path("window"), after=call.body.after)
    return await at_window(call, wanted, _called(call))


async def call_ticket(call: Call) -> web.Response:
    """POST windows/{window}/call."""
    wanted = commands.CallTicket(by=call.by, window=call.path("window"), ticket=call.body.ticket)
    return await at_window(call, wanted, _called(call))


async def recall(call: Call) -> web.Response:
    """POST windows/{window}/recall."""
    return await at_window(call, commands.Recall(**who(call)))


async def start(call: Call) -> web.Response:
    """POST windows/{window}/start."""
    return await at_window(call, commands.StartService(**who(call)))


async def no_show(call: Call) -> web.Response:
    """POST windows/{window}/no-show."""
    return await at_window(call, commands.MarkNoShow(**who(call)))


async def hold(call: Call) -> web.Response:
    """POST windows/{window}/hold."""
    return await at_window(call, commands.HoldTicket(**who(call), kind=call.body.kind))


async def transfer(call: Call) -> web.Response:
    """POST windows/{window}/transfer."""
    body: TransferBody = call.body
    wanted = commands.TransferTicket(
        **who(call), to_queue=body.to_queue, to_window=body.to_window, to_teller=body.to_teller
    )
    return await at_window(call, wanted)


async def requeue(call: Call) -> web.Response:
    """POST windows/{window}/requeue."""
    return await at_window(call, commands.Requeue(**who(call)))


async def finish(call: Call) -> web.Response:
    """POST windows/{window}/finish."""
    body: FinishBody = call.body
    wanted = commands.FinishTicket(
        **who(call), result=body.result, items=body.items, materials=body.materials, rate=body.rate
    )
    return await at_window(call, wanted)


async def evaluate(call: Call) -> web.Response:
    """POST windows/{window}/evaluate."""
    return await at_window(call, commands.OpenRating(**who(call)))


async def attach_case(call: Call) -> web.Response:
    """POST windows/{window}/case."""
    body: CaseBody = call.body
    wanted = commands.AttachCase(
        **who(call),
        project_no=body.project_no,
        task_code=body.task_code,
        task_name=body.task_name,
        status=body.status,
        accepted=body.accepted,
        rate=body.rate,
    )
    return await at_window(call, wanted)


async def pause(call: Call) -> web.Response:
    """POST windows/{window}/pause."""
    body: PauseBody = call.body
    wanted = commands.Pause(
        by=call.by,
        window=call.path("window"),
        reason=body.reason,
        minutes=body.minutes,
        contact=body.contact,
        if_paused=body.if_paused,
    )
    return await at_window(call, wanted)


async def resume(call: Call) -> web.Response:
    """POST windows/{window}/resume."""
    return await at_window(call, commands.Resume(by=call.by, window=call.path("window")))


async def login(call: Call) -> web.Response:
    """POST windows/{window}/login. Whoever signed in as a teller takes up duty as nobody else."""
    body: LoginBody = call.body
    if _as_teller(call) and body.teller != call.principal.teller:
        raise ProblemError("other_teller")
    wanted = commands.SignIn(by=call.by, window=call.path("window"), teller=body.teller, skills=body.skills)
    return await at_window(call, wanted)


async def logout(call: Call) -> web.Response:
    """POST windows/{window}/logout."""
    return await at_window(call, commands.SignOut(by=call.by, window=call.path("window")))


def who(call: Call) -> dict[str, Any]:
    """Return caller, window and ticket as every command at a window names them."""
    return {"by": call.by, "window": call.path("window"), "ticket": call.body.ticket}


async def at_window(call: Call, wanted: Command, render: Render | None = None) -> web.Response:
    window = call.path("window")
    if not isinstance(wanted, commands.SignIn):
        await check_duty(call, window)
    try:
        return await asking.command(call, wanted, render or window_render(call, window))
    except ProblemError as error:
        if error.code in _WITH_PRESENT:
            error.present = await _present(call)
        raise


def _as_teller(call: Call) -> bool:
    return call.principal.session is not None and call.principal.role is Role.TELLER


async def check_duty(call: Call, window: str) -> None:
    """Raise ``not_your_window`` for a teller who is not on duty there: others' work is not theirs."""
    if not _as_teller(call):
        return

    def see(state: State) -> str | None:
        here = state.windows.get(window)
        return here.teller if here is not None else call.principal.teller

    on_duty = await look(call, see)
    if on_duty is None or on_duty != call.principal.teller:
        raise ProblemError("not_your_window", {"window": window[:20]})


_WITH_PRESENT = frozenset({"window_moved_on"})
"""Refusals that a client can only act on when it sees how things are."""


async def _present(call: Call) -> WindowView | None:
    seen_by, now, window = audience(call), call.site.desk.now(), call.path("window")

    def see(state: State) -> WindowView | None:
        known = state.book.windows.get(window) if state.book is not None else None
        return window_view(state, known, seen_by, now) if known is not None else None

    return await look(call, see)


def _called(call: Call) -> Render:
    seen_by, now, language = audience(call), call.site.desk.now(), call.language

    def render(state: State, events: tuple[Event, ...]) -> tuple[int, Called | None]:
        called = next((event for event in events if isinstance(event, TicketCalled | TicketRecalled)), None)
        if called is None:
            return 204, None
        ticket = state.tickets[called.ticket]
        reason = ticket.reason or Reason("order.by_hand")
        view = ticket_view(state, ticket, seen_by, now)
        return 200, Called(ticket=view, reason=reason_view(state, reason, language))

    return render
