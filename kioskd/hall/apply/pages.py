"""Pages and documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import structs

from kioskd.hall.events import DocumentsFiled, NoticeAsked, PagesArranged, PageScanned, PagesDropped
from kioskd.hall.model import Notice, Page
from kioskd.hall.state import State


def _scanned(state: State, event: PageScanned) -> None:
    ticket = state.tickets[event.ticket]
    page = Page(id=event.page, sha256=event.sha256, material=event.material, warnings=event.warnings)
    if event.replaces:
        ticket.pages = tuple(page if other.id == event.replaces else other for other in ticket.pages)
    else:
        ticket.pages = (*ticket.pages, page)
    state.windows[event.window].active_at = state.at


def _dropped(state: State, event: PagesDropped) -> None:
    ticket = state.tickets[event.ticket]
    ticket.pages = tuple(page for page in ticket.pages if page.id not in event.pages)
    state.windows[event.window].active_at = state.at


def _arranged(state: State, event: PagesArranged) -> None:
    ticket = state.tickets[event.ticket]
    known = {page.id: page for page in ticket.pages}
    ticket.pages = tuple(structs.replace(known[name], material=material) for name, material in event.pages)


def _filed(state: State, event: DocumentsFiled) -> None:
    ticket = state.tickets[event.ticket]
    ticket.scans += sum(len(document.pages) for document in event.documents)
    ticket.documents += len(event.documents)
    ticket.pages = ()


def _notice_asked(state: State, event: NoticeAsked) -> None:
    epoch, seq = state.position
    job = f"{epoch}.{seq}.1"
    ticket = state.tickets[event.ticket]
    ticket.notices.append(
        Notice(
            job=job,
            paper=event.paper,
            window=event.window,
            teller=event.teller,
            language=event.language,
            missing=event.missing,
            printer=event.printer,
            asked_at=state.at,
        )
    )
    state.index.jobs[job] = (ticket.id, -len(ticket.notices))
    state.windows[event.window].active_at = state.at


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {
    PageScanned: _scanned,
    PagesDropped: _dropped,
    PagesArranged: _arranged,
    DocumentsFiled: _filed,
    NoticeAsked: _notice_asked,
}
