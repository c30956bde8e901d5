"""Pages that are taken of papers at a window, and the documents they become."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kioskd.hall.commands import (
    ArrangePages,
    DropPages,
    KeepPage,
    PrintNotice,
    ReportArchived,
    ReportRemoved,
)
from kioskd.hall.decide.find import Decision, Here, find_here, ticket_here
from kioskd.hall.events import (
    DocumentArchived,
    DocumentRemoved,
    DocumentsFiled,
    FiledDocument,
    HallEvent,
    NoticeAsked,
    PagesArranged,
    PageScanned,
    PagesDropped,
)
from kioskd.hall.model import Page, Ticket
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State

MOST_PAGES = 300
"""Of one visit: more is a bookbinder's work."""

NOTICES = ("notice", "receipt")

MOST_NOTICES = 20
"""Of one ticket: paper is not for free."""

LONGEST_NAME = 200


def _keep(state: State, command: KeepPage, now: Moment) -> Decision:
    found = _papers(state, command, now)
    if isinstance(found, Refusal):
        return found
    here, ticket = found
    known = {page.id for page in ticket.pages}
    if command.page in known:
        return []
    if command.replaces and command.replaces not in known:
        return Refusal("unknown_page", {"page": command.replaces[:40]})
    if not command.page or not command.sha256 or command.size <= 0 or len(command.material) > LONGEST_NAME:
        return Refusal("bad_value", {"field": "page"})
    if len(known) >= MOST_PAGES and not command.replaces:
        return Refusal("too_many_pages", {"most": MOST_PAGES})
    return [
        PageScanned(
            **here.credit(ticket),
            page=command.page,
            sha256=command.sha256,
            size=command.size,
            material=command.material,
            replaces=command.replaces,
            source=command.source,
            warnings=command.warnings,
        )
    ]


def _drop(state: State, command: DropPages, now: Moment) -> Decision:
    found = _papers(state, command, now)
    if isinstance(found, Refusal):
        return found
    here, ticket = found
    mine = {page.id for page in ticket.pages}
    dropped = tuple(page for page in dict.fromkeys(command.pages) if page in mine)
    return [PagesDropped(**here.credit(ticket), pages=dropped)] if dropped else []


def _arrange(state: State, command: ArrangePages, now: Moment) -> Decision:
    found = _papers(state, command, now)
    if isinstance(found, Refusal):
        return found
    here, ticket = found
    present = {page.id for page in ticket.pages}
    wanted = [page for page, _ in command.pages]
    if set(wanted) != present or len(wanted) != len(present):
        return Refusal("pages_changed", {"number": ticket.number})
    if any(len(material) > LONGEST_NAME for _, material in command.pages):
        return Refusal("bad_value", {"field": "material"})
    if command.pages == tuple((page.id, page.material) for page in ticket.pages):
        return []
    return [PagesArranged(**here.credit(ticket), pages=command.pages)]


def _print_notice(state: State, command: PrintNotice, now: Moment) -> Decision:
    found = _papers(state, command, now)
    if isinstance(found, Refusal):
        return found
    here, ticket = found
    if command.paper not in NOTICES or command.language not in ("zh", "en"):
        return Refusal("bad_value", {"field": "paper"})
    if len(ticket.notices) >= MOST_NOTICES:
        return Refusal("too_many_notices", {"most": MOST_NOTICES})
    book = state.book
    services = [book.services[code] for code in ticket.services if code in book.services] if book else []
    if not services:
        return Refusal("no_service", {"ticket": ticket.id, "number": ticket.number})
    papers = {material.name.zh for service in services for material in service.materials}
    if not papers.issuperset(command.missing):
        return Refusal("bad_value", {"field": "missing"})
    if command.paper == "notice" and not command.missing:
        return Refusal("nothing_missing", {"ticket": ticket.id, "number": ticket.number})
    return [
        NoticeAsked(
            **here.credit(ticket),
            paper=command.paper,
            number_of=len(ticket.notices) + 1,
            language=command.language,
            missing=command.missing,
            printer=command.printer,
        )
    ]


def _papers(
    state: State, command: KeepPage | DropPages | ArrangePages | PrintNotice, now: Moment
) -> tuple[Here, Ticket] | Refusal:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = ticket_here(here, command.ticket)
    return ticket if isinstance(ticket, Refusal) else (here, ticket)


def filed(here: Here, ticket: Ticket) -> list[HallEvent]:
    """Make documents of the pages taken during this visit: one for each material, in order."""
    if not ticket.pages:
        return []
    by_material: dict[str, list[Page]] = {}
    for page in ticket.pages:
        by_material.setdefault(page.material, []).append(page)
    documents = tuple(
        FiledDocument(
            document=f"d_{ticket.id.removeprefix('t_')}_{number}",
            material=material,
            pages=tuple(page.id for page in pages),
            sha256=manifest(pages),
        )
        for number, (material, pages) in enumerate(by_material.items(), ticket.documents + 1)
    )
    return [
        DocumentsFiled(
            **here.credit(ticket),
            documents=documents,
            project_no=ticket.case.project_no if ticket.case is not None else "",
            services=ticket.services,
            test=ticket.test,
        )
    ]


def manifest(pages: Sequence[Page]) -> str:
    """Return what stands for these pages in this order."""
    return hashlib.sha256("\n".join(page.sha256 for page in pages).encode()).hexdigest()


def _archived(state: State, command: ReportArchived, now: Moment) -> Decision:
    return [
        DocumentArchived(
            by=command.by,
            document=command.document,
            sink=command.sink,
            sha256=command.sha256,
            size=command.size,
        )
    ]


def _removed(state: State, command: ReportRemoved, now: Moment) -> Decision:
    return [DocumentRemoved(by=command.by, document=command.document, why=command.why)]


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    KeepPage: _keep,
    DropPages: _drop,
    ArrangePages: _arrange,
    PrintNotice: _print_notice,
    ReportArchived: _archived,
    ReportRemoved: _removed,
}
