"""One PC's devices and its way to the hub."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import random as system_random
from typing import Any

import msgspec
import structlog

from drivers.device import Reading
from drivers.discovery import Found, look
from drivers.errors import DeviceError
from drivers.facts import Fact, fact, plain
from drivers.printer.api import SlipRetracted, TicketPrinter
from drivers.registry import DeviceClass
from drivers.status import DeviceState, DeviceStatus
from kioskd.station.clock import Clock, SystemClock
from kioskd.station.config import StationSettings
from kioskd.station.finder import AddressBook, Finder
from kioskd.station.hub_lost import HubLost, lost_face
from kioskd.station.inputs import Inputs
from kioskd.station.jobs import Jobs
from kioskd.station.link.api import Link
from kioskd.station.link.memory import HubMemory
from kioskd.station.looks import device_view
from kioskd.station.managed import ManagedDevice
from kioskd.station.messages import (
    PROTOCOL,
    AnyReading,
    AskJobs,
    AskView,
    CancelJob,
    ComingJob,
    Context,
    DeviceReport,
    Hello,
    NewRoll,
    NewUnit,
    PicturePart,
    PrintJob,
    Rebind,
    Rejected,
    Show,
    SpeakJob,
    Standing,
    Taken,
    TakePicture,
    Test,
    TestLevel,
    TestReport,
    ToHub,
    ToStation,
    ViewReport,
    Welcome,
    WithdrawJob,
)
from kioskd.station.missing import MissingCharacters
from kioskd.station.paper import PaperAccount
from kioskd.station.pictures import picture_parts, take_picture
from kioskd.station.progress import Progress, keep_going
from kioskd.station.shows import ShowKeeper
from kioskd.station.store import PaperRow, Store
from kioskd.station.supervisor import Supervisor
from kioskd.station.views import DeviceView, LinkView, StationView

log = structlog.get_logger(__name__)

TEST_LIMIT_S = 18.0
"""Longer than any device's external health check, and a little less than the hub waits for its report."""

STOP_GRACE_S = 5.0
"""At a stop, for a slip that is just being printed: cut off, its outcome would be unknown."""

STORE_STALLED_S = 30.0
"""A disk that keeps one commit waiting so long has stuck."""

_SHOWING = {
    DeviceClass.CALLER_DISPLAY,
    DeviceClass.RATING_PAD,
    DeviceClass.CALL_PAD,
    DeviceClass.SIGNATURE_PAD,
}
_WORKING = {DeviceClass.PRINTER, DeviceClass.SPEAKER}
_UNREACHED = {"link.lost", "link.absent", "link.silent"}


