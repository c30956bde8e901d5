"""Routes about the pages taken at a window, and the documents they become."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from kioskd.documents.desk import ClosedError, page_name
from kioskd.documents.spool import SpoolError
from kioskd.documents.work import PageMade
from kioskd.documents.workers import WorkerError
from kioskd.hall.commands import ArrangePages, Command, DropPages
from kioskd.hall.events import Event
from kioskd.hall.model import Page as HallPage
from kioskd.hall.model import Ticket
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State
from kioskd.web.asking import look, note
from kioskd.web.call import Call, respond
from kioskd.web.cameras import camera_view, picture_of
from kioskd.web.page_views import (
    ArrangeBody,
    DropBody,
    MaterialView,
    PagesView,
    PageView,
    TakeBody,
    TakenView,
    TextView,
    TurnBody,
)
from kioskd.web.problem import ProblemError, refusal_sentence
from kioskd.web.spooled import documents_of, trouble
from kioskd.web.windows import at_window, check_duty

PICTURE_MOST = 24 * 1024 * 1024
"""Bytes of a picture that a browser sends."""
PICTURE_S = 60.0
"""Until it has come."""
# --- taking -------------------------------------------------------------------------------------------


async def show(call: Call) -> web.Response:
    """GET windows/{window}/pages."""
    await check_duty(call, call.path("window"))
    documents, window = documents_of(call), call.path("window")

    def see(state: State) -> PagesView:
        place = state.windows.get(window)
        if place is None or state.book is None:
            raise ProblemError("unknown_window", {"window": window[:20]})
        ticket = state.tickets[place.ticket] if place.ticket is not None else None
        if ticket is None:
            return PagesView()
        pages = tuple(PageView(id=p.id, material=p.material, warnings=p.warnings) for p in ticket.pages)
        return PagesView(
            ticket=ticket.id,
            number=ticket.number,
            pages=pages,
            materials=_materials(state, ticket),
            scans=ticket.scans + len(pages),
        )

    view = await look(call, see)
    closed = documents.closed_for
    if not closed:
        try:
            await asyncio.to_thread(documents.check_room)
        except (SpoolError, ClosedError) as error:
            closed = error.code
    view = msgspec.structs.replace(
        view,
        camera=camera_view(call),
        reader=documents.reading.there,
        closed=closed,
        sentence=refusal_sentence(closed, {}, call.language) if closed else "",
    )
    return respond(msgspec.json.encode(view))


async def take(call: Call) -> web.Response:
    """POST windows/{window}/pages: with the window's camera."""
    repeated = await _ready(call, call.body)
    if repeated is not None:
        return repeated
    picture = await picture_of(call, full=True)
    return await _keep(call, call.body, picture, "camera")


async def send(call: Call) -> web.Response:
    """POST windows/{window}/pages/picture: a browser's camera; the body is its JPEG."""
    body: TakeBody = call.query
    repeated = await _ready(call, body)
    if repeated is not None:
        return repeated
    if call.request.content_type != "image/jpeg":
        raise ProblemError("not_a_picture")
    return await _keep(call, body, await _sent(call), "browser")


async def drop(call: Call) -> web.Response:
    """POST windows/{window}/pages/drop."""
    body: DropBody = call.body
    wanted = DropPages(by=call.by, window=call.path("window"), ticket=body.ticket, pages=body.pages)
    return await _arranged(call, wanted)


async def arrange(call: Call) -> web.Response:
    """POST windows/{window}/pages/arrange."""
    body: ArrangeBody = call.body
    wanted = ArrangePages(by=call.by, window=call.path("window"), ticket=body.ticket, pages=body.pages)
    return await _arranged(call, wanted)


async def _arranged(call: Call, wanted: Command) -> web.Response:
    def render(state: State, events: tuple[Event, ...]) -> tuple[int, Any]:
        place = state.windows[call.path("window")]
        ticket = state.tickets[place.ticket] if place.ticket is not None else None
        pages = ticket.pages if ticket is not None else ()
        return 200, [PageView(id=p.id, material=p.material, warnings=p.warnings) for p in pages]

    return await at_window(call, wanted, render)


async def turn(call: Call) -> web.Response:
    """POST windows/{window}/pages/turn."""
    body: TurnBody = call.body
    await check_duty(call, call.path("window"))
    ticket, material = await _own_page(call, body.page)
    try:
        made = await documents_of(call).turned(body.page, body.quarters)
    except (SpoolError, ClosedError, WorkerError) as error:
        raise trouble(error) from error
    again = TakeBody(ticket=ticket, material=material, replaces=body.page)
    return await _put_away(call, again, made, "camera")


async def image(call: Call) -> web.Response:
    """GET windows/{window}/pages/{page}: looked at before the service ends. It is noted."""
    await check_duty(call, call.path("window"))
    page, query = call.path("page"), call.query
    ticket, _ = await _own_page(call, page)
    documents = documents_of(call)
    await note(call, "page.viewed", ticket, page=page)
    try:
        data = await (documents.thumbnail(page) if query.small else documents.page(page))
    except (SpoolError, ClosedError, WorkerError) as error:
        raise trouble(error) from error
    return respond(data, media_type="image/png" if data.startswith(b"\x89PNG") else "image/jpeg")


