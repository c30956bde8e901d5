"""Jobs: done at most once each, in order, and never silent about how they ended.

``started`` is durable before the first byte leaves, so whatever dies, a job that may have reached paper or
ears is never begun again: it is ``unknown`` then, and a person decides. A job that has not begun needs no
store: the hub asks after it and sends it again.

A slip that is coming is begun while the hub still saves it, all but its first byte; withdrawn, it never was.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import cast

import msgspec
import structlog

from drivers.device import Device
from drivers.errors import DeviceError
from drivers.facts import plain
from drivers.outcome import Outcome
from drivers.printer.api import SlipRetracted, TicketPrinter
from drivers.speaker.api import Speaker
from kioskd.station.clock import Clock, Limited, Timer, Wake
from kioskd.station.managed import ManagedDevice
from kioskd.station.messages import JobReport, PrintJob, SpeakJob
from kioskd.station.store import JobRow, Store
from kioskd.station.writer import StoreError

log = structlog.get_logger(__name__)

PRINT_LIMIT_S = 120.0
"""A full raster slip takes 47 s at 9600 baud; nothing that long is still being printed."""

SPEAK_LIMIT_S = 60.0
"""Nobody listens to one announcement for longer."""

REPEAT_PAUSE_MS = 700
"""Between an announcement and its repetition."""

COMING_S = 1.0
"""A hub that has not saved by then that a slip is asked for has trouble with its disk, and the printer is
held no longer for it. Asked for after all, the slip is done like any other.
"""

Order = PrintJob | SpeakJob

CORRECTIONS_KEPT = 20
"""Slips drawn in again that every new connection is told of; the hub knows those it has heard of."""

RETRACTED = JobRow("failed", "printer.retracted")
"""It was printed, and nobody took it."""

INTERRUPTED = JobRow("unknown", "job.interrupted")
"""Begun once, and nobody lives who could say how it ended."""


class Job:
    """One job without an outcome."""

    __slots__ = ("begun", "cancelled", "certain", "deadline", "order", "patience", "withdrawn")

    def __init__(self, order: Order, deadline: float) -> None:
        self.order = order
        self.deadline = deadline
        self.begun = False
        self.cancelled = False
        self.certain = asyncio.Event()
        """Set once it is known whether the job exists, which ``withdrawn`` denies."""
        self.withdrawn = False
        self.patience: Timer | None = None

    def settle(self) -> None:
        """It is known now."""
        self.certain.set()
        if self.patience is not None:
            self.patience.cancel()


class Worker:
    """The jobs of one printer or speaker, in order, one at a time: slips never mix and calls never talk over
    each other.

    ``done`` is called with each outcome, ``used`` with the millimetres of paper a slip took.
    """

    def __init__(
        self,
        device: ManagedDevice,
        store: Store,
        clock: Clock,
        done: Callable[[Job, JobRow], None],
        used: Callable[[str, float], None],
    ) -> None:
        self.device = device
        self.idle = asyncio.Event()
        """Set while no job has begun without having ended."""
        self.idle.set()
        self._store = store
        self._clock = clock
        self._done = done
        self._used = used
        self._wake = Wake(clock)
        self._jobs: deque[Job] = deque()
        self._closing = False
        self._newest: tuple[TicketPrinter, int, str] | None = None

    def printed(self, slip: int) -> str:
        """Return the job whose slip was the printer's so many-th, if it is the newest; else empty."""
        if self._newest is None or self._newest[:2] != (self.device.driver, slip):
            return ""
        return self._newest[2]

    @property
    def free(self) -> bool:
        """Whether a job would begin at once."""
        return (
            not self._jobs and not self._closing and self.device.reachable and not self.device.turn.locked()
        )

    def put(self, job: Job) -> None:
        """Queue a job."""
        self._jobs.append(job)
        self._wake.set()

    def wake(self) -> None:
        """Look again: the device or a job has changed."""
        self._wake.set()

    def stop(self) -> None:
        """Begin no more jobs."""
        self._closing = True

    async def run(self) -> None:
        """Do the jobs for ever."""
        while True:
            while self._jobs and not self._closing:
                row = await self._do(self._jobs[0])
                if self._jobs[0].withdrawn:
                    self._jobs.popleft()
                elif row is not None:
                    self._done(self._jobs.popleft(), row)
            await self._wake.wait()

    async def _do(self, job: Job) -> JobRow | None:
        """Bring one job to its end; None when something changed before the first byte."""
        refusal = await self._ready(job)
        if refusal:
            await job.certain.wait()
            return None if job.withdrawn else await self._refuse(job.order, refusal)
        async with self.device.turn:
            late = self._clock.steady() >= job.deadline
            if self._closing or job.cancelled or job.withdrawn or late or not self.device.reachable:
                return None
            self.idle.clear()
            try:
                return await self._begin(job)
            finally:
                self.idle.set()

    async def _refuse(self, order: Order, refusal: str) -> JobRow:
        try:
            known = await self._store.refuse_job(order.job, self.device.id, refusal)
        except StoreError:
            known = None
        return known or JobRow("failed", refusal)

    async def _ready(self, job: Job) -> str:
        """Wait for the device; return why the job cannot be begun, or ""."""
        while not (job.cancelled or job.withdrawn):
            left = job.deadline - self._clock.steady()
            if left <= 0:
                return (not self.device.reachable and self.device.status.code) or "job.expired"
            if self.device.reachable:
                return ""
            await self._wake.wait(left)
        return "job.cancelled"

    async def _begin(self, job: Job) -> JobRow | None:
        name = job.order.job
        job.begun = True
        try:
            # The printer is asked and the slip drawn while the disk is at work.
            known, _ = await asyncio.gather(
                self._store.begin_job(name, self.device.id),
                self._prepare(job.order),
                return_exceptions=True,
            )
            await job.certain.wait()
        except asyncio.CancelledError:
            self._store.release_job(name)
            raise
        if isinstance(known, StoreError):
            return JobRow("failed", known.code)
        if isinstance(known, BaseException):
            raise known
        if job.withdrawn:
            return None
        if known is not None:
            return INTERRUPTED if known.state == "started" else known
        driver = self.device.driver
        if driver is None or not self.device.reachable:
            job.begun = False
            self._store.release_job(name)
            return None
        row = await self._perform(job, driver)
        # A disk that refuses has been logged; the hub hears the truth now, and "unknown" if it asks later.
        with suppress(StoreError):
            await self._store.end_job(name, row)
        return row

    async def _prepare(self, order: Order) -> None:
        printer = self.device.driver
        if isinstance(order, PrintJob) and isinstance(printer, TicketPrinter):
            # Whatever goes wrong here, printing will meet it and tell.
            with suppress(TimeoutError, DeviceError):
                await self.device.call("prepare", PRINT_LIMIT_S, printer.prepare(order.slip))

    async def _perform(self, job: Job, driver: Device) -> JobRow:
        try:
            if isinstance(job.order, SpeakJob):
                return await self._speak(job, job.order, cast(Speaker, driver))
            return await self._print(job.order, cast(TicketPrinter, driver))
        except TimeoutError:
            return JobRow("unknown", "job.timeout")
        except DeviceError as error:
            return JobRow("unknown", error.code)
        except Exception:
            log.exception("driver.failed", device=self.device.id)
            return JobRow("unknown", "driver.failed")

    async def _print(self, order: PrintJob, printer: TicketPrinter) -> JobRow:
        before = printer.used_mm
        try:
            printed = await self.device.call("print", PRINT_LIMIT_S, printer.print(order.slip))
            self._newest = (printer, printer.slips, order.job)
        finally:
            self._used(self.device.id, printer.used_mm - before)
        return JobRow(printed.outcome.value, printed.code)

    async def _speak(self, job: Job, order: SpeakJob, speaker: Speaker) -> JobRow:
        said = await self.device.call("speak", SPEAK_LIMIT_S, speaker.speak(order.speech))
        if said.facts:
            detail = plain(said.facts)
            log.warning("announcement.incomplete", device=self.device.id, code=said.code, detail=detail)
        row = JobRow(said.outcome.value, said.code)
        again = msgspec.structs.replace(order.speech, chime=False, pause_ms=REPEAT_PAUSE_MS)
        for _ in range(order.repeats - 1):
            # Who waits behind has not been called at all.
            if said.outcome is not Outcome.DONE or len(self._jobs) > 1 or job.cancelled or self._closing:
                break
            # It has been said, whatever becomes of the repetition.
            with suppress(TimeoutError, DeviceError):
                said = await self.device.call("speak", SPEAK_LIMIT_S, speaker.speak(again))
        return row


