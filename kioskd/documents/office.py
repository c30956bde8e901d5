"""Notices on office printers: what the journal says is asked for goes to the print queue of its window.

A notice is given to a printer once. Whatever is asked for and has no outcome when the hub starts is in doubt:
a person looks into the tray and prints it again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import structlog

from drivers.office_printer.api import OfficePrinter
from drivers.office_printer.ipp.driver import IppPrinter
from drivers.outcome import Outcome
from drivers.printer.api import PrintResult
from kioskd.documents.desk import FONT
from kioskd.documents.settings import OfficePrinterSettings
from kioskd.documents.work import LayPaper, PdfBuilt
from kioskd.documents.workers import WorkerError, Workers
from kioskd.hall.commands import ReportJob
from kioskd.hall.events import Event, NoticeAsked
from kioskd.hall.model import Notice, PrintState, Ticket
from kioskd.hall.moment import Moment
from kioskd.hall.state import State
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.hub.notices import NoticeComposer
from kioskd.journal.errors import JournalError
from kioskd.journal.records import Position

log = structlog.get_logger(__name__)


def printer_of(window: str, printers: Sequence[OfficePrinterSettings]) -> str:
    """Return the office printer of a window, empty where it has none."""
    named = next((one.id for one in printers if window in one.windows), "")
    return named or next((one.id for one in printers if not one.windows), "")


class _Order(msgspec.Struct, frozen=True):
    job: str
    printer: str
    slip: bytes
    title: str


class OfficePrinting:
    """Follows the desk; ``run`` it for as long as the hub runs."""

    def __init__(
        self,
        desk: Desk,
        composer: NoticeComposer,
        workers: Workers,
        printers: Mapping[str, OfficePrinter],
    ) -> None:
        self._desk = desk
        self._composer = composer
        self._workers = workers
        self._printers = printers
        self._decided: deque[tuple[Position, _Order]] = deque()
        self._due: asyncio.Queue[_Order] = asyncio.Queue()

    # --- the desk's side ------------------------------------------------------------------------

    def decided(self, state: State, events: tuple[Event, ...], first: Position, now: Moment) -> None:
        """Compose what is to be printed, as the state is."""
        for event in events:
            if isinstance(event, NoticeAsked) and event.printer and self._composer.complete:
                ticket = state.tickets[event.ticket]
                order = self._order(state, ticket, ticket.notices[event.number_of - 1], now)
                epoch, seq, _ = order.job.split(".")
                self._decided.append((Position(int(epoch), int(seq)), order))

    def committed(self, last: Position) -> None:
        """Let out what was decided up to here."""
        while self._decided and self._decided[0][0] <= last:
            self._due.put_nowait(self._decided.popleft()[1])

    def rebuilt(self, state: State) -> None:
        """What was not saved is not printed."""
        self._decided.clear()

    def _order(self, state: State, ticket: Ticket, notice: Notice, now: Moment) -> _Order:
        slip = self._composer.slip(state, ticket, notice, now.wall)
        return _Order(
            notice.job, notice.printer, msgspec.json.encode(slip), f"{ticket.number} {notice.paper}"
        )

    # --- printing -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Print, for ever; each printer's notices one after the other."""
        await self._doubt()
        lines: dict[str, asyncio.Queue[_Order]] = {name: asyncio.Queue() for name in self._printers}
        async with asyncio.TaskGroup() as group:
            for name, line in lines.items():
                group.create_task(self._serve(name, line), name=f"office printer {name}")
            while True:
                order = await self._due.get()
                known = lines.get(order.printer)
                if known is None:
                    await self._report(order.job, PrintResult(Outcome.FAILED, "printer.absent"))
                else:
                    known.put_nowait(order)

    async def _doubt(self) -> None:
        def open_jobs(state: State) -> list[str]:
            return [
                notice.job
                for ticket in state.tickets.values()
                for notice in ticket.notices
                if notice.printer and notice.state is PrintState.ASKED
            ]

        _, jobs = await self._desk.read(open_jobs)
        due = {order.job for order in self._queued()}
        for job in jobs:
            if job not in due:
                await self._report(job, PrintResult(Outcome.UNKNOWN, "printer.restarted"))

    def _queued(self) -> list[_Order]:
        waiting = [order for _, order in self._decided]
        orders: list[_Order] = []
        while not self._due.empty():
            orders.append(self._due.get_nowait())
        for order in orders:
            self._due.put_nowait(order)
        return orders + waiting

    async def _serve(self, name: str, line: asyncio.Queue[_Order]) -> None:
        while True:
            order = await line.get()
            try:
                laid = await self._workers.do(LayPaper(slip=order.slip, title=order.title, font=FONT))
                assert isinstance(laid, PdfBuilt)
                result = await self._printers[name].print(laid.data, order.title)
            except WorkerError as error:
                result = PrintResult(Outcome.FAILED, "printer.no_page")
                log.error("office_printer.no_page", printer=name, code=error.code)
            if result.outcome is not Outcome.DONE:
                log.warning("office_printer.trouble", printer=name, code=result.code)
            await self._report(order.job, result)

    async def _report(self, job: str, result: PrintResult) -> None:
        try:
            await self._desk.submit(
                ReportJob(by=SYSTEM, job=job, ticket=None, outcome=result.outcome.value, code=result.code)
            )
        except JournalError as error:
            # Asked for and without an outcome: the next start says that it is in doubt.
            log.error("office_printer.not_saved", job=job, detail=str(error))


def build_printers(settings: Sequence[OfficePrinterSettings], data: Path) -> dict[str, OfficePrinter]:
    """Return the printers of the settings by name."""
    return {
        one.id: IppPrinter(one.url, ca_file=data / one.ca_file if one.ca_file else None) for one in settings
    }
