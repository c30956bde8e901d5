"""From a request to the desk and back: what all handlers that command something share."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any, TypeVar

import msgspec
import structlog
from aiohttp import web

from kioskd.access.roles import Role
from kioskd.hall.commands import Command, NoteAudit
from kioskd.hall.events import Event
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State
from kioskd.hub.answers import Done
from kioskd.hub.public import ticket_view, window_view
from kioskd.hub.public_events import Audience
from kioskd.hub.views import TicketView
from kioskd.journal.records import PrivateValue
from kioskd.web.call import Call, respond, respond_empty
from kioskd.web.idempotency import pack, unpack
from kioskd.web.naming import checked, find, holds_slip, is_code, is_id
from kioskd.web.problem import ProblemError
from kioskd.web.wording import named

T = TypeVar("T")
Render = Callable[[State, tuple[Event, ...]], tuple[int, Any]]
"""Makes status and body (None: no body) of the answer from the state right after the command."""

AUDIENCES: dict[Role, Audience] = {
    Role.PUBLIC: Audience.PUBLIC,
    Role.KIOSK: Audience.DEVICES,
    Role.STATION: Audience.DEVICES,
    Role.FACE: Audience.DEVICES,
    Role.STANDBY: Audience.DEVICES,
    Role.TELLER: Audience.STAFF,
    Role.GUIDE: Audience.STAFF,
    Role.TECHNICIAN: Audience.STAFF,
    Role.INTEGRATOR: Audience.STAFF,
    Role.LEAD: Audience.LEADS,
    Role.AUDITOR: Audience.LEADS,
    Role.ADMIN: Audience.LEADS,
}

_encode = msgspec.json.Encoder().encode
_log = structlog.get_logger(__name__)


def audience(call: Call) -> Audience:
    """Return how much the caller may know."""
    return AUDIENCES[call.principal.role]


async def decide(
    call: Call,
    command: Command,
    render: Render,
    body: object = None,
    private: tuple[PrivateValue, ...] = (),
) -> Done:
    """Have the desk do a command; return when it is durable, with the packed answer.

    ``body`` stands for the request's own in telling repeats, ``private`` goes to the journal's vault
    with the events. Raises `ProblemError` for a refusal.
    """

    def packed(state: State, events: tuple[Event, ...]) -> bytes:
        try:
            status, view = render(state, events)
            return pack(status, b"" if view is None else _encode(view))
        except Exception:
            # The command is done by now and must not be lost for want of words about it.
            _log.exception("web.answer_failed", route=call.route.name)
            return b""

    done = await call.site.desk.submit_soon(command, request=call.once(body), respond=packed, private=private)
    if isinstance(done, Refusal):
        retry_ms = done.params.get("retry_ms")
        headers = {"Retry-After": str(ceil(retry_ms / 1000))} if isinstance(retry_ms, int) else None
        problem = ProblemError(done.code, done.params, headers=headers)
        problem.named = await look(call, lambda state: named(state, done.params, call.language))
        raise problem
    if not done.response:
        raise ProblemError("internal")
    return done


async def command(
    call: Call, wanted: Command, render: Render, *, private: tuple[PrivateValue, ...] = ()
) -> web.Response:
    """Have the desk do a command and answer as ``render`` says, a repeat as the first time."""
    status, view = unpack((await decide(call, wanted, render, private=private)).response)
    return respond(view, status) if view else respond_empty()


async def note(call: Call, action: str, subject: str = "", **params: str | int) -> None:
    """Put into the journal that the caller looked at what is not everybody's to see; return when it is
    durable, so that nobody sees what nobody will know was seen.
    """
    noted = NoteAudit(by=call.by, action=action, subject=subject, params=dict(params))
    await call.site.desk.submit(noted)


async def look(call: Call, see: Callable[[State], T]) -> T:
    """Return what is true in the hall now, once it is durable."""
    _, seen = await call.site.desk.read(see)
    return seen


async def look_answer(call: Call, see: Callable[[State], Any]) -> web.Response:
    """Answer with what is true in the hall now, once it is durable."""
    return respond(await look(call, lambda state: _encode(see(state))))


async def ticket_id(call: Call, name: str) -> str:
    """Return what the desk knows the ticket by that a caller means by id, number or code.

    The public must show a code or the check code: anybody may read a number off the board, and whoever
    stands at a kiosk is anybody. A code that fits no ticket comes back as it is; the desk says so,
    unless the request is a repeat.
    """
    if is_code(name):
        return await look(call, lambda state: found.id if (found := find(state, name)) is not None else name)
    if checked(name) is not None:
        return await id_by_check(call, name)
    if call.principal.role is Role.PUBLIC or (call.principal.role is Role.KIOSK and not is_id(name)):
        raise ProblemError("code_needed")
    return name if is_id(name) else name.upper()


async def id_by_check(call: Call, name: str) -> str:
    """Return the id of the ticket with this number and check code.

    Raises ``check_wrong``, and ``check_locked`` once somebody has guessed too often.
    """
    both = checked(name)
    assert both is not None
    number = both[0]
    if not call.site.guesses.begin(number):
        raise ProblemError("check_locked", {"ticket": number})
    found = await look(call, lambda state: ticket.id if (ticket := find(state, name)) is not None else None)
    if found is None:
        raise ProblemError("check_wrong", {"ticket": number})
    call.site.guesses.right(number)
    return found


def ticket_render(call: Call, ticket: str) -> Render:
    """Return a renderer that answers 200 with the ticket."""
    seen_by, by_code = audience(call), holds_slip(call.request.match_info.get("ticket", ""))

    def render(state: State, events: tuple[Event, ...]) -> tuple[int, TicketView | None]:
        known = find(state, ticket)
        if known is None:
            return 204, None
        return 200, ticket_view(state, known, seen_by, call.site.desk.now(), by_code=by_code)

    return render


def window_render(call: Call, window: str) -> Render:
    """Return a renderer that answers 200 with the window."""

    def render(state: State, events: tuple[Event, ...]) -> tuple[int, Any]:
        assert state.book is not None
        return 200, window_view(state, state.book.windows[window], audience(call), call.site.desk.now())

    return render


def nothing(state: State, events: tuple[Event, ...]) -> tuple[int, None]:
    """Answer 204."""
    return 204, None
