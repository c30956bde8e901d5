"""Settings, alerts, notices and stations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.apply.ratings import watch
from kioskd.hall.apply.time import note_floors
from kioskd.hall.clock import MINUTE_MS
from kioskd.hall.events import (
    AlertAcknowledged,
    AlertCleared,
    AlertRaised,
    AuditNoted,
    NoticeSet,
    OrderSet,
    QueueClosed,
    QueueOpened,
    QuietSet,
    SettingsApplied,
    StationAttached,
)
from kioskd.hall.model import Alert, QueueState, Slot, SlotState, WindowState
from kioskd.hall.rules import Name
from kioskd.hall.state import State
from kioskd.hall.watch import final_at


def _settings_applied(state: State, event: SettingsApplied) -> None:
    rules = event.rules
    if state.rules is None or state.rules.notice != rules.notice:
        state.notice = rules.notice
    state.rules = rules
    state.index.reset_book(state)
    state.windows = {
        window.id: state.windows.get(window.id) or WindowState(id=window.id, active_at=state.at)
        for window in rules.windows
    }
    state.queues = {queue.id: state.queues.get(queue.id) or QueueState(id=queue.id) for queue in rules.queues}
    state.learned = {queue: known for queue, known in state.learned.items() if queue in state.queues}
    state.index.reset_pools(state)


def _alert_raised(state: State, event: AlertRaised) -> None:
    state.alerts[event.alert] = Alert(
        id=event.alert,
        about=event.about,
        subject=event.subject,
        tier=event.tier,
        params=event.params,
        raised_at=state.at,
        raised_wall=state.wall,
    )
    ticket = state.tickets.get(event.subject) if event.about == "bad_rating" else None
    if ticket is not None:
        for slot in ticket.slots:
            if slot.state is SlotState.GIVEN and _final(state, slot):
                slot.alerted = True
        watch(state, ticket)


def _final(state: State, slot: Slot) -> bool:
    return state.index.book is not None and final_at(state.index.book, slot) <= state.at


def _alert_cleared(state: State, event: AlertCleared) -> None:
    state.alerts.pop(event.alert, None)


def _alert_acknowledged(state: State, event: AlertAcknowledged) -> None:
    if event.alert in state.alerts:
        state.alerts[event.alert].acknowledged = True


def _notice_set(state: State, event: NoticeSet) -> None:
    state.notice = Name(zh=event.zh, en=event.en) if event.zh or event.en else None


def _quiet_set(state: State, event: QuietSet) -> None:
    state.quiet_until = state.at + event.minutes * MINUTE_MS if event.minutes > 0 else None


def _queue_opened(state: State, event: QueueOpened) -> None:
    state.queues[event.queue].closed = False


def _queue_closed(state: State, event: QueueClosed) -> None:
    state.queues[event.queue].closed = True


def _order_set(state: State, event: OrderSet) -> None:
    state.order = event.order
    state.index.reset_book(state)
    state.index.reset_pools(state)


def _audit_noted(state: State, event: AuditNoted) -> None:
    """Nothing in the hall changes."""


def _station_attached(state: State, event: StationAttached) -> None:
    state.stations[event.station] = event.incarnation
    note_floors(state, event.numbers, event.numbers_day)


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {
    SettingsApplied: _settings_applied,
    AlertRaised: _alert_raised,
    AlertCleared: _alert_cleared,
    AlertAcknowledged: _alert_acknowledged,
    NoticeSet: _notice_set,
    QuietSet: _quiet_set,
    QueueOpened: _queue_opened,
    QueueClosed: _queue_closed,
    OrderSet: _order_set,
    AuditNoted: _audit_noted,
    StationAttached: _station_attached,
}
