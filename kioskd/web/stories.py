"""Routes of tickets' stories: found by day, number, window or time, told whole, and every look is noted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.figures.story import Event, Found, Stories, Story
from kioskd.hall import events as e
from kioskd.hall.codec import kind_of
from kioskd.hall.moment import rfc3339
from kioskd.hall.rules import Name
from kioskd.hall.state import State
from kioskd.web.asking import look, note
from kioskd.web.call import Call, respond
from kioskd.web.fields import Date, Id
from kioskd.web.language import Language
from kioskd.web.problem import ProblemError
from kioskd.web.rights import REVIEWING
from kioskd.web.route import API, Route, Summary
from kioskd.web.wording import named, reason_view


class _Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class FindQuery(_Query, frozen=True, kw_only=True):
    """``date`` is a business day (left out: the present one), ``number`` a number of it, ``window`` one that
    the ticket was called to, ``time`` (``HH:MM``) near which it was taken or called.
    """

    date: Date | None = None
    number: Annotated[str, Meta(max_length=12)] = ""
    window: Id | None = None
    time: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None


class StoryQuery(_Query, frozen=True, kw_only=True):
    """The business day of the ticket."""

    date: Date


class FoundView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A ticket that was found."""

    ticket: str
    date: str
    number: str
    queue: Name | None
    taken: str
    called: str | None = None
    windows: tuple[str, ...] = ()


class StoryEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened: ``type`` is the event's kind, ``said`` its values as people say them,
    ``confirmed`` the signs and speakers that confirmed a call (only calls have it).
    """

    at: str
    position: str
    type: str
    number: str = ""
    window: str = ""
    teller: str = ""
    by: str = ""
    reason: str = ""
    said: dict[str, Any] = {}
    confirmed: tuple[str, ...] | None = None


class StoryView(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket's story: its own events, who else was called while it waited, and the pauses then."""

    hall: Name
    date: str
    number: str
    told_at: str
    first: str
    last: str
    entries: tuple[StoryEntry, ...]
    calls: tuple[StoryEntry, ...]
    pauses: tuple[StoryEntry, ...]
    cut: bool


async def find(call: Call) -> web.Response:
    """GET stories."""
    query: FindQuery = call.query
    today, offset = await look(
        call,
        lambda state: (
            state.day.date if state.day is not None else "",
            state.rules.utc_offset_min if state.rules is not None else 0,
        ),
    )
    date = query.date.isoformat() if query.date is not None else today
    around = _wall(date, query.time, offset) if query.time is not None else None
    stories = Stories(call.site.journal.log())
    number = query.number.strip().upper()
    found = await asyncio.to_thread(stories.find, date, number, query.window or "", around)
    if found is None:
        raise ProblemError("no_figures", {"date": date})
    views = await look(call, lambda state: [_found(state, date, one, offset) for one in found])
    return respond(msgspec.json.encode(views))


async def show(call: Call) -> web.Response:
    """GET stories/{ticket}. Who looked is in the journal before anything is shown."""
    query: StoryQuery = call.query
    ticket = call.path("ticket")
    date = query.date.isoformat()
    await note(call, "ticket.story_viewed", ticket, date=date)
    story = await asyncio.to_thread(Stories(call.site.journal.log()).tell, date, ticket)
    if story is None:
        raise ProblemError("unknown_ticket", {"ticket": ticket[:20]})
    language, now = call.language, call.site.desk.now().wall
    view = await look(call, lambda state: _view(state, story, language, now))
    return respond(msgspec.json.encode(view))


def _wall(date: str, time: str, offset_min: int) -> int | None:
    try:
        local = datetime.fromisoformat(f"{date}T{time}:00") - timedelta(minutes=offset_min)
    except (ValueError, OverflowError):
        return None
    return int(local.replace(tzinfo=UTC).timestamp() * 1000)


def _found(state: State, date: str, found: Found, offset: int) -> FoundView:
    queue = state.book.queues.get(found.queue) if state.book is not None else None
    return FoundView(
        ticket=found.ticket,
        date=date,
        number=found.number,
        queue=queue.name if queue is not None else None,
        taken=rfc3339(found.taken, offset),
        called=rfc3339(found.called, offset) if found.called is not None else None,
        windows=tuple(dict.fromkeys(found.windows)),
    )


