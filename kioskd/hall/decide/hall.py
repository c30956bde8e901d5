"""Settings, queues, notices, stations and doubtful jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from kioskd.hall.commands import (
    AcknowledgeAlert,
    ApplySettings,
    AttachStation,
    CallLead,
    NoteAudit,
    ReportAnnounced,
    ReportUpkeep,
    SetNotice,
    SetOrder,
    SetQueueOpen,
    SetQuiet,
    SettleJob,
)
from kioskd.hall.decide.duty import release_line, sign_out
from kioskd.hall.decide.find import Decision, find_ticket, unknown_ticket
from kioskd.hall.events import (
    AlertAcknowledged,
    AlertCleared,
    AlertRaised,
    AuditNoted,
    HallEvent,
    JobSettled,
    NoticeSet,
    OrderSet,
    Params,
    QueueClosed,
    QueueOpened,
    QuietSet,
    SettingsApplied,
    StationAttached,
    TicketAnnounced,
)
from kioskd.hall.model import OPEN_STATES, PrintState, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.numbers import raised
from kioskd.hall.problems import problems
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State
from kioskd.hall.watch import EVENTFUL, REPORTED

_QUIET_MIN = (0, 15, 30, 60)
"""Rule 19: quiet for a while that ends by itself; 0 ends it early."""


def _set_order(state: State, command: SetOrder, now: Moment) -> Decision:
    rules = state.rules
    if rules is None or state.day is None:
        return Refusal("no_settings")
    if command.back:
        return [OrderSet(by=command.by)] if state.order is not None else []
    known = rules.policy.order
    if not command.credits.keys() <= {one.id for one in known.priorities}:
        return Refusal("unknown_priority", {"priority": sorted(command.credits)[0][:40]})
    order = replace(
        known,
        mode=command.mode,
        k=command.k,
        n=command.n,
        cap_min=command.cap_min,
        priorities=tuple(
            replace(one, credit_min=command.credits.get(one.id, one.credit_min)) for one in known.priorities
        ),
    )
    wrong = problems(replace(rules, policy=replace(rules.policy, order=order)))
    if wrong:
        return Refusal("bad_value", {"field": wrong[0].path.rpartition(".")[2]})
    if order == known:
        return [OrderSet(by=command.by)] if state.order is not None else []
    return [OrderSet(by=command.by, order=order)] if order != state.order else []


def _apply_settings(state: State, command: ApplySettings, now: Moment) -> Decision:
    rules = command.rules
    if rules == state.rules:
        return []
    wrong = problems(rules)
    if wrong:
        first = wrong[0]
        return Refusal("bad_rules", {"path": first.path, "code": first.code, "value": first.value})
    queues = {queue.id for queue in rules.queues}
    lost = sorted(
        {
            queue
            for ticket in state.tickets.values()
            if ticket.state in OPEN_STATES
            for queue in (ticket.queue, *ticket.todo)
            if queue not in queues
        }
    )
    if lost:
        return Refusal("queue_in_use", {"queues": lost})
    enabled = {window.id for window in rules.windows if window.enabled}
    busy = [window.id for window in state.windows.values() if window.ticket and window.id not in enabled]
    if busy:
        return Refusal("window_in_use", {"windows": busy})
    tellers = {teller.id for teller in rules.tellers}
    events: list[HallEvent] = []
    for window in state.windows.values():
        if window.teller is not None and (window.id not in enabled or window.teller not in tellers):
            events += sign_out(state, command.by, window, now, "settings")
        elif window.id not in enabled:
            events += release_line(state, command.by, "w:" + window.id)
    if state.order is not None and state.rules is not None and state.rules.policy.order != rules.policy.order:
        events.append(OrderSet(by=command.by))
    events.append(SettingsApplied(by=command.by, rules=rules))
    return events


def _set_queue_open(state: State, command: SetQueueOpen, now: Moment) -> Decision:
    queue = state.queues.get(command.queue)
    if queue is None:
        return Refusal("unknown_queue", {"queue": command.queue})
    if queue.closed is not command.open:
        return []
    if command.open:
        return [QueueOpened(by=command.by, queue=queue.id)]
    return [QueueClosed(by=command.by, queue=queue.id)]


def _set_notice(state: State, command: SetNotice, now: Moment) -> Decision:
    present = (state.notice.zh, state.notice.en) if state.notice is not None else ("", "")
    if present == (command.zh, command.en):
        return []
    return [NoticeSet(by=command.by, zh=command.zh, en=command.en)]


def _set_quiet(state: State, command: SetQuiet, now: Moment) -> Decision:
    if command.minutes not in _QUIET_MIN:
        return Refusal("bad_value", {"field": "minutes"})
    if command.minutes == 0 and state.quiet_until is None:
        return []
    return [QuietSet(by=command.by, minutes=command.minutes)]


def _acknowledge(state: State, command: AcknowledgeAlert, now: Moment) -> Decision:
    alert = state.alerts.get(command.alert)
    if alert is None:
        return Refusal("unknown_alert", {"alert": command.alert})
    if alert.acknowledged:
        return []
    events: list[HallEvent] = [AlertAcknowledged(by=command.by, alert=alert.id)]
    if alert.about in EVENTFUL:
        events.append(AlertCleared(by=command.by, alert=alert.id))
    return events


def _call_lead(state: State, command: CallLead, now: Moment) -> Decision:
    alert = f"help:{command.by.id}"
    params: Params = {"person": command.person or command.by.id, "note": command.note}
    present = state.alerts.get(alert)
    if present is not None and (present.subject, present.params) == (command.place, params):
        return []
    return [AlertRaised(by=command.by, alert=alert, about="help", subject=command.place, params=params)]


def _report_upkeep(state: State, command: ReportUpkeep, now: Moment) -> Decision:
    if command.about not in REPORTED:
        return Refusal("bad_value", {"field": "about"})
    alert = f"{command.about}:{command.subject}"
    present = state.alerts.get(alert)
    if command.well:
        return [] if present is None else [AlertCleared(by=command.by, alert=alert)]
    if present is not None and present.params == command.params:
        return []
    return [
        AlertRaised(
            by=command.by,
            alert=alert,
            about=command.about,
            subject=command.subject,
            params=command.params,
        )
    ]


def _note_audit(state: State, command: NoteAudit, now: Moment) -> Decision:
    return [
        AuditNoted(
            by=command.by,
            action=command.action,
            subject=command.subject,
            params=command.params,
            wall=command.wall,
        )
    ]


def _attach_station(state: State, command: AttachStation, now: Moment) -> Decision:
    numbers: dict[str, int] = {}
    if state.book is not None and state.day is not None and command.numbers_day == state.day.date:
        numbers = raised(state, command.numbers, state.book.rules.policy.ticketing.reservation)
    if state.stations.get(command.station) == command.incarnation and not numbers:
        return []
    return [
        StationAttached(
            by=command.by,
            station=command.station,
            incarnation=command.incarnation,
            numbers=numbers,
            numbers_day=command.numbers_day if numbers else "",
        )
    ]


def _report_announced(state: State, command: ReportAnnounced, now: Moment) -> Decision:
    ticket = find_ticket(state, command.ticket)
    if ticket is None:
        return unknown_ticket(command.ticket)
    if ticket.state not in (TicketState.CALLED, TicketState.SERVING):
        return []
    if not 1 <= command.call <= len(ticket.calls):
        return []
    if command.device in ticket.calls[command.call - 1].announced:
        return []
    return [
        TicketAnnounced(
            by=command.by,
            ticket=ticket.id,
            number=ticket.number,
            call=command.call,
            device=command.device,
        )
    ]


def _settle_job(state: State, command: SettleJob, now: Moment) -> Decision:
    place = state.index.jobs.get(command.job)
    if place is None:
        return Refusal("unknown_job", {"job": command.job})
    ticket, copy = place
    present = state.tickets[ticket].printed(copy)
    if present.state not in (PrintState.UNKNOWN, PrintState.ASKED):
        return Refusal("job_not_in_doubt", {"job": command.job, "state": present.state.value})
    return [JobSettled(by=command.by, job=command.job, ticket=ticket, copy=copy, printed=command.printed)]


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    ApplySettings: _apply_settings,
    SetQueueOpen: _set_queue_open,
    SetNotice: _set_notice,
    SetOrder: _set_order,
    SetQuiet: _set_quiet,
    AcknowledgeAlert: _acknowledge,
    CallLead: _call_lead,
    ReportUpkeep: _report_upkeep,
    NoteAudit: _note_audit,
    AttachStation: _attach_station,
    ReportAnnounced: _report_announced,
    SettleJob: _settle_job,
}
