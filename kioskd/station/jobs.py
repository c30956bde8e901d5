"""Jobs: done at most once each, in order, and never silent about how they ended.

``started`` is durable before the first byte leaves, so whatever dies, a job that may have reached paper is
never begun again: it is ``unknown`` then, and a person decides. A job that has not begun needs no
store: the hub asks after it and sends it again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import cast

import structlog

from drivers.errors import DeviceError
from drivers.printer.api import Outcome, PrintResult, Slip, TicketPrinter
from kioskd.station.clock import Clock, Limited, Wake
from kioskd.station.managed import ManagedDevice
from kioskd.station.messages import JobReport, PrintJob
from kioskd.station.store import JobRow, Store
from kioskd.station.writer import StoreError

log = structlog.get_logger(__name__)

PRINT_LIMIT_S = 120.0
"""A full raster slip takes 47 s at 9600 baud; nothing that long is still being printed."""

INTERRUPTED = JobRow("unknown", "job.interrupted")
"""Begun once, and nobody lives who could say how it ended."""


class Job:
    """One job without an outcome."""

    __slots__ = ("begun", "cancelled", "deadline", "order")

    def __init__(self, order: PrintJob, deadline: float) -> None:
        self.order = order
        self.deadline = deadline
        self.begun = False
        self.cancelled = False


class Printer:
    """The jobs of one printer, in order.

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
                if row is not None:
                    self._done(self._jobs.popleft(), row)
            await self._wake.wait()

    async def _do(self, job: Job) -> JobRow | None:
        """Bring one job to its end; None when something changed before the first byte."""
        refusal = await self._ready(job)
        if refusal:
            try:
                known = await self._store.refuse_job(job.order.job, self.device.id, refusal)
            except StoreError:
                known = None
            return known or JobRow("failed", refusal)
        async with self.device.turn:
            late = self._clock.steady() >= job.deadline
            if self._closing or job.cancelled or late or not self.device.reachable:
                return None
            self.idle.clear()
            try:
                return await self._begin(job)
            finally:
                self.idle.set()

    async def _ready(self, job: Job) -> str:
        """Wait for the printer; return why the job cannot be begun, or ""."""
        while not job.cancelled:
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
            known = await self._store.begin_job(name, self.device.id)
        except StoreError as error:
            return JobRow("failed", error.code)
        except asyncio.CancelledError:
            self._store.release_job(name)
            raise
        if known is not None:
            return INTERRUPTED if known.state == "started" else known
        driver = self.device.driver
        if driver is None or not self.device.reachable:
            job.begun = False
            self._store.release_job(name)
            return None
        printer = cast(TicketPrinter, driver)
        before = printer.used_mm
        result = await self._print(printer, job.order.slip)
        self._used(self.device.id, printer.used_mm - before)
        row = JobRow(result.outcome.value, result.code)
        # A disk that refuses has been logged; the hub hears the truth now, and "unknown" if it asks later.
        with suppress(StoreError):
            await self._store.end_job(name, row)
        return row

    async def _print(self, printer: TicketPrinter, slip: Slip) -> PrintResult:
        try:
            return await self.device.call("print", PRINT_LIMIT_S, printer.print(slip))
        except TimeoutError:
            return PrintResult(Outcome.UNKNOWN, "job.timeout")
        except DeviceError as error:
            return PrintResult(Outcome.UNKNOWN, error.code)
        except Exception:
            log.exception("driver.failed", device=self.device.id)
            return PrintResult(Outcome.UNKNOWN, "driver.failed")


class Jobs:
    """All jobs of the station.

    ``report`` is called with every answer for the hub, ``used`` with a printer and the millimetres of paper
    that came out of it.
    """

    def __init__(
        self,
        printers: Iterable[ManagedDevice],
        store: Store,
        clock: Clock,
        report: Callable[[JobReport], None],
        used: Callable[[str, float], None],
    ) -> None:
        self.printers = {device.id: Printer(device, store, clock, self._ended, used) for device in printers}
        self._store = store
        self._clock = clock
        self._report = report
        self._open: dict[str, Job] = {}

    @property
    def waiting(self) -> int:
        """How many jobs have no outcome."""
        return len(self._open)

    def take(self, order: PrintJob) -> None:
        """Take a job; one that is here already is left alone, one that had an outcome only reports it."""
        if order.job in self._open:
            return
        printer = self.printers.get(order.device)
        if printer is None:
            refused = self._store.refuse_job(order.job, order.device, "device.unknown")
            refused.add_done_callback(lambda done: self._refused(order.job, done))
            return
        job = Job(order, self._clock.steady() + order.expires_ms / 1000)
        self._open[order.job] = job
        printer.put(job)

    def cancel(self, job: str) -> None:
        """Forget a job that has not begun; it reports ``failed``, ``job.cancelled``."""
        found = self._open.get(job)
        if found is not None and not found.begun:
            found.cancelled = True
            self.printers[found.order.device].wake()

    def ask(self, jobs: tuple[str, ...]) -> None:
        """Report what became of these."""
        ended = []
        for job in jobs:
            found = self._open.get(job)
            if found is None:
                ended.append(job)
            else:
                self._report(JobReport(job=job, outcome="started" if found.begun else "queued"))
        if ended:
            self._store.jobs(tuple(ended)).add_done_callback(lambda done: self._found(ended, done))

    async def finish(self, seconds: float) -> None:
        """Begin nothing more; give what has begun so long to end."""
        for printer in self.printers.values():
            printer.stop()

        async def idle() -> None:
            for printer in self.printers.values():
                await printer.idle.wait()

        try:
            await Limited(self._clock, seconds, idle()).result()
        except TimeoutError:
            log.warning("job.interrupted", jobs=[job for job, open_ in self._open.items() if open_.begun])

    def _ended(self, job: Job, row: JobRow) -> None:
        del self._open[job.order.job]
        self._tell(job.order.job, row)

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

    def _tell(self, job: str, row: JobRow) -> None:
        if row.state == "started":
            row = INTERRUPTED
        self._report(JobReport(job=job, outcome=row.state, code=row.code))