def _view(state: State, story: Story, language: Language, now: int) -> StoryView:
    rules = state.rules
    offset = rules.utc_offset_min if rules is not None else 0

    def told(one: Event) -> StoryEntry:
        confirmed = story.announced.get(str(one.position), [])
        is_call = isinstance(one.event, e.TicketCalled | e.TicketRecalled)
        return _entry(
            state, one, story, language, offset, tuple(dict.fromkeys(confirmed)) if is_call else None
        )

    return StoryView(
        hall=rules.name if rules is not None else Name(zh="", en=""),
        date=story.date,
        number=story.number,
        told_at=rfc3339(now, offset),
        first=str(story.events[0].position),
        last=str(story.events[-1].position),
        entries=tuple(told(one) for one in story.events),
        calls=tuple(_entry(state, one, story, language, offset, None) for one in story.calls),
        pauses=tuple(_entry(state, one, story, language, offset, None) for one in story.pauses),
        cut=story.cut,
    )


def _entry(
    state: State,
    one: Event,
    story: Story,
    language: Language,
    offset: int,
    confirmed: tuple[str, ...] | None,
) -> StoryEntry:
    event: Any = one.event
    reason = getattr(event, "reason", None)
    return StoryEntry(
        at=rfc3339(one.wall, offset, ms=True),
        position=str(one.position),
        type=kind_of(event),
        number=getattr(event, "number", "") or story.number,
        window=getattr(event, "window", "") or "",
        teller=_person(state, getattr(event, "teller", "") or ""),
        by=_person(state, event.by.id) if event.by.kind == "person" else "",
        reason=reason_view(state, reason, language).sentence if isinstance(reason, e.Reason) else "",
        said=named(state, _values(event), language),
        confirmed=tuple(_device(state, device) for device in confirmed) if confirmed is not None else None,
    )


def _values(event: Any) -> Mapping[str, Any]:
    """Return what the page says of an event; nothing personal is among it."""
    said = {name: getattr(event, name) for name in _SAID if getattr(event, name, None) not in (None, "", ())}
    wait = getattr(event, "wait", None) or getattr(event, "promised", None)
    if isinstance(wait, e.Wait):
        said |= {"ahead": wait.ahead, "low": wait.low, "high": wait.high}
    if "services" in said and isinstance(event.services, tuple) and event.services:
        said["service"] = event.services[0]
    if "to_queue" in said:
        said["queue"] = said.pop("to_queue")
    return said


_SAID = (
    "queue",
    "to_queue",
    "to_window",
    "priority",
    "assisted_by",
    "appointment",
    "services",
    "call",
    "calls",
    "waited_ms",
    "service_ms",
    "held_ms",
    "hold",
    "result",
    "items",
    "materials",
    "level",
    "item",
    "step",
    "options",
    "why",
    "state",
    "confirmed",
    "behind",
    "copy",
    "how",
    "by_hand",
    "unconfirmed",
    "minutes",
    "first",
    "last",
    "project_no",
    "short",
    "age_ms",
)


def _person(state: State, person: str) -> str:
    teller = state.book.tellers.get(person) if state.book is not None else None
    return f"{teller.name} {teller.staff_no}" if teller is not None else person


def _device(state: State, device: str) -> str:
    known = state.devices.get(device)
    return f"{known.device_class}:{device}" if known is not None else f":{device}"


ROUTES: tuple[Route, ...] = (
    Route(
        name="findStories",
        method="GET",
        path=f"{API}/stories",
        roles=REVIEWING,
        handler=find,
        summary=Summary("查找某天的号（来龙去脉）", "Find tickets of a day by number, window or time"),
        answers={200: list[FoundView]},
        query=FindQuery,
        problems=("no_figures",),
    ),
    Route(
        name="getStory",
        method="GET",
        path=f"{API}/stories/{{ticket}}",
        roles=REVIEWING,
        handler=show,
        summary=Summary("一个号的来龙去脉（查看记录在案）", "A ticket's story (looking is noted)"),
        answers={200: StoryView},
        query=StoryQuery,
        problems=("unknown_ticket",),
    ),
)
"""Rows of the route table about tickets' stories."""
