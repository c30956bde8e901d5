"""Routes about documents: what was filed, its PDF, and deleting one, which takes two persons."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from kioskd.documents.desk import ClosedError
from kioskd.documents.shelf import Document
from kioskd.documents.spool import SpoolError
from kioskd.documents.workers import WorkerError
from kioskd.hall.state import State
from kioskd.web.asking import look, note, ticket_id
from kioskd.web.call import Call, respond
from kioskd.web.naming import find
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
