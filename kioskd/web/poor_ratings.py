"""Routes of 差评: the list, one item with its story, its words and phone (noted before shown), and steps."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.access.accounts import Account
from kioskd.hall import commands
from kioskd.hall.events import Event
from kioskd.hall.poor import PoorRating
from kioskd.hall.state import State
from kioskd.hub.handwriting import parted
from kioskd.hub.register import PoorRatingView, poor_items, poor_view
from kioskd.journal.records import PrivateValue
from kioskd.web.asking import command, look, note
from kioskd.web.call import Call, respond
from kioskd.web.fields import Id, Text
from kioskd.web.problem import ProblemError
from kioskd.web.rights import LEADING, REVIEWING
from kioskd.web.route import API, Keep, Route, Summary
from kioskd.web.session import quickly


class ListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which items."""

    show: Literal["open", "closed", "all"] = "open"


class MoveBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step. ``version`` is that of the item as it was seen; ``ground`` belongs to ``appeal``, ``result`` to
    ``follow_up``, ``handler`` (an account) to ``take``.
    """

    step: Literal["take", "verify", "appeal", "uphold", "reject", "rectify", "follow_up", "reopen"]
    version: Annotated[int, Meta(ge=0)]
    note: Text | None = None
    ground: Literal["", "mistaken", "unfounded"] = ""
    result: Literal["", "satisfied", "dissatisfied", "no_answer", "anonymous"] = ""
    handler: Id | None = None


class Words(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the citizen wrote, and what was noted at each step, by version. A text whose time to be kept is
    over is left out. ``writing`` is an SVG of what was written by hand.
    """

    comment: str | None
    writing: str | None = None
    notes: dict[str, str]


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A phone number the citizen left to be called back."""

    phone: str


async def show_all(call: Call) -> web.Response:
    """GET poor-ratings."""
    query: ListQuery = call.query
    names = await persons(call)
    views = await look(
        call, lambda state: [poor_view(state, item, names) for item in poor_items(state, query.show)]
    )
    return respond(msgspec.json.encode(views))


async def show(call: Call) -> web.Response:
    """GET poor-ratings/{rating}."""
    names = await persons(call)
    view = await look(call, lambda state: poor_view(state, item_of(state, call), names, moves=True))
    return respond(msgspec.json.encode(view))


async def words(call: Call) -> web.Response:
    """GET poor-ratings/{rating}/words. Who looked is in the journal before anything is shown."""

    def references(state: State) -> tuple[str | None, dict[str, str]]:
        item = item_of(state, call)
        return item.comment, {str(move.version): move.note for move in item.moves if move.note is not None}

    comment, notes = await look(call, references)
    await note(call, "poor_rating.words_read", call.path("rating"))
    kept = {version: _private(call, reference) for version, reference in notes.items()}
    typed, writing = parted((_private(call, comment) if comment is not None else None) or "")
    answer = Words(
        comment=typed or None,
        writing=writing or None,
        notes={version: text for version, text in kept.items() if text is not None},
    )
    return respond(msgspec.json.encode(answer))


async def contact(call: Call) -> web.Response:
    """GET poor-ratings/{rating}/contact: for the handler alone, and noted before it is shown."""

    def reference(state: State) -> tuple[str | None, str, str]:
        item = item_of(state, call)
        return item.contact, item.handler, item.number

    kept, handler, number = await look(call, reference)
    if handler != call.principal.id:
        raise ProblemError("not_the_handler", {"number": number})
    if kept is None:
        raise ProblemError("no_contact", {"number": number})
    await note(call, "poor_rating.contact_read", call.path("rating"))
    phone = _private(call, kept)
    if phone is None:
        raise ProblemError("no_contact", {"number": number})
    return respond(msgspec.json.encode(Contact(phone=phone)))


async def move(call: Call) -> web.Response:
    """POST poor-ratings/{rating}/moves."""
    body: MoveBody = call.body
    if body.step in ("uphold", "reject"):
        named_account(call)
    if body.handler is not None:
        await _check_handler(call, body.handler)
    names, rating = await persons(call), call.path("rating")
    reference: str | None = None
    private: tuple[PrivateValue, ...] = ()
    if body.note and body.note.strip():
        reference, value = call.site.privacy.staff_note(body.note, call.site.desk.now())
        private = (value,)
    wanted = commands.MovePoorRating(
        by=call.by,
        rating=rating,
        step=body.step,
        version=body.version,
        teller=call.principal.teller,
        handler=body.handler or "",
        ground=body.ground,
        result=body.result,
        note=reference,
    )

    def render(state: State, events: tuple[Event, ...]) -> tuple[int, PoorRatingView]:
        return 200, poor_view(state, state.poor[rating], names, moves=True)

    return await command(call, wanted, render, private=private)


async def persons(call: Call) -> dict[str, str]:
    """Return the names of persons by account."""
    accounts: list[Account] = await quickly(call, call.site.accounts.all)
    return {account.name: account.person for account in accounts}


def named_account(call: Call) -> None:
    """Raise unless a person has signed in: what takes two persons is done by nobody's token."""
    if call.principal.session is None:
        raise ProblemError("named_account_needed")


