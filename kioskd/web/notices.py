"""Routes about papers for citizens: 一次性告知单 and 受理回执."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from drivers.registry import DeviceClass
from kioskd.documents.office import printer_of
from kioskd.hall.commands import PrintNotice
from kioskd.hall.events import Event
from kioskd.hall.model import Notice
from kioskd.hall.state import State
from kioskd.web.asking import look
from kioskd.web.call import Call, respond
from kioskd.web.fields import Id, Line
from kioskd.web.problem import ProblemError
from kioskd.web.windows import at_window, check_duty
from kioskd.web.wording import device_sentence

Where = Literal["", "office", "ticket"]


class NoticeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Print ``notice`` (一次性告知单, with what is ``missing``: papers of the ticket's services by their
    Chinese names) or ``receipt`` (受理回执).
    """

    ticket: Id | None = None
    paper: Literal["notice", "receipt"]
    language: Literal["zh", "en"] = "zh"
    missing: Annotated[tuple[Line, ...], Meta(max_length=100)] = ()


class NoticeView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A notice. ``state`` is ``asked`` (being printed), ``done``, ``failed`` or ``unknown``: then somebody
    looks into the tray before it is printed again. ``printer`` is ``office`` or ``ticket``.
    """

    job: str
    paper: str
    state: str
    printer: Where
    missing: tuple[str, ...] = ()
    code: str = ""
    sentence: str = ""


class NoticesView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Notices of the ticket at a window; ``printer`` is where the next one comes out, empty where none can be
    printed.
    """

    printer: Where = ""
    notices: tuple[NoticeView, ...] = ()


async def show(call: Call) -> web.Response:
    """GET windows/{window}/notices."""
    await check_duty(call, call.path("window"))
    window, printer = call.path("window"), _where(call)

    def see(state: State) -> NoticesView:
        place = state.windows.get(window)
        if place is None:
            raise ProblemError("unknown_window", {"window": window[:20]})
        notices = state.tickets[place.ticket].notices if place.ticket is not None else []
        return NoticesView(printer=printer, notices=tuple(_view(call, one) for one in notices))

    return respond(msgspec.json.encode(await look(call, see)))


async def ask(call: Call) -> web.Response:
    """POST windows/{window}/notices: it is asked for once this is answered, and printed meanwhile."""
    body: NoticeBody = call.body
    where = _where(call)
    if not where:
        raise ProblemError("no_printer")
    window = call.path("window")
    wanted = PrintNotice(
        by=call.by,
        window=window,
        ticket=body.ticket,
        paper=body.paper,
        language=body.language,
        missing=body.missing,
        printer=printer_of(window, call.site.office_printers) if where == "office" else "",
    )

    def render(state: State, events: tuple[Event, ...]) -> tuple[int, Any]:
        place = state.windows[window]
        assert place.ticket is not None
        return 202, _view(call, state.tickets[place.ticket].notices[-1])

    return await at_window(call, wanted, render)


def _where(call: Call) -> Where:
    site = call.site
    if site.notices is None or not site.notices.complete:
        return ""
    if printer_of(call.path("window"), site.office_printers):
        return "office"
    devices = site.stations.devices()
    return "ticket" if any(d.device_class == DeviceClass.PRINTER.value for d in devices) else ""


def _view(call: Call, notice: Notice) -> NoticeView:
    return NoticeView(
        job=notice.job,
        paper=notice.paper,
        state=notice.state.value,
        printer="office" if notice.printer else "ticket",
        missing=notice.missing,
        code=notice.code,
        sentence=device_sentence(notice.code, call.language) if notice.code else "",
    )
