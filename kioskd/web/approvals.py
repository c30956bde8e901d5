"""Routes of what takes two persons: asking to take a rating out of the count, deciding, taking back."""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.figures.story import Stories
from kioskd.hall import commands
from kioskd.hall import events as e
from kioskd.hall.decide.approvals import MOST_MINUTES, RATING_VOID, WORDS_ERASE
from kioskd.hall.events import Event, Params
from kioskd.hall.model import SlotState
from kioskd.hall.poor import PoorRating, name_of
from kioskd.hall.state import State
from kioskd.hub.register import ApprovalView, approval_view
from kioskd.web import openapi
from kioskd.web.asking import command, look, nothing
from kioskd.web.call import Call, respond
from kioskd.web.fields import Date, Line
from kioskd.web.poor_ratings import item_of, named_account, persons
from kioskd.web.problem import ProblemError
from kioskd.web.rights import LEADING, REVIEWING
from kioskd.web.route import API, Keep, Route, Summary

MINUTES = 24 * 60
"""How long another person has to decide, unless said otherwise."""


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class VoidBody(_Body, frozen=True, kw_only=True):
    """``date`` is the business day of the ticket (left out: the present one), ``why`` what the other person
    and the journal are told.
    """

    why: Annotated[Line, Meta(min_length=1)]
    date: Date | None = None
    minutes: Annotated[int, Meta(ge=1, le=MOST_MINUTES)] = MINUTES


class EraseBody(_Body, frozen=True, kw_only=True):
    """``why`` is what the other person and the journal are told; it names nobody."""

    why: Annotated[Line, Meta(min_length=1)]
    minutes: Annotated[int, Meta(ge=1, le=MOST_MINUTES)] = MINUTES


class DecideBody(_Body, frozen=True, kw_only=True):
    """Whether the other person agrees; if so, it is done at once."""

    granted: bool


async def show_all(call: Call) -> web.Response:
    """GET approvals."""
    names = await persons(call)
    views = await look(
        call, lambda state: [approval_view(state, one, names) for one in state.approvals.values()]
    )
    return respond(msgspec.json.encode(views))


async def ask_void(call: Call) -> web.Response:
    """POST tickets/{ticket}/ratings/{item}/void."""
    named_account(call)
    body: VoidBody = call.body
    ticket, item = call.path("ticket"), _number(call.path("item"))
    today = await look(call, lambda state: state.day.date if state.day is not None else "")
    date = body.date.isoformat() if body.date is not None else today
    if date == today:
        params = await look(call, lambda state: _of_today(state, ticket, item))
    else:
        params = await asyncio.to_thread(_of_day, Stories(call.site.journal.log()), date, ticket, item)
    if params is None:
        raise ProblemError("not_rated", {"number": ticket[:40]})
    return await ask(
        call,
        commands.AskApproval(
            by=call.by,
            approval=f"a_{secrets.token_hex(8)}",
            about=RATING_VOID,
            subject=name_of(ticket, item),
            params=params,
            minutes=body.minutes,
            why=body.why,
        ),
    )


async def ask_erasure(call: Call) -> web.Response:
    """POST poor-ratings/{rating}/erase."""
    named_account(call)
    body: EraseBody = call.body
    params = await look(call, lambda state: _of_item(item_of(state, call)))
    return await ask(
        call,
        commands.AskApproval(
            by=call.by,
            approval=f"a_{secrets.token_hex(8)}",
            about=WORDS_ERASE,
            subject=call.path("rating"),
            params=params,
            minutes=body.minutes,
            why=body.why,
        ),
    )


async def ask(call: Call, wanted: commands.AskApproval) -> web.Response:
    """Ask for another person's word and answer 201 with what waits for it now."""
    names = await persons(call)

    def render(state: State, events: tuple[Event, ...]) -> tuple[int, ApprovalView]:
        return 201, approval_view(state, state.approvals[wanted.approval], names)

    return await command(call, wanted, render)


async def decide(call: Call) -> web.Response:
    """POST approvals/{approval}/decide."""
    named_account(call)
    wanted = commands.DecideApproval(
        by=call.by,
        approval=call.path("approval"),
        granted=call.body.granted,
        teller=call.principal.teller,
    )
    return await command(call, wanted, nothing)


