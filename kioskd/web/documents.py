"""Routes about documents: what was filed, its PDF, and deleting one, which takes two persons."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.documents.desk import ClosedError
from kioskd.documents.shelf import Document
from kioskd.documents.spool import SpoolError
from kioskd.documents.workers import WorkerError
from kioskd.hall.commands import AskApproval
from kioskd.hall.decide.approvals import MOST_MINUTES, SCAN_PURGE
from kioskd.hall.events import Params
from kioskd.hall.state import State
from kioskd.web import approvals
from kioskd.web.asking import look, note, ticket_id
from kioskd.web.call import Call, respond
from kioskd.web.fields import Line
from kioskd.web.naming import find
from kioskd.web.poor_ratings import named_account
from kioskd.web.problem import ProblemError
from kioskd.web.spooled import documents_of, trouble


class DocumentView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A filed document; ``filed`` is UTC milliseconds, ``archived`` the archives that have it, ``removed``
    why it is no longer here.
    """

    id: str
    ticket: str
    number: str
    window: str
    material: str
    pages: int
    filed: int
    project_no: str = ""
    signed: bool = False
    archived: tuple[str, ...] = ()
    removed: str = ""


async def of_ticket(call: Call) -> web.Response:
    """GET tickets/{ticket}/documents."""
    name = await ticket_id(call, call.path("ticket"))

    def see(state: State) -> str:
        found = find(state, name)
        return found.id if found is not None else name

    ticket = await look(call, see)
    try:
        shelf = await documents_of(call).shelf_now()
        found = await asyncio.to_thread(shelf.of_ticket, ticket)
    except ClosedError as error:
        raise trouble(error) from error
    return respond(msgspec.json.encode([_document(document) for document in found]))


async def show_document(call: Call) -> web.Response:
    """GET documents/{document}: the PDF. That it was looked at stands in the journal first."""
    name, documents = call.path("document"), documents_of(call)
    try:
        shelf = await documents.shelf_now()
        document = await asyncio.to_thread(shelf.document, name)
        if document is None:
            raise ProblemError("unknown_document", {"document": name[:64]})
        if document.removed:
            raise ProblemError("document_archived", {"document": name[:64]})
        await note(call, "document.viewed", document.ticket, document=document.id)
        pdf = await documents.pdf(document, call.site.desk.utc_offset_min)
    except (SpoolError, ClosedError, WorkerError) as error:
        raise trouble(error) from error
    answer = respond(pdf, media_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{document.id}.pdf"'
    return answer


class PurgeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``why`` is what the other person and the journal are told."""

    why: Annotated[Line, Meta(min_length=1)]
    minutes: Annotated[int, Meta(ge=1, le=MOST_MINUTES)] = approvals.MINUTES


async def ask_purge(call: Call) -> web.Response:
    """POST documents/{document}/purge: another person decides whether its pages are deleted here."""
    named_account(call)
    name, body = call.path("document"), call.body
    try:
        shelf = await documents_of(call).shelf_now()
        document = await asyncio.to_thread(shelf.document, name)
    except ClosedError as error:
        raise trouble(error) from error
    if document is None:
        raise ProblemError("unknown_document", {"document": name[:64]})
    if document.removed:
        raise ProblemError("document_archived", {"document": name[:64]})
    offset = timedelta(minutes=call.site.desk.utc_offset_min)
    date = (datetime.fromtimestamp(document.filed / 1000, UTC) + offset).date().isoformat()
    params: Params = {
        "document": name,
        "number": document.number,
        "window": document.window,
        "material": document.material,
        "date": date,
    }
    wanted = AskApproval(
        by=call.by,
        approval=f"a_{secrets.token_hex(8)}",
        about=SCAN_PURGE,
        subject=name,
        params=params,
        minutes=body.minutes,
        why=body.why,
    )
    return await approvals.ask(call, wanted)


def _document(document: Document) -> DocumentView:
    return DocumentView(
        id=document.id,
        ticket=document.ticket,
        number=document.number,
        window=document.window,
        material=document.material,
        pages=len(document.pages),
        filed=document.filed,
        project_no=document.project_no,
        signed=bool(document.signature),
        archived=document.archived,
        removed=document.removed,
    )
