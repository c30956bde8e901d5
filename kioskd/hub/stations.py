"""The hub's end of every station: which are there with which devices, and what they are told and asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

import msgspec
import structlog

from drivers.status import DeviceState, DeviceStatus
from kioskd.hall.events import Event
from kioskd.hall.moment import Moment
from kioskd.hall.rules import Calling, Rules
from kioskd.hall.state import State
from kioskd.hub.announcer import Announcer
from kioskd.hub.asking import Asking
from kioskd.hub.desk import Desk
from kioskd.hub.planner import Order, Planner
from kioskd.hub.readings import Readings
from kioskd.hub.reported import Reported
from kioskd.journal.records import Position
from kioskd.station.messages import (
    PROTOCOL,
    AskJobs,
    CancelJob,
    ComingJob,
    DeviceInfo,
    DeviceReport,
    Hello,
    Input,
    JobReport,
    PaperCount,
    Passing,
    PicturePart,
    Rebound,
    Rejected,
    Seen,
    Shown,
    SpeakJob,
    Standing,
    Taken,
    TestReport,
    ToHub,
    ToStation,
    ViewReport,
    Welcome,
    WithdrawJob,
)

NOT_THE_HUB = "not_the_hub"
TELL_S = 5.0
"""How far the hub is, stations are told so often: what a hub put back has forgotten since then, nobody knows.
"""

AWAY = DeviceStatus(state=DeviceState.OFFLINE, code="station.away")

log = structlog.get_logger("kioskd.hub")


class DeviceView(msgspec.Struct, frozen=True):
    """A device as people who look after it see it. ``since_wall`` is UTC milliseconds."""

    id: str
    device_class: str
    driver: str
    station: str
    window: str | None
    zone: str | None
    status: DeviceStatus
    since_wall: int
    paper: PaperCount | None = None


class StationState(msgspec.Struct, frozen=True):
    """A PC of the hall since the hub started; ``since_wall`` (UTC milliseconds) is when it came or went."""

    id: str
    connected: bool
    version: str
    since_wall: int


class _Known(msgspec.Struct):
    info: DeviceInfo
    station: str
    status: DeviceStatus
    since_wall: int
    paper: PaperCount | None = None
    behind: str | None = None


class Session:
    """One connected station."""

    def __init__(
        self, stations: Stations, hello: Hello, deliver: Callable[[ToStation], None], near: bool
    ) -> None:
        self._stations = stations
        self.hello = hello
        self.deliver = deliver
        self.near = near
        self.open = True

    def receive(self, message: ToHub) -> None:
        """Take one message; messages after `detach` are dropped, the station will repeat what matters."""
        if self.open:
            self._stations.received(self, message)

    def detach(self) -> None:
        """The connection is gone."""
        if self.open:
            self.open = False
            self._stations.gone(self)


class Witness(Protocol):
    """Knows how far the hub is, and hears how far stations have seen it."""

    def standing(self) -> Standing:
        """Return what stations are to remember."""

    def heard(self, station: str, seen: Seen) -> bool:
        """Whether this hub is still the one of this hall."""


class Stations:
    """All stations of the hall; implements `kioskd.station.ports.HubPort`."""

    def __init__(self, desk: Desk, hub: str) -> None:
        self._desk = desk
        self._hub = hub
        self._planner: Planner | None = None
        self._rules: Rules | None = None
        self._announcer: Announcer | None = None
        self._reported = Reported(desk, hub)
        self._sessions: dict[str, Session] = {}
        self._devices: dict[str, _Known] = {}
        self.asking = Asking(desk, lambda device: self._devices[device].station, self._way_to)
        self._seen: dict[str, StationState] = {}
        self._ending = False
        self.witness: Witness | None = None
        self._told: Standing | None = None
        self.readings = Readings(time.monotonic)

    def use(self, planner: Planner, announcer: Announcer | None = None) -> None:
        """Orders come from these."""
        self._planner = planner
        self._announcer = announcer
        self._reported.use(planner, announcer)

    # --- HubPort --------------------------------------------------------------------------------

    def attach(self, hello: Hello, deliver: Callable[[ToStation], None], *, near: bool = False) -> Session:
        """A station is there; an older connection of the same station is dropped."""
        session = Session(self, hello, deliver, near)
        if hello.protocol not in (PROTOCOL, PROTOCOL - 1):
            session.open = False
            deliver(Rejected(code="protocol"))
            return session
        taken = [d.id for d in hello.devices if (k := self._devices.get(d.id)) and k.station != hello.station]
        if taken:
            session.open = False
            log.error("station_rejected", station=hello.station, devices=taken)
            deliver(Rejected(code="device_taken"))
            return session
        seen = hello.seen
        if self.witness is not None and seen is not None and not self.witness.heard(hello.station, seen):
            session.open = False
            deliver(Rejected(code=NOT_THE_HUB))
            return session
        older = self._sessions.get(hello.station)
        if older is not None:
            older.open = False
        self._sessions[hello.station] = session
        now = self._desk.now().wall
        self._seen[hello.station] = StationState(hello.station, True, hello.version, now)
        for info in hello.devices:
            known = self._devices.get(info.id)
            if known is None:
                self._devices[info.id] = _Known(info, hello.station, AWAY, now)
            else:
                known.info = info
        calling = self._rules.policy.calling if self._rules is not None else Calling()
        deliver(
            Welcome(
                hub=self._hub,
                protocol=min(hello.protocol, PROTOCOL),
                press_shelf_ms=calling.press_shelf_s * 1000,
            )
        )
        if self.witness is not None:
            deliver(self.witness.standing())
        log.info("station_attached", station=hello.station, devices=len(hello.devices))
        lost = self._planner is not None and self._planner.store_lost(hello.station, hello.incarnation)
        self._reported.attached(hello)
        if self._announcer is not None:
            self._announcer.add(hello.devices)
        if self._planner is not None:
            self._planner.add(hello.devices)
            for info in hello.devices:
                for order in self._planner.orders_for(info.id):
                    deliver(order)
        if lost:
            self._reported.store_lost(hello.station, self._open_jobs(session))
        else:
            self._ask_jobs(session)
        return session

    async def keep_told(self) -> None:
        """Tell every station now and then how far the hub is; until cancelled."""
        while self.witness is not None:
            await asyncio.sleep(TELL_S)
            standing = self.witness.standing()
            if standing != self._told:
                self._told = standing
                for session in list(self._sessions.values()):
                    session.deliver(standing)

    def send_away(self) -> None:
        """This is no hub any more: every station looks for another."""
        for session in list(self._sessions.values()):
            session.deliver(Rejected(code=NOT_THE_HUB))

    def end(self) -> None:
        """The hub is stopping: stations that part from now on are no news."""
        self._ending = True

    # --- the desk's side ------------------------------------------------------------------------

    def decided(self, state: State, events: tuple[Event, ...], first: Position, now: Moment) -> None:
        """Only the rules matter here."""
        self._rules = state.rules

    def committed(self, last: Position) -> None:
        """Nothing waits here for a commit."""

    def rebuilt(self, state: State) -> None:
        """What stations said meanwhile may be lost: ask for outcomes again, repeat every status."""
        self._rules = state.rules
        for session in list(self._sessions.values()):
            for info in session.hello.devices:
                known = self._devices[info.id]
                self._status(session, info.id, known.status)
            self._ask_jobs(session)

    # --- the planner's side ---------------------------------------------------------------------

    def order(self, device: str, order: Order | SpeakJob | CancelJob) -> None:
        """Send an order to the device's station; a station that is away asks for it when it returns.

        What is not durable goes only to a station that cannot outlive this process.
        """
        known = self._devices.get(device)
        session = self._sessions.get(known.station) if known is not None else None
        if session is not None and (session.near or not isinstance(order, ComingJob | WithdrawJob)):
            session.deliver(order)

    # --- people's side --------------------------------------------------------------------------

    def devices(self) -> list[DeviceView]:
        """Return every device any station has had since the hub started."""
        return [
            DeviceView(
                id=known.info.id,
                device_class=known.info.device_class.value,
                driver=known.info.driver,
                station=known.station,
                window=known.info.window,
                zone=known.info.zone,
                status=known.status,
                since_wall=known.since_wall,
                paper=known.paper,
            )
            for known in self._devices.values()
        ]

    def stations(self) -> list[StationState]:
        """Return every PC that has been there since the hub started."""
        return list(self._seen.values())

    # --- what stations say ----------------------------------------------------------------------

    def received(self, session: Session, message: ToHub) -> None:
        """Act on one message of a station."""
        match message:
            case Input():
                self._input(session, message)
            case DeviceReport():
                known = self._mine(session, message.device)
                if known is not None:
                    known.paper, known.behind = message.paper, message.behind
                    self._status(session, message.device, message.status)
            case Shown():
                self._shown(session, message)
            case JobReport():
                self._reported.job(session.hello.station, message)
            case Rebound():
                self._rebound(session, message)
            case TestReport() | PicturePart() | ViewReport():
                self.asking.answered(session.hello.station, message)
            case Hello():
                log.warning("second_hello", station=session.hello.station)

    def gone(self, session: Session) -> None:
        """A station's connection ended."""
        name = session.hello.station
        if self._sessions.get(name) is not session:
            return
        del self._sessions[name]
        self._seen[name] = msgspec.structs.replace(
            self._seen[name], connected=False, since_wall=self._desk.now().wall
        )
        if self._ending:
            return
        log.warning("station_gone", station=name)
        for known in list(self._devices.values()):
            if known.station == name:
                self._status(session, known.info.id, AWAY)

    def _way_to(self, station: str) -> Callable[[ToStation], None] | None:
        self._seen[station]
        session = self._sessions.get(station)
        return None if session is None else session.deliver

    def _rebound(self, session: Session, message: Rebound) -> None:
        if not all(self._mine(session, device) for device in message.devices):
            return
        if not self.asking.rebound(message) and not message.code:
            self._reported.rebound(session.hello.station, message)

    def _ask_jobs(self, session: Session) -> None:
        jobs = self._open_jobs(session)
        if jobs:
            session.deliver(AskJobs(jobs=tuple(jobs)))

    def _open_jobs(self, session: Session) -> list[str]:
        return self._reported.open_jobs([info.id for info in session.hello.devices])

    def _input(self, session: Session, message: Input) -> None:
        known = self._mine(session, message.device)
        if known is not None and isinstance(message.reading, Passing):
            self.readings.put(message.device, message.reading, message.age_ms / 1000)
            session.deliver(Taken(id=message.id))
            return
        if known is None or known.info.window is None:
            session.deliver(Taken(id=message.id))
            return
        self._reported.input(
            session.hello, known.info.window, message, lambda: session.deliver(Taken(id=message.id))
        )

    def _status(self, session: Session, device: str, status: DeviceStatus) -> None:
        known = self._mine(session, device)
        if known is None:
            return
        if status != known.status:
            if status.state is not known.status.state:
                known.since_wall = self._desk.now().wall
            known.status = status
        self._reported.status(known.info, status, known.paper, known.behind)

    def _shown(self, session: Session, message: Shown) -> None:
        context = message.context
        if self._mine(session, message.device) is None or context.ticket is None or not context.call:
            return
        self._reported.announced(message.device, context)

    def _mine(self, session: Session, device: str) -> _Known | None:
        known = self._devices.get(device)
        if known is None or known.station != session.hello.station:
            log.warning("not_its_device", station=session.hello.station, device=device)
            return None
        return known
