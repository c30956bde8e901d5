"""Routes about appointments: who is expected, and the one that a code stands for."""

from __future__ import annotations

import msgspec
from aiohttp import web

from kioskd.hall import clock
from kioskd.hall.appointments import ID, find_appointment
from kioskd.hall.state import State
from kioskd.hub.appointments import (
    AppointmentView,
    appointment_digest,
    appointment_view,
    appointments_view,
    read_code,
)
from kioskd.web.asking import look, look_answer
from kioskd.web.call import Call, respond
from kioskd.web.fields import Date
from kioskd.web.problem import ProblemError


class AppointmentsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``date`` left out is today."""

    date: Date | None = None


class AppointmentsView(msgspec.Struct, frozen=True, kw_only=True):
    """Who is expected on a date, the earliest first."""

    date: str
    appointments: tuple[AppointmentView, ...]


def named_by(text: str) -> str:
    """Return what the hall knows an appointment by that somebody named by its code or id.

    Raises ``appointment_unknown`` for what no code reads like.
    """
    if text.startswith(ID):
        return text
    code = read_code(text)
    if code is None:
        raise ProblemError("appointment_unknown", {"mistyped": True})
    return appointment_digest(code)


async def show(call: Call) -> web.Response:
    """GET appointments/{appointment}."""
    name, now = named_by(call.path("appointment")), call.site.desk.now()

    def see(state: State) -> AppointmentView | None:
        found = find_appointment(state, name)
        return None if found is None or state.book is None else appointment_view(state, found, now)

    view = await look(call, see)
    if view is None:
        raise ProblemError("appointment_unknown", {"mistyped": False})
    return respond(msgspec.json.encode(view))


async def list_expected(call: Call) -> web.Response:
    """GET appointments."""
    query: AppointmentsQuery = call.query
    now = call.site.desk.now()

    def see(state: State) -> AppointmentsView:
        day = query.date.isoformat() if query.date is not None else None
        if day is None and state.day is not None:
            day = state.day.date
        if day is None and state.book is not None:
            day = clock.local(state.book, now).date().isoformat()
        return AppointmentsView(date=day or "", appointments=appointments_view(state, day or "", now))

    return await look_answer(call, see)