async def withdraw(call: Call) -> web.Response:
    """POST approvals/{approval}/withdraw."""
    return await command(call, commands.WithdrawApproval(by=call.by, approval=call.path("approval")), nothing)


def _of_item(item: PoorRating) -> Params:
    return {"number": item.number, "window": item.window, "date": item.date, "teller": item.teller}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3):
        raise ProblemError("not_found")
    return int(text)


def _of_today(state: State, name: str, item: int) -> Params | None:
    """Return what the state knows of a rating, None when there is none that counts."""
    ticket = state.tickets.get(name)
    slot = next((slot for slot in ticket.slots if slot.item == item), None) if ticket is not None else None
    if ticket is None or slot is None or slot.state is not SlotState.GIVEN:
        return None
    return {
        "ticket": ticket.id,
        "number": ticket.number,
        "item": item,
        "date": state.day.date if state.day is not None else "",
        "level": slot.level,
        "window": slot.window,
        "teller": slot.teller,
        "service": slot.service,
    }


def _of_day(stories: Stories, date: str, name: str, item: int) -> Params | None:
    """Return what the journal knows of a rating of an earlier day; reads, so call it in a thread."""
    story = stories.tell(date, name)
    found: e.RatingGiven | e.RatingChanged | e.RatingLate | None = None
    for one in story.events if story is not None else []:
        event = one.event
        if isinstance(event, e.RatingGiven | e.RatingChanged | e.RatingLate) and event.item == item:
            found = event
        if isinstance(event, e.RatingVoided) and event.item == item:
            found = None
    if found is None:
        return None
    return {
        "ticket": name,
        "number": found.number,
        "item": item,
        "date": date,
        "level": found.level,
        "window": found.window,
        "teller": found.teller,
        "service": found.service,
    }


ROUTES: tuple[Route, ...] = (
    Route(
        name="listApprovals",
        method="GET",
        path=f"{API}/approvals",
        roles=REVIEWING,
        handler=show_all,
        summary=Summary("等待另一人决定的事", "What waits for a second person"),
        answers={200: list[ApprovalView]},
    ),
    Route(
        name="askRatingVoid",
        method="POST",
        path=f"{API}/tickets/{{ticket}}/ratings/{{item}}/void",
        roles=LEADING,
        handler=ask_void,
        summary=Summary(
            "申请作废一个评价（由另一人决定）", "Ask another person to take a rating out of the count"
        ),
        body=VoidBody,
        answers={201: ApprovalView},
        problems=("not_rated", "approval_open", "named_account_needed", "not_found"),
        keep=Keep.DAYS_2,
    ),
    Route(
        name="askPoorRatingErasure",
        method="POST",
        path=f"{API}/poor-ratings/{{rating}}/erase",
        roles=LEADING,
        handler=ask_erasure,
        summary=Summary(
            "应本人要求申请删除差评的留言、电话和办理说明（由另一人决定）",
            "Ask another person to delete what was written about a bad rating, and the phone number",
        ),
        body=EraseBody,
        answers={201: ApprovalView},
        problems=("unknown_poor_rating", "nothing_to_erase", "approval_open", "named_account_needed"),
        keep=Keep.DAYS_2,
    ),
    Route(
        name="decideApproval",
        method="POST",
        path=f"{API}/approvals/{{approval}}/decide",
        roles=LEADING,
        handler=decide,
        summary=Summary("同意或不同意（须是另一人）", "Agree or not, as another person than who asked"),
        body=DecideBody,
        answers={204: None},
        problems=("unknown_approval", "same_person", "own_rating", "named_account_needed"),
        keep=Keep.DAYS_2,
    ),
    Route(
        name="withdrawApproval",
        method="POST",
        path=f"{API}/approvals/{{approval}}/withdraw",
        roles=LEADING,
        handler=withdraw,
        summary=Summary("撤回自己的申请", "Take back what one asked for"),
        body=openapi.Empty,
        answers={204: None},
        problems=("unknown_approval", "not_the_asker"),
        keep=Keep.DAYS_2,
    ),
)
"""Rows of the route table about what takes two persons."""