async def _check_handler(call: Call, name: str) -> None:
    account: Account = await quickly(call, call.site.accounts.get, name)
    if account.role not in LEADING or account.disabled is not None:
        raise ProblemError("unknown_account", {"name": name})


def item_of(state: State, call: Call) -> PoorRating:
    """Return the item in the path; raises `ProblemError` where there is none."""
    item = state.poor.get(call.path("rating"))
    if item is None:
        raise ProblemError("unknown_poor_rating", {"rating": call.path("rating")[:40]})
    return item


def _private(call: Call, reference: str) -> str | None:
    value = call.site.journal.private(reference.partition(" ")[0])
    return value.data.decode() if value is not None else None


_UNKNOWN = ("unknown_poor_rating",)

ROUTES: tuple[Route, ...] = (
    Route(
        name="listPoorRatings",
        method="GET",
        path=f"{API}/poor-ratings",
        roles=REVIEWING,
        handler=show_all,
        summary=Summary("差评件", "Bad ratings to be worked off"),
        answers={200: list[PoorRatingView]},
        query=ListQuery,
    ),
    Route(
        name="getPoorRating",
        method="GET",
        path=f"{API}/poor-ratings/{{rating}}",
        roles=REVIEWING,
        handler=show,
        summary=Summary("一个差评件和它的办理经过", "A bad rating and what was done about it"),
        answers={200: PoorRatingView},
        problems=_UNKNOWN,
    ),
    Route(
        name="readPoorRatingWords",
        method="GET",
        path=f"{API}/poor-ratings/{{rating}}/words",
        roles=REVIEWING,
        handler=words,
        summary=Summary(
            "差评的文字和办理说明（查看记录在案）", "What was written about a bad rating (looking is noted)"
        ),
        answers={200: Words},
        problems=_UNKNOWN,
    ),
    Route(
        name="readPoorRatingContact",
        method="GET",
        path=f"{API}/poor-ratings/{{rating}}/contact",
        roles=LEADING,
        handler=contact,
        summary=Summary(
            "联系电话（只给经办人，查看记录在案）",
            "The phone number, for the handler only (looking is noted)",
        ),
        answers={200: Contact},
        problems=(*_UNKNOWN, "not_the_handler", "no_contact"),
    ),
    Route(
        name="movePoorRating",
        method="POST",
        path=f"{API}/poor-ratings/{{rating}}/moves",
        roles=LEADING,
        handler=move,
        summary=Summary("办理差评件：核实、整改、回访、申诉复核", "Work off a bad rating, step by step"),
        body=MoveBody,
        answers={200: PoorRatingView},
        problems=(
            *_UNKNOWN,
            "poor_rating_moved_on",
            "not_the_handler",
            "own_rating",
            "same_person",
            "contact_given",
            "named_account_needed",
            "unknown_account",
        ),
        keep=Keep.DAYS_2,
    ),
)
"""Rows of the route table about 差评."""
