"""What stations report becomes commands: presses, ratings, signatures, statuses, outcomes of jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from drivers.call_pad.api import KeyPressed
from drivers.rating_pad.api import Rated
from drivers.signature_pad.api import Signed
from drivers.status import DeviceStatus
from kioskd.hall.commands import (
    AttachStation,
    By,
    Command,
    KeepSignature,
    PressKey,
    PressRating,
    ReportAnnounced,
    ReportDevice,
    ReportJob,
    ReportRebound,
)
from kioskd.hall.refusal import Refusal
from kioskd.hub import signature
from kioskd.hub.announcer import Announcer
from kioskd.hub.answers import Done, KeyReused, Request
from kioskd.hub.desk import Desk
from kioskd.hub.planner import Planner
from kioskd.journal.errors import JournalError
from kioskd.journal.records import PrivateValue
from kioskd.station.messages import (
    Context,
    DeviceInfo,
    Hello,
    Input,
    JobReport,
    PaperCount,
    Rebound,
    SpeakJob,
)

HOUR_MS = 3600 * 1000
PRESS_KEEP_MS = HOUR_MS
RATING_KEEP_MS = 30 * 24 * HOUR_MS
"""How long a repeated input is recognised: as long as a station may keep one."""

log = structlog.get_logger("kioskd.hub")


class Reported:
    """Puts what stations say before the desk."""

    def __init__(self, desk: Desk, hub: str) -> None:
        self._desk = desk
        self._hub = hub
        self._planner: Planner | None = None
        self._announcer: Announcer | None = None
        self._waiting: set[asyncio.Future[Done | Refusal]] = set()

    def use(self, planner: Planner, announcer: Announcer | None) -> None:
        """Jobs are theirs."""
        self._planner = planner
        self._announcer = announcer

    def attached(self, hello: Hello) -> None:
        """A station is there, with what it has seen of this hall."""
        seen = hello.seen
        self._do(
            AttachStation(
                by=_by(hello.station),
                station=hello.station,
                incarnation=hello.incarnation,
                numbers=seen.numbers if seen is not None and self._hub.endswith(seen.history) else {},
                numbers_day=seen.day if seen is not None else "",
            )
        )

    def input(self, hello: Hello, window: str, message: Input, taken: Callable[[], None]) -> None:
        """Somebody pressed, rated or signed at a window; ``taken`` is called when that is durable or refused.

        A repeated one is recognised by its id.
        """
        by = _by(message.device)
        command: Command
        private: tuple[PrivateValue, ...] = ()
        if isinstance(message.reading, Signed):
            now, keep = self._desk.now(), RATING_KEEP_MS
            strokes, strokes_value = signature.sealed(signature.svg(message.reading), now)
            picture, picture_value = signature.sealed(signature.png(message.reading), now)
            private = (strokes_value, picture_value)
            command = KeepSignature(
                by=by, window=window, ticket=message.context.ticket, signature=strokes, picture=picture
            )
        elif isinstance(message.reading, KeyPressed):
            key, keep = message.reading.key.value, PRESS_KEEP_MS
            command = PressKey(
                by=by, window=window, key=key, shown=message.context.ticket, age_ms=message.age_ms
            )
        elif isinstance(message.reading, Rated):
            level, keep = message.reading.level, RATING_KEEP_MS
            command = PressRating(
                by=by, window=window, level=level, slot=message.context.slot, age_ms=message.age_ms
            )
        name = f"input:{hello.station}:{hello.incarnation}:{message.id}"

        def settled(answer: Done | Refusal) -> None:
            taken()
            if isinstance(answer, Refusal) and isinstance(command, PressKey) and self._planner is not None:
                log.info("press_refused", window=window, key=command.key, code=answer.code)
                self._planner.refused(window)

        self._do(command, Request(name, b"", keep), settled, private)

    def status(
        self, info: DeviceInfo, status: DeviceStatus, paper: PaperCount | None, behind: str | None
    ) -> None:
        """How a device is, and what it shares with others that went with it."""
        self._do(
            ReportDevice(
                by=_by(info.id),
                device=info.id,
                device_class=info.device_class.value,
                state=status.state.value,
                code=status.code,
                paper=status.paper.value if status.paper is not None else None,
                window=info.window,
                behind=behind,
                slips=paper.slips if paper is not None else None,
            )
        )

    def announced(self, device: str, context: Context) -> None:
        """The call that ``context`` names was shown or said."""
        assert context.ticket is not None
        self._do(ReportAnnounced(by=_by(device), ticket=context.ticket, call=context.call, device=device))

    def job(self, station: str, message: JobReport) -> None:
        """What became of a slip or an announcement; one that the station never saw is sent again."""
        outcome, code = message.outcome, message.code
        if outcome in ("queued", "started"):
            return
        if outcome == "unseen":
            if self._planner is not None and self._planner.send_again(message.job):
                return
            if self._announcer is not None and self._announcer.send_again(message.job):
                return
            outcome, code = "failed", "job.expired"
        if self._announcer is not None:
            if self._announcer.settled(message.job):
                return
            # After a restart of the hub only the station knows what the announcement was about.
            said: SpeakJob | JobReport = self._announcer.settle(message.job) or message
            if outcome == "done" and said.context.ticket is not None:
                self.announced(said.device, said.context)
        self._do(ReportJob(by=_by(station), job=message.job, outcome=outcome, code=code))

    def open_jobs(self, devices: list[str]) -> list[str]:
        """Return the jobs of these devices whose outcome is not known."""
        slips = self._planner.unsettled_jobs(devices) if self._planner is not None else []
        calls = self._announcer.unsettled_jobs(devices) if self._announcer is not None else []
        return slips + calls

    def store_lost(self, station: str, jobs: list[str]) -> None:
        """The station's store is not the one it had: nobody can say what became of earlier jobs."""
        for job in jobs:
            self._do(ReportJob(by=_by(station), job=job, outcome="unknown", code="station.store_lost"))

    def rebound(self, station: str, done: Rebound) -> None:
        """Somebody's press said where a device is now."""
        self._do(rebinding(done, _by(done.pressed or station)))

    def _do(
        self,
        command: Command,
        request: Request | None = None,
        then: Callable[[Done | Refusal], None] | None = None,
        private: tuple[PrivateValue, ...] = (),
    ) -> None:
        """Submit and, when it is durable, act; what could not be saved is repeated by the station."""
        try:
            future = self._desk.submit_soon(command, request=request, private=private)
        except JournalError:
            return
        except KeyReused:
            if then is not None:
                then(Refusal("key_reused"))
            return
        self._waiting.add(future)

        def settled(done: asyncio.Future[Done | Refusal]) -> None:
            self._waiting.discard(done)
            if done.cancelled() or done.exception() is not None:
                return
            if then is not None:
                then(done.result())

        future.add_done_callback(settled)


def rebinding(done: Rebound, by: By) -> ReportRebound:
    """Return the command that records a device's new address."""
    return ReportRebound(by=by, devices=done.devices, old=done.old, new=done.new, undone=done.undone)


def _by(device: str) -> By:
    return By(kind="device", id=device, role="station", via="station")