class Station:
    """All of one PC. Built once, run once.

    ``store_path`` is the SQLite file of what must outlive a crash. ``look`` says what is plugged into this
    PC, ``book`` is the settings file that is changed when a device is found at another port (None: it
    holds until the end). The station is the
    `kioskd.station.link.api.StationEnd` of its link.
    """

    def __init__(
        self,
        settings: StationSettings,
        store_path: Path,
        *,
        clock: Clock | None = None,
        random: Callable[[], float] = system_random,
        look: Callable[[], tuple[Found, ...]] = look,
        book: AddressBook | None = None,
        memory: HubMemory | None = None,
    ) -> None:
        self.settings = settings
        self._memory = memory
        self._clock = clock = clock or SystemClock()
        self._progress = Progress(clock)
        self._devices = {own.id: ManagedDevice(own, clock, self._progress) for own in settings.devices}
        if len(self._devices) < len(settings.devices):
            raise ValueError("two devices of a station have the same id")
        usable = [device for device in self._devices.values() if device.info is not None]
        self._store = Store(store_path, clock)
        self._inputs = Inputs(self._store, clock, self._press_dropped)
        self._shows = {
            device.id: ShowKeeper(device, clock, random, self._send)
            for device in usable
            if device.device_class in _SHOWING
        }
        working = [device for device in usable if device.device_class in _WORKING]
        self._paper = {
            device.id: PaperAccount(device.id, device.settings.options, self._keep_paper)
            for device in working
            if device.device_class is DeviceClass.PRINTER
        }
        self._missing = {
            device.id: MissingCharacters(device.id, clock)
            for device in usable
            if device.device_class is DeviceClass.CALLER_DISPLAY
        }
        self._jobs = Jobs(working, self._store, clock, self._send, self._paper_used)
        self._hub_lost = HubLost(clock, settings.hub_lost.hold_truth_s, self._cover)
        self._supervisor = Supervisor(tuple(self._devices.values()), clock, self._progress, random)
        self._finder = Finder(
            self._supervisor,
            self._store,
            clock,
            random,
            look,
            book,
            station=settings.id,
            report=self._send,
            behind_changed=self._report_again,
            reconsider=self._reconsider,
        )
        self._link = LinkView(connected=False, since=clock.wall(), code="link.starting")
        self.at_work = asyncio.Event()
        """Set once the store is open and the devices are looked after."""
        self._carry: Callable[[ToHub], None] | None = None
        self._hub = ""
        self._tasks: set[asyncio.Task[None]] = set()
        for device in self._devices.values():
            device.on_status = partial(self._status_changed, device)
            device.on_told = partial(self._report, device)
            device.on_reading = partial(self._reading, device)
            device.adjust = partial(self._adjust, device.id)
            device.on_note = partial(self._store_note, device.id)

    async def run(self, link: Link) -> None:
        """Keep the devices and the link going until cancelled. Raises `StoreError` at the start."""
        try:
            await self._store.start()
            await self._inputs.load()
            for name, key, value in await self._store.notes():
                if name in self._devices:
                    self._devices[name].notes[key] = value
            for row in await self._store.papers():
                if account := self._paper.get(row.device):
                    account.load(row)
            work = asyncio.create_task(self._work(link), name=f"station {self.settings.id}")
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                await self._jobs.finish(STOP_GRACE_S)
                raise
            finally:
                for task in (work, *self._tasks):
                    task.cancel()
                await asyncio.gather(work, *self._tasks, return_exceptions=True)
        finally:
            self._hub_lost.close()
            self._inputs.close()
            await self._store.close()

    def wake(self, name: str) -> bool:
        """Try a device (by id) or line (by address) again at once; False when there is none so called."""
        return self._supervisor.wake(name)

    def stalled(self) -> tuple[str, ...]:
        """Return the loops that are stuck; the watchdog is fed while there is none."""
        stuck = self._progress.stalled()
        return (*stuck, "store") if self._store.oldest_wait() > STORE_STALLED_S else stuck

    def view(self, traffic_of: str = "") -> StationView:
        """Return everything as it is now, with the last bytes of one device."""
        return StationView(
            station=self.settings.id,
            link=self._link,
            devices=tuple(self._view(device, traffic_of) for device in self._devices.values()),
            jobs=self._jobs.waiting,
            inputs=self._inputs.waiting,
            stalled=self.stalled(),
        )

    def _per_minute(self, device: ManagedDevice) -> int:
        keeper = self._supervisor.keeper(device.id)
        return sum(one.flow.per_minute for one in (keeper.devices if keeper is not None else (device,)))

    def _view(self, device: ManagedDevice, traffic_of: str) -> DeviceView:
        seen = device_view(device, traffic_of, self._per_minute(device))
        lacking = self._missing.get(device.id)
        return seen if lacking is None else msgspec.structs.replace(seen, missing=lacking.listed)

    # StationEnd

    def hello(self) -> Hello:
        """Return the first message of a connection."""
        today = datetime.fromtimestamp(self._clock.wall(), UTC).astimezone().date()
        infos = (device.info for device in self._devices.values())
        return Hello(
            protocol=PROTOCOL,
            station=self.settings.id,
            incarnation=self._store.incarnation,
            boot=self._clock.boot,
            version=version("kioskd"),
            date=today.isoformat(),
            devices=tuple(info for info in infos if info is not None),
            seen=None if self._memory is None else self._memory.seen,
        )

    def joined(self, send: Callable[[ToHub], None]) -> None:
        """A connection stands; it is the hub's `Welcome` that opens it."""
        self._carry = send

    def receive(self, message: ToStation) -> None:
        """Take one message of the hub; one that cannot be acted on harms only itself."""
        try:
            self._act_on(message)
        except Exception:
            log.exception("hub.message_failed", message=type(message).__name__)

    def parted(self, code: str, detail: str = "") -> None:
        """There is no hub."""
        before = self._link
        self._carry = None
        self._inputs.disconnected()
        self._hub_lost.lost()
        news = before.connected or before.code != code
        since = self._clock.wall() if news else before.since
        self._link = LinkView(connected=False, since=since, code=code, detail=detail)
        if news and code != "link.closed" and (before.connected or code not in _UNREACHED):
            log.warning("hub.lost", code=code, detail=detail)

    # inside

    async def _work(self, link: Link) -> None:
        self._hub_lost.lost()
        loops: dict[str, Callable[[], Awaitable[None]]] = {
            "devices": self._supervisor.run,
            "sockets": self._finder.run,
            **{f"show {name}": keeper.run for name, keeper in self._shows.items()},
            **{f"jobs {name}": worker.run for name, worker in self._jobs.workers.items()},
            "link": partial(link.run, self),
        }
        async with asyncio.TaskGroup() as group:
            for name, loop in loops.items():
                group.create_task(keep_going(name, loop, self._clock), name=name)
            await asyncio.sleep(0)  # every loop has begun after this turn
            self.at_work.set()

    def _act_on(self, message: ToStation) -> None:
        match message:
            case Welcome():
                self._welcomed(message)
            case Standing():
                if self._memory is not None:
                    self._do(self._memory.keep(message), "hub memory")
            case Rejected():
                self.parted(message.code, "the hub rejects this station")
            case Show():
                if keeper := self._shows.get(message.device):
                    keeper.want(message)
            case PrintJob() | SpeakJob():
                self._jobs.take(message)
            case ComingJob():
                self._jobs.coming(message.order)
            case WithdrawJob():
                self._jobs.withdraw(message.job)
            case CancelJob():
                self._jobs.cancel(message.job)
            case AskJobs():
                self._jobs.ask(message.jobs)
            case Taken():
                self._inputs.taken(message.id)
            case NewRoll():
                self._new_roll(message)
            case NewUnit():
                self._new_unit(message.device)
            case Rebind():
                self._do(self._finder.answer(message), f"rebind {message.device}")
            case AskView():
                self._send(ViewReport(request=message.request, view=self.view(message.device)))
            case TakePicture():
                self._do(self._picture(message), f"picture {message.device}")
            case Test():
                self._do(self._test(message), f"test {message.test}")

    def _do(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _welcomed(self, welcome: Welcome) -> None:
        if not self._link.connected:
            log.info("hub.found", hub=welcome.hub)
        self._link = LinkView(connected=True, since=self._clock.wall())
        another = welcome.hub != self._hub
        if another:
            self._hub = welcome.hub
            self._store.serve(welcome.hub).add_done_callback(self._serving)
            for keeper in self._shows.values():
                keeper.forget_revisions()
        self._hub_lost.found()
        for device in self._devices.values():
            self._report(device)
        self._jobs.connected(another=another)
        self._inputs.connected(self._send, welcome.press_shelf_ms / 1000)

    def _serving(self, noted: asyncio.Future[None]) -> None:
        if noted.cancelled() or noted.exception() is not None:
            self._hub = ""  # a disk that refuses has been logged; the next connection notes it again

    def _send(self, message: ToHub) -> None:
        """Send to a hub that has welcomed us; what nobody hears is asked for or sent again later."""
        if self._carry is not None and self._link.connected:
            self._carry(message)

    def _adjust(self, name: str, status: DeviceStatus) -> DeviceStatus:
        """Put what else the station knows into what a driver reports."""
        account = self._paper.get(name)
        if account is not None:
            status = account.adjust(status)
        if (lacking := self._missing.get(name)) is not None:
            status = lacking.adjust(status)
        return self._finder.adjust(name, status)

    def _reconsider(self, names: Sequence[str]) -> None:
        for name in names:
            self._devices[name].reconsider()

    def _report_again(self, names: Sequence[str]) -> None:
        for name in names:
            self._report(self._devices[name])

    def _status_changed(self, device: ManagedDevice) -> None:
        self._finder.stir()
        if keeper := self._shows.get(device.id):
            keeper.device_changed()
        if worker := self._jobs.workers.get(device.id):
            worker.wake()

    def _report(self, device: ManagedDevice) -> None:
        if device.info is not None:
            account = self._paper.get(device.id)
            paper = account.count if account is not None else None
            behind = self._finder.behind(device.id)
            self._send(DeviceReport(device=device.id, status=device.told, paper=paper, behind=behind))

    def _store_note(self, name: str, key: str, value: str) -> None:
        self._store.keep_note(name, key, value)

    def _new_unit(self, name: str) -> None:
        """Another unit stands there: forget what was learned of the one before and begin anew."""
        device, keeper = self._devices.get(name), self._supervisor.keeper(name)
        if device is not None and keeper is not None:
            log.info("unit.new", device=name)
            for key in list(device.notes):
                device.note(key, "")
            keeper.move(keeper.address)

    def _keep_paper(self, row: PaperRow) -> None:
        self._store.keep_paper(row)

    def _paper_used(self, name: str, mm: float) -> None:
        if self._paper[name].used(mm):
            self._recount(self._devices[name])

    def _new_roll(self, message: NewRoll) -> None:
        account = self._paper.get(message.device)
        if account is not None and account.new_roll(message.roll):
            log.info("paper.new_roll", device=message.device)
            self._recount(self._devices[message.device])

    def _recount(self, device: ManagedDevice) -> None:
        device.reconsider()
        self._report(device)

    def _reading(self, device: ManagedDevice, reading: Reading) -> None:
        if isinstance(reading, SlipRetracted):
            self._jobs.retracted(device.id, reading)
            return
        if not isinstance(reading, AnyReading):
            log.error("input.unsupported", device=device.id, reading=type(reading).__name__)
            return
        if device.trying.on:
            device.trying.take(reading)
            return
        keeper = self._shows.get(device.id)
        self._inputs.take(device.id, reading, keeper.context if keeper else Context())

    def _press_dropped(self, device: str) -> None:
        if keeper := self._shows.get(device):
            keeper.refuse()

    def _cover(self) -> None:
        for keeper in self._shows.values():
            kind = keeper.device.device_class
            face = lost_face(kind, self.settings.hub_lost) if kind else None
            if face is not None:
                keeper.cover(face)

    async def _picture(self, message: TakePicture) -> None:
        device = self._devices.get(message.device)
        part = PicturePart(request=message.request, code="device.unknown")
        if device is not None:
            try:
                taken = await take_picture(device, full=message.full)
            except DeviceError as error:
                part = PicturePart(request=message.request, code=error.code, detail=str(error))
            else:
                for part in picture_parts(message.request, taken):
                    self._send(part)
                return
        self._send(part)

    async def _test(self, message: Test) -> None:
        device = self._devices.get(message.device)
        code = ""
        facts: tuple[Fact, ...] = ()
        try:
            if device is None:
                code = "device.unknown"
            elif message.level is TestLevel.INTERNAL:
                code, facts = _standing(device.status)
            elif message.level is TestLevel.INTERACTIVE:
                code, facts = _standing(device.status)
                device.trying.begin()
            elif message.level is TestLevel.END:
                device.trying.end()
            else:
                printer = device.driver if isinstance(device.driver, TicketPrinter) else None
                before = printer.used_mm if printer is not None else 0.0
                await device.test(TEST_LIMIT_S)
                if printer is not None:
                    self._paper_used(device.id, printer.used_mm - before)
        except DeviceError as error:
            code, facts = error.code, error.facts
        except Exception as error:
            log.exception("driver.failed", device=message.device)
            code, facts = "driver.failed", (fact("program.error", text=repr(error)),)
        if message.level is TestLevel.EXTERNAL and (keeper := self._shows.get(message.device)):
            keeper.show_again()
        self._send(TestReport(test=message.test, code=code, detail=plain(facts), facts=facts))


def _standing(status: DeviceStatus) -> tuple[str, tuple[Fact, ...]]:
    """Return the code of what is wrong, empty for a device that says it is well, and what else is known."""
    if status.state in (DeviceState.ONLINE, DeviceState.DEVICE_BUSY):
        return "", status.facts
    return status.code or "device.offline", status.facts