async def text(call: Call) -> web.Response:
    """GET windows/{window}/pages/{page}/text: the writing on a page. That it was looked at is noted."""
    await check_duty(call, call.path("window"))
    page, documents = call.path("page"), documents_of(call)
    if not documents.reading.there:
        raise ProblemError("no_reader")
    ticket, _ = await _own_page(call, page)
    await note(call, "page.viewed", ticket, page=page)
    try:
        lines = await documents.reading.read(await documents.page(page))
    except (SpoolError, ClosedError, WorkerError) as error:
        raise trouble(error) from error
    return respond(msgspec.json.encode(TextView(lines=lines)))


# --- inside -------------------------------------------------------------------------------------------


async def _ready(call: Call, body: TakeBody) -> web.Response | None:
    """Refuse before paper is looked at: no ticket, another ticket, no room, no key. A repeat is answered."""
    window, documents = call.path("window"), documents_of(call)
    await check_duty(call, window)

    name = _name(call)

    def see(state: State) -> Refusal | HallPage | None:
        place = state.windows.get(window)
        if place is None:
            return Refusal("unknown_window", {"window": window[:20]})
        ticket = state.tickets[place.ticket] if place.ticket is not None else None
        if ticket is None:
            return Refusal("window_empty", {"window": window})
        if body.ticket not in (None, ticket.id, ticket.number):
            return Refusal(
                "window_moved_on", {"window": window, "ticket": ticket.id, "number": ticket.number}
            )
        return next((page for page in ticket.pages if page.id == name), None)

    found = await look(call, see)
    if isinstance(found, Refusal):
        raise ProblemError(found.code, found.params)
    try:
        if found is None:
            await asyncio.to_thread(documents.check_room)
            return None
        made = await documents.turned(name, 0)
    except (SpoolError, ClosedError, WorkerError) as error:
        raise trouble(error) from error
    return _taken(made, name, found.material, found.warnings)


def _name(call: Call) -> str:
    assert call.key is not None
    return page_name(call.principal.id, call.key)


async def _keep(call: Call, body: TakeBody, picture: bytes, source: str) -> web.Response:
    if body.front is not None:
        await _own_page(call, body.front)
    try:
        made = await documents_of(call).make(
            picture, shape=body.shape, tone=body.tone, quarters=body.quarters, front=body.front or ""
        )
    except (SpoolError, ClosedError, WorkerError) as error:
        raise trouble(error) from error
    return await _put_away(call, body, made, source)


async def _put_away(call: Call, body: TakeBody, made: PageMade, source: str) -> web.Response:
    try:
        kept = await documents_of(call).keep(
            made,
            name=_name(call),
            by=call.by,
            window=call.path("window"),
            ticket=body.ticket,
            material=body.material,
            replaces=body.replaces or body.front or "",
            source=source,
        )
    except (SpoolError, ClosedError) as error:
        raise trouble(error) from error
    if isinstance(kept, Refusal):
        raise ProblemError(kept.code, kept.params)
    return _taken(made, kept, body.material, made.warnings)


def _taken(made: PageMade, name: str, material: str, warnings: tuple[str, ...]) -> web.Response:
    view = TakenView(
        id=name,
        material=material,
        warnings=warnings,
        width=made.width,
        height=made.height,
        small=made.small,
        codes=made.codes,
    )
    return respond(msgspec.json.encode(view), 201)


async def _own_page(call: Call, page: str) -> tuple[str, str]:
    """Return ticket and material of a page of the ticket at the window."""
    window = call.path("window")

    def see(state: State) -> tuple[str, str] | None:
        place = state.windows.get(window)
        ticket = state.tickets[place.ticket] if place is not None and place.ticket is not None else None
        pages = ticket.pages if ticket is not None else ()
        found = next((p for p in pages if p.id == page), None)
        return (ticket.id, found.material) if ticket is not None and found is not None else None

    found = await look(call, see)
    if found is None:
        raise ProblemError("unknown_page", {"page": page[:40]})
    return found


async def _sent(call: Call) -> bytes:
    parts, size = [], 0
    try:
        async with asyncio.timeout(PICTURE_S):
            async for part in call.request.content.iter_any():
                size += len(part)
                if size > PICTURE_MOST:
                    raise ProblemError("body_too_large", {"bytes": PICTURE_MOST}, close=True)
                parts.append(part)
    except TimeoutError:
        raise ProblemError("body_slow", {"seconds": PICTURE_S}, close=True) from None
    return b"".join(parts)


def _materials(state: State, ticket: Ticket) -> tuple[MaterialView, ...]:
    assert state.book is not None
    count: dict[str, int] = {}
    for page in ticket.pages:
        count[page.material] = count.get(page.material, 0) + 1
    seen: dict[str, MaterialView] = {}
    for code in ticket.services:
        service = state.book.services.get(code)
        for material in service.materials if service is not None else ():
            seen.setdefault(
                material.name.zh,
                MaterialView(
                    name=material.name,
                    copies=material.copies,
                    original=material.original,
                    pages=count.get(material.name.zh, 0),
                ),
            )
    return tuple(seen.values())
