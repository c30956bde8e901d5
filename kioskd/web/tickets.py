"""Routes about tickets: taking a number and what can become of it."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.access.roles import Role
from kioskd.hall import commands
from kioskd.hall.commands import Result
from kioskd.hall.events import Event
from kioskd.hall.queries import print_state
from kioskd.hall.state import State
from kioskd.hub.check_code import check_code
from kioskd.hub.privacy import NoNumberError
from kioskd.hub.public import ticket_view, time_of
from kioskd.hub.public_events import Audience
from kioskd.hub.views import PrintView, TicketView, WaitView
from kioskd.web.appointments import named_by
from kioskd.web.asking import (
    audience,
    command,
    decide,
    id_by_check,
    look,
    nothing,
    ticket_id,
    ticket_render,
)
from kioskd.web.call import Call, respond
from kioskd.web.fields import Count, Id, Line, Phone, Services, Text
from kioskd.web.idempotency import unpack
from kioskd.web.naming import checked, find, holds_slip, is_code, is_id
from kioskd.web.problem import ProblemError


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class IssueBody(_Body, frozen=True, kw_only=True):
    """Take a number: for a queue, for services (the first one's queue), or for an appointment.

    ``appointment`` is its code as it was typed or scanned, or its id.
    ``identity`` (a document number) is hashed at once under a key of the day and never kept.
    ``test`` draws a test number that counts nowhere.
    """

    queue: Id | None = None
    services: Services = ()
    priority: Id | None = None
    headcount: Annotated[int, Meta(ge=1, le=9999)] | None = None
    assisted_by: Id | None = None
    appointment: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    language: Literal["zh", "en"] = "zh"
    large_print: bool = False
    identity: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    test: bool = False


class Issued(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number was given. ``wait`` is in minutes; ``code`` is what the slip's QR carries, ``check`` the
    check code on it; ``print`` is the state of the slip now: ``asked``, ``done``, ``failed``, ``unknown``, or
    ``none``.
    """

    id: str
    number: str
    queue: str
    services: tuple[str, ...]
    issued_at: str
    ahead: int
    wait: WaitView | None
    appointment: str | None = None
    code: str | None = None
    check: str | None = None
    print: PrintView | None = None


class RateBody(_Body, frozen=True, kw_only=True):
    """A rating: 5 非常满意 … 1 非常不满意. ``source`` is the provincial ``pf`` code, for programs."""

    level: Annotated[int, Meta(ge=1, le=5)]
    options: Annotated[tuple[int, ...], Meta(max_length=30)] = ()
    comment: Text | None = None
    contact: Phone | None = None
    source: Literal["1", "2", "3", "4", "5", "6"] | None = None


class PriorityBody(_Body, frozen=True, kw_only=True):
    """Confirm a priority after seeing the card, or return the ticket to ordinary."""

    confirmed: bool


class MoveBody(_Body, frozen=True, kw_only=True):
    """Move a waiting ticket to another queue with its number and waiting time."""

    queue: Id


class VoidBody(_Body, frozen=True, kw_only=True):
    """Void a ticket."""

    reason: Line = ""


class ServicesBody(_Body, frozen=True, kw_only=True):
    """The services of a ticket, whole."""

    services: Services


class AmendBody(_Body, frozen=True, kw_only=True):
    """Complete or correct a finished ticket; what is left out stays."""

    result: Result | None = None
    items: Count | None = None
    materials: Count | None = None
    services: Services | None = None


class PaperBody(_Body, frozen=True, kw_only=True):
    """Numbers of a pre-printed roll that were given while the kiosk was dead."""

    queue: Id
    first: Annotated[int, Meta(ge=1, le=99_999)]
    last: Annotated[int, Meta(ge=1, le=99_999)]


PUBLIC_COPIES = 3
"""Slips of one ticket that are printed without staff: a lost one twice over."""

PAPER_MOST = 500
"""Tickets entered at once; a roll has fewer."""


async def issue(call: Call) -> web.Response:
    """POST tickets."""
    body: IssueBody = call.body
    if call.principal.role is Role.TECHNICIAN and not body.test:
        raise ProblemError("test_only")
    identity = None
    if body.identity is not None:
        try:
            identity = await call.site.privacy.identity(body.identity)
        except NoNumberError:
            raise ProblemError("bad_value", {"field": "identity"}) from None
        body = msgspec.structs.replace(body, identity=identity)
    appointment = None if body.appointment is None else named_by(body.appointment)
    ticket, code = next(call.site.names)
    wanted = commands.IssueTicket(
        by=call.by,
        id=ticket,
        code=code,
        queue=body.queue,
        services=body.services,
        priority=body.priority,
        headcount=body.headcount,
        assisted_by=body.assisted_by,
        appointment=appointment,
        language=body.language,
        large_print=body.large_print,
        identity=identity,
        test=body.test,
    )

    printing = "none"

    def render(state: State, events: tuple[Event, ...]) -> tuple[int, Issued]:
        nonlocal printing
        printing = print_state(state, ticket)
        issued = state.tickets[ticket]
        wait = issued.wait
        return 201, Issued(
            id=ticket,
            number=issued.number,
            queue=issued.queue,
            services=issued.services,
            issued_at=time_of(state, issued.issued_wall),
            ahead=wait.ahead if wait is not None else 0,
            wait=WaitView(low=wait.low, high=wait.high) if wait is not None else None,
            appointment=issued.appointment,
        )

    done = await decide(call, wanted, render, body)
    status, kept = unpack(done.response)
    if done.replayed:
        # The state of the slip is live and the code a secret: neither is kept with the answer.
        first = msgspec.json.decode(kept, type=Issued).id
        code, printing = await look(call, lambda state: _live(state, first))
    secrets = (code.encode(), check_code(code).encode(), printing.encode())
    return respond(b'%s,"code":"%s","check":"%s","print":{"state":"%s"}}' % (kept[:-1], *secrets), status)


def _live(state: State, ticket: str) -> tuple[str, str]:
    known = state.tickets.get(ticket)
    return known.code if known is not None else "", print_state(state, ticket)


async def show(call: Call) -> web.Response:
    """GET tickets/{ticket}."""
    name, shown = call.path("ticket"), call.path("ticket")
    seen_by, now = audience(call), call.site.desk.now()
    if checked(name) is not None:
        name = await id_by_check(call, name)
    elif call.principal.role is Role.KIOSK and not (is_code(name) or is_id(name)):
        seen_by = Audience.PUBLIC

    def see(state: State) -> TicketView | None:
        ticket = find(state, name)
        if ticket is None:
            return None
        return ticket_view(state, ticket, seen_by, now, by_code=holds_slip(shown))

    view = await look(call, see)
    if view is None:
        raise ProblemError("unknown_ticket", {"ticket": shown[:20]})
    return respond(msgspec.json.encode(view))


async def cancel(call: Call) -> web.Response:
    """POST tickets/{ticket}/cancel."""
    ticket = await ticket_id(call, call.path("ticket"))
    return await command(call, commands.CancelTicket(by=call.by, ticket=ticket), ticket_render(call, ticket))


async def reprint(call: Call) -> web.Response:
    """POST tickets/{ticket}/reprint. The public gets a few copies; after that staff see why."""
    ticket = await ticket_id(call, call.path("ticket"))
    if (
        call.principal.role is Role.PUBLIC
        and await look(call, lambda state: _copies(state, ticket)) >= PUBLIC_COPIES
    ):
        raise ProblemError("reprint_at_desk")
    return await command(call, commands.ReprintTicket(by=call.by, ticket=ticket), ticket_render(call, ticket))


def _copies(state: State, ticket: str) -> int:
    known = state.tickets.get(ticket)
    return max(known.prints, default=0) if known is not None else 0


async def put_back(call: Call) -> web.Response:
    """POST tickets/{ticket}/return."""
    ticket = await ticket_id(call, call.path("ticket"))
    return await command(call, commands.ReturnTicket(by=call.by, ticket=ticket), ticket_render(call, ticket))


async def rate(call: Call) -> web.Response:
    """POST tickets/{ticket}/rating."""
    body: RateBody = call.body
    ticket = await ticket_id(call, call.path("ticket"))
    source = _SOURCES.get(call.principal.role, "5")
    if call.principal.role is Role.INTEGRATOR and body.source is not None:
        source = body.source
    words = call.site.privacy.said(body.level, body.comment, body.contact, call.site.desk.now())
    wanted = commands.Rate(
        by=call.by,
        ticket=ticket,
        level=body.level,
        options=body.options,
        comment=words.comment,
        contact=words.contact,
        source=source,
    )
    return await command(call, wanted, nothing, private=words.private)


_SOURCES = {Role.PUBLIC: "3", Role.KIOSK: "4", Role.STATION: "4", Role.INTEGRATOR: "1"}


async def decide_priority(call: Call) -> web.Response:
    """POST tickets/{ticket}/priority."""
    ticket = await ticket_id(call, call.path("ticket"))
    wanted = commands.DecidePriority(by=call.by, ticket=ticket, confirmed=call.body.confirmed)
    return await command(call, wanted, ticket_render(call, ticket))


async def move(call: Call) -> web.Response:
    """POST tickets/{ticket}/move."""
    ticket = await ticket_id(call, call.path("ticket"))
    wanted = commands.MoveTicket(by=call.by, ticket=ticket, queue=call.body.queue)
    return await command(call, wanted, ticket_render(call, ticket))


async def void(call: Call) -> web.Response:
    """POST tickets/{ticket}/void."""
    ticket = await ticket_id(call, call.path("ticket"))
    wanted = commands.VoidTicket(by=call.by, ticket=ticket, reason=call.body.reason)
    return await command(call, wanted, ticket_render(call, ticket))


async def wake(call: Call) -> web.Response:
    """POST tickets/{ticket}/wake."""
    ticket = await ticket_id(call, call.path("ticket"))
    return await command(call, commands.WakeTicket(by=call.by, ticket=ticket), ticket_render(call, ticket))


async def change_services(call: Call) -> web.Response:
    """POST tickets/{ticket}/services."""
    ticket = await ticket_id(call, call.path("ticket"))
    wanted = commands.ChangeServices(by=call.by, ticket=ticket, services=call.body.services)
    return await command(call, wanted, ticket_render(call, ticket))


async def amend(call: Call) -> web.Response:
    """POST tickets/{ticket}/amend."""
    body: AmendBody = call.body
    ticket = await ticket_id(call, call.path("ticket"))
    wanted = commands.AmendTicket(
        by=call.by,
        ticket=ticket,
        result=body.result,
        items=body.items,
        materials=body.materials,
        services=body.services,
    )
    return await command(call, wanted, ticket_render(call, ticket))


class PaperEntered(msgspec.Struct, frozen=True, kw_only=True):
    """The tickets that now wait."""

    tickets: tuple[TicketView, ...]


async def enter_paper(call: Call) -> web.Response:
    """POST paper-range."""
    body: PaperBody = call.body
    count = body.last - body.first + 1
    if not 1 <= count <= PAPER_MOST:
        raise ProblemError("bad_range", {"first": body.first, "last": body.last, "most": PAPER_MOST})
    ids, codes = zip(*islice(call.site.names, count), strict=True)
    wanted = commands.EnterPaperRange(
        by=call.by, queue=body.queue, first=body.first, last=body.last, ids=ids, codes=codes
    )
    seen_by, now = audience(call), call.site.desk.now()

    def render(state: State, events: tuple[Event, ...]) -> tuple[int, Any]:
        entered = (state.tickets[ticket] for ticket in ids)
        return 201, PaperEntered(tickets=tuple(ticket_view(state, t, seen_by, now) for t in entered))

    return await command(call, wanted, render)
