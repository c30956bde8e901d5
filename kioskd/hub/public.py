"""The hall's state as clients see it: pure functions of the state, each for one audience.

Numbers of tickets are public; ids, people and reasons are not, and a ticket's ``code`` opens that
ticket to whoever holds its slip. Times are RFC 3339 in the hall's zone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

import msgspec

from drivers.registry import DeviceClass
from kioskd.hall import queries
from kioskd.hall.calendar import spans
from kioskd.hall.clock import business_date
from kioskd.hall.commands import By, IssueTicket
from kioskd.hall.decide import decide
from kioskd.hall.events import Wait
from kioskd.hall.model import SlotState, Ticket, TicketState
from kioskd.hall.moment import Moment, rfc3339
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import Queue, Rules, Service, ServiceClass, Window
from kioskd.hall.state import State
from kioskd.hub import pinyin
from kioskd.hub.public_events import Audience, alert_audience
from kioskd.hub.stations import DeviceView
from kioskd.hub.views import (
    AlertView,
    CallView,
    HallView,
    PaperView,
    PauseView,
    PrinterView,
    PrintView,
    PriorityView,
    QueueView,
    ServiceView,
    SessionView,
    SlotView,
    TicketView,
    WaitView,
    WindowView,
    ZoneView,
)
from kioskd.station.messages import PaperCount

LAST_CALLS = 30
"""Calls that a board may show: as many as a hall has windows, and more than fit on one screen."""


# --- tickets ------------------------------------------------------------------------------------


def ticket_view(
    state: State, ticket: Ticket, audience: Audience, now: Moment, *, by_code: bool = False
) -> TicketView:
    """Return a ticket for an audience; ``by_code`` says that the caller holds its slip."""
    waits = ticket.state is TicketState.WAITING
    place = queries.place(state, ticket.id) if waits else None
    fields: dict[str, object] = {
        "number": ticket.number,
        "state": ticket.state,
        "ahead": place.ahead if place is not None else None,
        "window": ticket.window if ticket.state in _AT_WINDOW else None,
        "wait": _wait(place),
        "test": ticket.test,
    }
    if by_code or audience >= Audience.DEVICES:
        fields |= _own_fields(state, ticket, audience)
    if audience >= Audience.DEVICES:
        fields |= {"id": ticket.id, "large_print": ticket.large_print, "paper": ticket.paper}
    if audience >= Audience.STAFF:
        fields |= _staff_fields(ticket, now)
    return TicketView(**fields)  # type: ignore[arg-type]


_AT_WINDOW = frozenset({TicketState.CALLED, TicketState.SERVING})


def _own_fields(state: State, ticket: Ticket, audience: Audience) -> dict[str, object]:
    return {
        "queue": ticket.queue,
        "services": ticket.services,
        "issued_at": time_of(state, ticket.issued_wall),
        "language": ticket.language,
        "priority": ticket.priority,
        "priority_state": ticket.priority_state,
        "can_return": ticket.state is TicketState.NO_SHOW and not ticket.returned,
        "ratings": _slots(ticket, audience),
        "print": PrintView(state=queries.print_state(state, ticket.id)),
    }


def _slots(ticket: Ticket, audience: Audience) -> tuple[SlotView, ...]:
    leads = audience >= Audience.LEADS
    return tuple(
        SlotView(
            item=slot.item,
            of=slot.of,
            service=slot.service,
            state=slot.state.value if leads or slot.state is SlotState.OPEN else "closed",
            level=slot.level or None if leads else None,
        )
        for slot in ticket.slots
    )


def _staff_fields(ticket: Ticket, now: Moment) -> dict[str, object]:
    service_ms = ticket.served_ms
    if ticket.state is TicketState.SERVING and ticket.started_at is not None:
        service_ms += now.at - ticket.started_at
    finished = ticket.state is TicketState.FINISHED
    return {
        "headcount": ticket.headcount,
        "assisted_by": ticket.assisted_by,
        "appointment": ticket.appointment,
        "hold": ticket.hold.value if ticket.hold is not None else None,
        "bound_window": ticket.bound_window,
        "bound_teller": ticket.bound_teller,
        "todo": ticket.todo,
        "teller": ticket.teller or None,
        "calls": len(ticket.calls),
        "reason": ticket.reason.code if ticket.reason is not None else None,
        "params": ticket.reason.params if ticket.reason is not None else {},
        "service_s": service_ms // 1000 if service_ms else None,
        "result": ticket.result.value if ticket.result is not None else None,
        "items": ticket.items if finished else None,
        "materials": ticket.materials if finished else None,
        "case": ticket.case.project_no if ticket.case is not None else None,
        "end_reason": ticket.end_reason or None,
    }


# --- windows ------------------------------------------------------------------------------------


def window_view(state: State, window: Window, audience: Audience, now: Moment) -> WindowView:
    """Return a window for an audience."""
    here = state.windows.get(window.id)
    ticket = state.tickets.get(here.ticket) if here is not None and here.ticket is not None else None
    pause = None
    if here is not None and here.pause is not None:
        pause = PauseView(
            since=time_of(state, here.pause.wall),
            reason=here.pause.reason,
            minutes=here.pause.minutes,
            contact=here.pause.contact,
        )
    if ticket is not None:
        condition = ticket.state.value
    elif pause is not None:
        condition = "paused"
    elif not queries.window_open(state, window.id):
        condition = "unstaffed" if queries.in_hours(state, window.id) else "closed"
    else:
        condition = "open"
    view = WindowView(
        id=window.id,
        zone=window.zone,
        name=window.name,
        state=condition,
        number=ticket.number if ticket is not None else None,
        pause=pause,
    )
    if audience >= Audience.DEVICES and here is not None:
        slot = state.tickets.get(here.slot) if here.slot is not None else None
        asked = slot is not None and any(s.asked and s.state is SlotState.OPEN for s in slot.slots)
        view = msgspec.structs.replace(view, rating=here.slot if asked else None)
    if audience >= Audience.STAFF and here is not None:
        view = msgspec.structs.replace(
            view,
            ticket=ticket_view(state, ticket, audience, now) if ticket is not None else None,
            teller=here.teller,
            rostered=queries.teller_at(state, window.id) if here.teller is None else None,
            skills=state.book.skills(window.id, here.teller, here.reach) if state.book else (),
            waiting=queries.waiting_for(state, window.id),
        )
    return view


def windows_view(state: State, audience: Audience, now: Moment) -> tuple[WindowView, ...]:
    """Return every window that is in use."""
    if state.book is None:
        return ()
    return tuple(
        window_view(state, window, audience, now) for window in state.book.windows.values() if window.enabled
    )


# --- queues, services, the hall -----------------------------------------------------------------


def queue_view(state: State, queue: Queue, now: Moment) -> QueueView:
    """Return a queue as a newcomer meets it."""
    newcomer = decide(state, IssueTicket(by=_ANYBODY, id="t_", code="", queue=queue.id, headcount=1), now)
    refusal = newcomer.code if isinstance(newcomer, Refusal) else None
    wait = queries.newcomer(state, queue.id, now) if refusal is None else None
    pool = state.index.pools.get(queue.id)
    return QueueView(
        id=queue.id,
        prefix=queue.prefix,
        name=queue.name,
        zone=queue.zone,
        open=refusal is None,
        refusal=refusal,
        waiting=state.index.waiting.get(queue.id, 0),
        windows=len(pool[0]) if pool is not None else 0,
        wait=_wait(wait),
        on_kiosk=queue.on_kiosk,
        headcount=queue.headcount,
        special=queue.service_class is ServiceClass.SPECIAL,
        advisory=queue.advisory,
    )


def queues_view(state: State, now: Moment) -> tuple[QueueView, ...]:
    """Return every queue in the order the kiosk shows them."""
    book = state.book
    if book is None:
        return ()
    return tuple(
        queue_view(state, queue, now) for queue in sorted(book.queues.values(), key=lambda queue: queue.order)
    )


def service_view(state: State, service: Service) -> ServiceView:
    """Return a service with where it is served now."""
    view = _service(service)
    return msgspec.structs.replace(view, windows=queries.windows_serving(state, service.queue))


def _service(service: Service) -> ServiceView:
    fields = {name: getattr(service, name) for name in service.__struct_fields__}
    return ServiceView(**fields | {"initials": service.initials or pinyin.initials(service.name.zh)})


def services_found(
    state: State, words: str, queue: str | None, limit: int, *, brief: bool = False
) -> tuple[ServiceView, ...]:
    """Return services whose code, name, initials or pinyin match every word, best matches first.

    ``brief`` leaves guide and materials out.
    """
    if state.book is None:
        return ()
    wanted = words.lower().split()
    services = [one for one in state.book.services.values() if queue is None or one.queue == queue]
    found = _matches(wanted, services, _found_at)
    if not found and wanted:
        # People leave signs out: 社保卡 for 社会保障卡.
        found = _matches(wanted, services, _abbreviated_at)
    views = (_service(service) for service in found[:limit])
    return tuple(msgspec.structs.replace(view, materials=(), guide={}) if brief else view for view in views)


def _matches(
    wanted: list[str], services: list[Service], at: Callable[[str, Service], int | None]
) -> list[Service]:
    """Return the services that every word is found in, those that begin with the first word first."""
    found: list[tuple[bool, Service]] = []
    for service in services:
        places = [at(word, service) for word in wanted]
        if all(place is not None for place in places):
            found.append((bool(places) and places[0] != 0, service))
    return [service for _, service in sorted(found, key=lambda entry: entry[0])]


def _abbreviated_at(word: str, service: Service) -> int | None:
    return 0 if len(word) > 1 and pinyin.abbreviates(word, service.name.zh) else None


def _found_at(word: str, service: Service) -> int | None:
    """Return where a word stands in a service's code or names, None where it doesn't."""
    names = (service.code.lower(), service.initials.lower(), service.name.zh.lower(), service.name.en.lower())
    places = [name.find(word) for name in names]
    if word.isascii() and word.isalpha():
        typed = pinyin.typed(word, service.name.zh)
        places.append(-1 if typed is None else typed)
    return min((place for place in places if place >= 0), default=None)


def hall_view(state: State, position: str, now: Moment) -> HallView:
    """Return the public state as of a journal position."""
    book = state.book
    return HallView(
        position=position,
        ready=book is not None and state.day is not None,
        at=time_of(state, now.wall),
        hall=book.rules.hall if book is not None else "",
        name=book.rules.name if book is not None else None,
        date=state.day.date if state.day is not None else None,
        question=state.question is not None,
        open=book is not None and queries.hall_open(state),
        notice=state.notice,
        quiet=state.quiet_until is not None and state.quiet_until > now.at,
        waiting=state.index.waiting_total,
        queues=queues_view(state, now),
        windows=windows_view(state, Audience.PUBLIC, now),
        calls=tuple(_call(state, ticket) for ticket in queries.recent_calls(state, LAST_CALLS)),
        sessions=sessions_view(state, now),
        zones=tuple(ZoneView(id=zone.id, name=zone.name) for zone in book.rules.zones) if book else (),
        priorities=_priorities(book.rules) if book is not None else (),
    )


def printers_view(
    state: State, devices: Iterable[DeviceView], name: Callable[[str], str]
) -> tuple[PrinterView, ...]:
    """Return every printer and its paper; ``name`` words a device."""
    return tuple(
        printer_view(state, device, name(device.id))
        for device in devices
        if device.device_class == DeviceClass.PRINTER
    )


def printer_view(state: State, device: DeviceView, name: str) -> PrinterView:
    """Return a printer and its paper."""
    roll = state.rolls.get(device.id)
    paper = device.status.paper
    return PrinterView(
        id=device.id,
        name=name,
        zone=device.zone,
        paper=paper.value if paper is not None else "unknown",
        left=paper_view(device.paper) if device.paper is not None else None,
        asked=roll is not None and roll.asked,
        clear=roll.clear if roll is not None else None,
    )


def paper_view(count: PaperCount) -> PaperView:
    """Return what is left on a roll."""
    return PaperView(
        slips=count.slips,
        metres=round(count.left_mm / 1000, 1),
        roll_m=round(count.roll_mm / 1000, 1),
        percent=round(100 * count.left_mm / count.roll_mm) if count.roll_mm else 0,
        assumed=count.assumed,
    )


def sessions_view(state: State, now: Moment) -> tuple[SessionView, ...]:
    """Return the sessions of the business day."""
    if state.book is None:
        return ()
    day = date.fromisoformat(state.day.date) if state.day is not None else business_date(state.book, now)
    return tuple(
        SessionView(
            name=span.session.name,
            tickets_from=span.session.tickets_from,
            tickets_until=span.session.tickets_until,
            serve_from=span.session.serve_from,
            serve_until=span.session.serve_until,
        )
        for span in spans(state.book.rules.calendar, day)
    )


def _priorities(rules: Rules) -> tuple[PriorityView, ...]:
    return tuple(
        PriorityView(id=one.id, name=one.name, verify=one.verify) for one in rules.policy.order.priorities
    )


def alerts_view(state: State, audience: Audience) -> tuple[AlertView, ...]:
    """Return the alerts an audience may know, newest first."""
    return tuple(
        AlertView(
            id=alert.id,
            about=alert.about,
            subject=alert.subject,
            tier=alert.tier,
            since=time_of(state, alert.raised_wall),
            acknowledged=alert.acknowledged,
            params=alert.params,
        )
        for alert in sorted(state.alerts.values(), key=lambda alert: -alert.raised_at)
        if audience >= alert_audience(alert.about)
    )


def time_of(state: State, wall: int) -> str:
    """Return a wall label as RFC 3339 in the hall's zone (UTC before there are rules)."""
    return rfc3339(wall, state.book.rules.utc_offset_min if state.book is not None else 0)


def _call(state: State, ticket: Ticket) -> CallView:
    return CallView(
        number=ticket.number,
        window=ticket.window or "",
        state=ticket.state,
        call=len(ticket.calls),
        at=time_of(state, ticket.called_wall or ticket.issued_wall),
        caption=queries.caption(state, ticket.number, ticket.window or ""),
    )


def _wait(wait: Wait | None) -> WaitView | None:
    return WaitView(low=wait.low, high=wait.high) if wait is not None else None


_ANYBODY = By(kind="system", id="newcomer")
"""Who asks whether a queue gives tickets, without taking one."""