class Jobs:
    """All jobs of the station.

    ``report`` is called with every answer for the hub, ``used`` with a printer and the millimetres of paper
    that came out of it.
    """

    def __init__(
        self,
        devices: Iterable[ManagedDevice],
        store: Store,
        clock: Clock,
        report: Callable[[JobReport], None],
        used: Callable[[str, float], None],
    ) -> None:
        self.workers = {device.id: Worker(device, store, clock, self._ended, used) for device in devices}
        self._store = store
        self._clock = clock
        self._report = report
        self._open: dict[str, Job] = {}
        self._corrections: deque[JobReport] = deque(maxlen=CORRECTIONS_KEPT)

    @property
    def waiting(self) -> int:
        """How many jobs have no outcome."""
        return len(self._open)

    def take(self, order: Order) -> None:
        """Take a job; one that was coming may go now, another that is here already is left alone, one that
        had an outcome only reports it.
        """
        found = self._open.get(order.job)
        if found is not None:
            found.settle()
            return
        worker = self.workers.get(order.device)
        if worker is None:
            refused = self._store.refuse_job(order.job, order.device, "device.unknown")
            refused.add_done_callback(lambda done: self._refused(order.job, done))
            return
        self._put(worker, order).settle()

    def coming(self, order: PrintJob) -> None:
        """Get a slip ready that will be taken or withdrawn in a moment, unless others are before it."""
        worker = self.workers.get(order.device)
        if worker is not None and worker.free and order.job not in self._open:
            job = self._put(worker, order)
            job.patience = self._clock.call_later(COMING_S, lambda: self.withdraw(order.job))

    def withdraw(self, job: str) -> None:
        """Forget a job that was coming."""
        found = self._open.get(job)
        if found is not None and not found.certain.is_set():
            del self._open[job]
            found.withdrawn = True
            found.settle()
            if found.begun:
                self._store.release_job(job)
            self.workers[found.order.device].wake()

    def _put(self, worker: Worker, order: Order) -> Job:
        job = self._open[order.job] = Job(order, self._clock.steady() + order.expires_ms / 1000)
        worker.put(job)
        return job

    def cancel(self, job: str) -> None:
        """Forget a job that has not begun; it reports ``failed``, ``job.cancelled``. One that has begun is
        not repeated.
        """
        found = self._open.get(job)
        if found is not None:
            found.cancelled = True
            self.workers[found.order.device].wake()

    def ask(self, jobs: tuple[str, ...]) -> None:
        """Report what became of these."""
        ended = []
        for job in jobs:
            found = self._open.get(job)
            if found is None:
                ended.append(job)
            else:
                # Whoever asks after it has it.
                found.settle()
                self._report(JobReport(job=job, outcome="started" if found.begun else "queued"))
        if ended:
            self._store.jobs(tuple(ended)).add_done_callback(lambda done: self._found(ended, done))

    def retracted(self, device: str, reading: SlipRetracted) -> None:
        """Nobody took a slip: its job failed after all, which nobody had asked about."""
        worker = self.workers.get(device)
        job = worker.printed(reading.slip) if worker is not None else ""
        log.warning("slip.retracted", device=device, job=job)
        if job:
            # A disk that refuses has been logged.
            self._store.end_job(job, RETRACTED).add_done_callback(lambda done: done.exception())
            self._corrections.append(JobReport(job=job, outcome=RETRACTED.state, code=RETRACTED.code))
            self._report(self._corrections[-1])

    def connected(self, *, another: bool) -> None:
        """Tell a hub that may not have heard it what changed after the outcome; ``another`` hub than before
        has given no such jobs.
        """
        if another:
            self._corrections.clear()
        for report in self._corrections:
            self._report(report)

    async def finish(self, seconds: float) -> None:
        """Begin nothing more; give what has begun so long to end."""
        for worker in self.workers.values():
            worker.stop()

        async def idle() -> None:
            for worker in self.workers.values():
                await worker.idle.wait()

        try:
            await Limited(self._clock, seconds, idle()).result()
        except TimeoutError:
            log.warning("job.interrupted", jobs=[job for job, open_ in self._open.items() if open_.begun])

    def _ended(self, job: Job, row: JobRow) -> None:
        del self._open[job.order.job]
        self._tell(job.order.job, row, job.order)

    def _refused(self, job: str, done: asyncio.Future[JobRow | None]) -> None:
        known = None if done.exception() else done.result()
        self._tell(job, known or JobRow("failed", "device.unknown"))

    def _found(self, jobs: list[str], done: asyncio.Future[dict[str, JobRow]]) -> None:
        if done.exception() is not None:
            rows = dict.fromkeys(jobs, JobRow("unknown", "store.failed"))
        else:
            rows = done.result()
        for job in jobs:
            if job not in self._open:
                self._tell(job, rows.get(job, JobRow("unseen")))

    def _tell(self, job: str, row: JobRow, order: Order | None = None) -> None:
        if row.state == "started":
            row = INTERRUPTED
        report = JobReport(job=job, outcome=row.state, code=row.code)
        if isinstance(order, SpeakJob):
            report = msgspec.structs.replace(report, device=order.device, context=order.context)
        self._report(report)
