"""Plans what every device of the hall shows and prints, and lets it out when it is durable."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from drivers.registry import DeviceClass
from kioskd.hall.events import (
    AlertRaised,
    Event,
    HoursChanged,
    HubStarted,
    JobDone,
    JobFailed,
    JobUnknown,
    NoticeAsked,
    ReprintAsked,
    RollChanged,
    SettingsApplied,
    TicketIssued,
)
from kioskd.hall.model import Notice, Print, PrintState, Roll, Ticket
from kioskd.hall.moment import Moment
from kioskd.hall.state import State
from kioskd.hub import faces
from kioskd.hub.board import board
from kioskd.hub.desk import Desk
from kioskd.hub.notices import NoticeComposer
from kioskd.hub.slips import SlipComposer
from kioskd.journal.records import Position
from kioskd.station.messages import (
    ComingJob,
    Context,
    DeviceInfo,
    Face,
    NewRoll,
    PrintJob,
    Revision,
    Show,
    WithdrawJob,
)

LAZY_S = 0.2
"""Counts of waiting people may trail by this much, so that a rush of tickets costs one refresh and
never delays a call."""

PRINT_EXPIRES_MS = 45_000
"""A slip that could not be begun by then is no use to anybody: the citizen has noted the number."""

_EVERYTHING = (HubStarted, SettingsApplied, HoursChanged)
_PRINTED = (TicketIssued, ReprintAsked)
_NO_FACE = (JobDone, JobFailed, JobUnknown, AlertRaised)

Order = Show | PrintJob | ComingJob | WithdrawJob | NewRoll


class _Planned(msgspec.Struct):
    """A device as the planner knows it; ``show`` is the newest planned, ``out`` the newest let out."""

    info: DeviceInfo
    show: Show | None = None
    out: Show | None = None


class Planner:
    """Follows the desk: faces and jobs are planned as things are decided and leave when durable."""

    def __init__(
        self,
        deliver: Callable[[str, Order], None],
        composer: SlipComposer,
        desk: Desk,
        notices: NoticeComposer | None = None,
    ) -> None:
        """``deliver(device, order)`` sends to the device's station if it is there."""
        self._notices = notices or NoticeComposer({})
        self._deliver = deliver
        self._composer = composer
        self._desk = desk
        self._state: State | None = None
        self._durable = Position(0, 0)
        self._n = 0
        self._devices: dict[str, _Planned] = {}
        self._refused: dict[str, int] = {}
        self._waiting: deque[tuple[Position, str, Order]] = deque()
        self._lazy: asyncio.TimerHandle | None = None
        self._later: dict[str, asyncio.TimerHandle] = {}

    # --- the desk's side ------------------------------------------------------------------------

    def decided(self, state: State, events: tuple[Event, ...], first: Position, now: Moment) -> None:
        """Plan what these events change, to leave once they are durable."""
        self._state = state
        windows: set[str] = set()
        everything = False
        for event in events:
            if isinstance(event, _EVERYTHING):
                everything = True
            if isinstance(event, RollChanged):
                self._roll(state, state.rolls[event.device])
            elif isinstance(event, NoticeAsked):
                self._print_notice(state, state.tickets[event.ticket], event)
            elif isinstance(event, _PRINTED):
                self._print(state, state.tickets[event.ticket], event)
            elif not isinstance(event, _NO_FACE):
                window = getattr(event, "window", None)
                if window:
                    windows.add(window)
        at = Position(first.epoch, first.seq + max(len(events) - 1, 0))
        if everything:
            self._plan(self._devices, at, now)
        elif windows:
            self._plan((d for d, p in self._devices.items() if p.info.window in windows), at, now)
        if events and self._lazy is None:
            self._lazy = asyncio.get_running_loop().call_later(LAZY_S, self._refresh)

    def committed(self, last: Position) -> None:
        """Let out what was planned up to here."""
        self._durable = last
        while self._waiting and self._waiting[0][0] <= last:
            _, device, order = self._waiting.popleft()
            if isinstance(order, Show):
                planned = self._devices.get(device)
                if planned is None:
                    continue
                planned.out = order
            self._deliver(device, order)

    def rebuilt(self, state: State) -> None:
        """Forget what was planned on events that were never saved; plan from the state as it is."""
        self._state = state
        for _, device, order in self._waiting:
            if isinstance(order, PrintJob):
                self._deliver(device, WithdrawJob(job=order.job))
        self._waiting.clear()
        self._durable = self._desk.head
        for planned in self._devices.values():
            planned.show = planned.out
        self._plan(self._devices, self._durable, self._desk.now())
        self.committed(self._durable)

    # --- the stations' side ---------------------------------------------------------------------

    def add(self, devices: Iterable[DeviceInfo]) -> None:
        """Plan for these devices from now on; known ones are replaced."""
        added = []
        for info in devices:
            known = self._devices.get(info.id)
            if known is None or known.info != info:
                self._devices[info.id] = _Planned(info)
                added.append(info.id)
        if self._state is not None and added:
            self._plan(added, self._desk.head, self._desk.now())
            self.committed(self._durable)

    def orders_for(self, device: str) -> list[Order]:
        """Return what a station that has just come must know of its device, by what is durable."""
        orders: list[Order] = []
        planned = self._devices.get(device)
        if planned is not None and planned.out is not None:
            orders.append(planned.out)
        roll = self._state.rolls.get(device) if self._state is not None else None
        if roll is not None and roll.job and _position(roll.job) <= self._durable:
            orders.append(NewRoll(device=device, roll=roll.job))
        return orders

    def store_lost(self, station: str, incarnation: str) -> bool:
        """Whether the station had another store when it was last here."""
        known = self._state.stations.get(station) if self._state is not None else None
        return known is not None and known != incarnation

    def unsettled_jobs(self, printers: Iterable[str]) -> list[str]:
        """Return jobs without an outcome that belong to these printers."""
        state, wanted = self._state, set(printers)
        if state is None:
            return []
        tests = [
            roll.job
            for roll in state.rolls.values()
            if roll.job and roll.printed is PrintState.ASKED and roll.device in wanted
        ]
        notices = [
            notice.job
            for ticket in state.tickets.values()
            for notice in ticket.notices
            if not notice.printer
            and notice.state is PrintState.ASKED
            and self.printer_for(state, ticket) in wanted
        ]
        return (
            tests
            + notices
            + [
                slip.job
                for ticket in state.tickets.values()
                for slip in ticket.prints.values()
                if slip.state is PrintState.ASKED and self.printer_for(state, ticket) in wanted
            ]
        )

    def send_again(self, job: str) -> bool:
        """Send a job that its station has never seen; False when it has expired or is not known."""
        state = self._state
        for roll in state.rolls.values() if state is not None else ():
            if roll.job == job and state is not None:
                left = roll.at + PRINT_EXPIRES_MS - self._desk.now().at
                if left > 0 and roll.printed is PrintState.ASKED:
                    self._deliver(roll.device, self._test_job(state, roll, int(left)))
                    return True
                return False
        for ticket in state.tickets.values() if state is not None else ():
            for notice in ticket.notices:
                if notice.job == job and state is not None:
                    return self._send_notice_again(state, ticket, notice)
            for copy, slip in ticket.prints.items():
                if slip.job != job or slip.state is not PrintState.ASKED or state is None:
                    continue
                left = slip.asked_at + PRINT_EXPIRES_MS - self._desk.now().at
                printer = self.printer_for(state, ticket)
                if left <= 0 or printer is None:
                    return False
                self._deliver(printer, self._job(state, ticket, copy, slip, printer, int(left)))
                return True
        return False

    def refused(self, window: str) -> None:
        """A press at this window did nothing; its keypad says so."""
        self._refused[window] = self._refused.get(window, 0) + 1
        keypads = (
            device
            for device, planned in self._devices.items()
            if planned.info.window == window and planned.info.device_class is DeviceClass.CALL_PAD
        )
        self._plan(keypads, self._desk.head, self._desk.now())
        self.committed(self._durable)

    def printer_for(self, state: State, ticket: Ticket) -> str | None:
        """Return the printer a ticket's slip comes out of: its zone's, else the first."""
        printers = [p.info for p in self._devices.values() if p.info.device_class is DeviceClass.PRINTER]
        if not printers:
            return None
        queue = state.book.queues.get(ticket.queue) if state.book is not None else None
        zone = queue.zone if queue is not None else None
        return next((p.id for p in printers if p.zone == zone), printers[0].id)

    def close(self) -> None:
        """Stop all timers."""
        for handle in (self._lazy, *self._later.values()):
            if handle is not None:
                handle.cancel()
        self._later.clear()

    # --- planning -------------------------------------------------------------------------------

    def _refresh(self) -> None:
        self._lazy = None
        self._plan(self._devices, self._desk.head, self._desk.now())
        self.committed(self._durable)

    def _plan(self, devices: Iterable[str], at: Position, now: Moment) -> None:
        state = self._state
        if state is None or state.rules is None:
            return
        # Signs before everything else: they are what a citizen is looking at.
        for device in sorted(devices, key=lambda d: self._devices[d].info.device_class is not _SIGN):
            planned = self._devices[device]
            made = self._face(state, planned.info, now)
            if made is None:
                continue
            face, context = made
            old = planned.show
            if old is not None and old.face == face and old.context == context:
                continue
            self._n += 1
            run = self._desk.run_position
            revision = Revision(run.epoch, run.seq, self._n)
            planned.show = Show(device=device, revision=revision, face=face, context=context)
            self._waiting.append((at, device, planned.show))

    def _face(self, state: State, info: DeviceInfo, now: Moment) -> tuple[Face, Context] | None:
        book = state.book
        window = book.windows.get(info.window) if book is not None and info.window is not None else None
        if info.device_class is DeviceClass.CALLER_DISPLAY:
            if info.window is None:
                shown, again = board(state, info.zone, info.rows, now)
                self._look_again(info.id, again)
                return shown, Context()
            if window is None:
                return faces.DARK, Context()
            sign, context, again = faces.sign(state, window, now.at)
            self._look_again(info.id, again)
            return sign, context
        if window is None:
            return None
        if info.device_class is DeviceClass.CALL_PAD:
            return faces.keypad(state, window, self._refused.get(window.id, 0))
        if info.device_class is DeviceClass.SIGNATURE_PAD:
            return faces.signature(state, window)
        if info.device_class is DeviceClass.RATING_PAD:
            face, context, again = faces.pad(state, window, now.at)
            self._look_again(info.id, again)
            return face, context
        return None

    def _look_again(self, device: str, at: int | None) -> None:
        """Plan a device afresh at a hall time, None: not for time's sake; any earlier plan to is off."""
        handle = self._later.pop(device, None)
        if handle is not None:
            handle.cancel()
        if at is None:
            return

        def look() -> None:
            self._later.pop(device, None)
            self._plan((device,), self._desk.head, self._desk.now())
            self.committed(self._durable)

        self._later[device] = asyncio.get_running_loop().call_later(self._desk.seconds_until(at) + 0.01, look)

    # --- printing -------------------------------------------------------------------------------

    def _print(self, state: State, ticket: Ticket, event: TicketIssued | ReprintAsked) -> None:
        copy = event.copy if isinstance(event, ReprintAsked) else 1
        slip, printer = ticket.prints.get(copy), self.printer_for(state, ticket)
        if slip is None or printer is None:
            return
        order = self._job(state, ticket, copy, slip, printer, PRINT_EXPIRES_MS)
        self._waiting.append((_position(slip.job), printer, order))
        if _position(slip.job) == Position(self._durable.epoch, self._durable.seq + 1):
            self._deliver(printer, ComingJob(order=order))

    def _print_notice(self, state: State, ticket: Ticket, event: NoticeAsked) -> None:
        notice = ticket.notices[event.number_of - 1]
        printer = self.printer_for(state, ticket)
        if not notice.printer and printer is not None and self._notices.complete:
            order = self._notice_job(state, ticket, notice, printer, PRINT_EXPIRES_MS)
            self._waiting.append((_position(notice.job), printer, order))

    def _send_notice_again(self, state: State, ticket: Ticket, notice: Notice) -> bool:
        left = notice.asked_at + PRINT_EXPIRES_MS - self._desk.now().at
        printer = self.printer_for(state, ticket)
        fresh = notice.state is PrintState.ASKED and left > 0 and self._notices.complete
        if not fresh or notice.printer or printer is None:
            return False
        self._deliver(printer, self._notice_job(state, ticket, notice, printer, int(left)))
        return True

    def _notice_job(
        self, state: State, ticket: Ticket, notice: Notice, printer: str, expires_ms: int
    ) -> PrintJob:
        paper = self._notices.slip(state, ticket, notice, self._desk.now().wall)
        return PrintJob(job=notice.job, device=printer, slip=paper, expires_ms=expires_ms)

    def _roll(self, state: State, roll: Roll) -> None:
        at = _position(roll.job)
        self._waiting.append((at, roll.device, NewRoll(device=roll.device, roll=roll.job)))
        self._waiting.append((at, roll.device, self._test_job(state, roll, PRINT_EXPIRES_MS)))

    def _test_job(self, state: State, roll: Roll, expires_ms: int) -> PrintJob:
        paper = self._composer.roll_slip(state, roll.device, self._desk.now().wall)
        return PrintJob(job=roll.job, device=roll.device, slip=paper, expires_ms=expires_ms)

    def _job(
        self, state: State, ticket: Ticket, copy: int, slip: Print, printer: str, expires_ms: int
    ) -> PrintJob:
        paper = self._composer.slip(state, ticket, copy)
        return PrintJob(job=slip.job, device=printer, slip=paper, expires_ms=expires_ms)


def _position(job: str) -> Position:
    epoch, seq, _ = job.split(".")
    return Position(int(epoch), int(seq))


_SIGN = DeviceClass.CALLER_DISPLAY
