"""One device of the station: its settings, what is known of it, and the driver while there is one."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import msgspec
import structlog

from drivers.caller_display.mirror import mirror_of
from drivers.device import Device, Reading
from drivers.errors import DeviceError, TransientError
from drivers.facts import fact
from drivers.registry import DRIVERS, PRIVATE, DeviceClass, rows_of
from drivers.status import DeviceState, DeviceStatus
from kioskd.station.clock import Clock, Limited, Timer
from kioskd.station.config import DeviceSettings
from kioskd.station.messages import DeviceInfo
from kioskd.station.progress import Progress
from kioskd.station.watching import Flow, Trying

T = TypeVar("T")
log = structlog.get_logger(__name__)

TRAFFIC_KEPT = 64
"""Frames kept for a technician's look."""

FRAME_KEPT = 1024
"""Bytes kept of each; a raster slip alone is 45 KB."""

GONE_GRACE_S = 5.0
"""What a call into a driver is given to end by itself once the driver's `run` has ended."""

CANCEL_GRACE_S = 10.0
"""What a cancelled call is given before the watchdog hears of it."""

HELD_S = 15.0
"""A line or driver that lived so long had worked; what comes and goes faster wobbles."""

WOBBLES = 5
"""Short lives in a row that are told one by one; after them a return is told when it has held. A serial
server that takes every connection and drops it would otherwise fill log and journal all night."""

_OUT_OF_REACH = {DeviceState.OFFLINE, DeviceState.POWER_OFF, DeviceState.NO_DEVICE}


class Frame(msgspec.Struct, frozen=True):
    """Bytes that crossed a device's line at a wall time (Unix seconds); of a long one its beginning, of
    what is somebody's own nothing. ``length`` counts all.
    """

    at: float
    direction: str
    data: bytes
    length: int


class ManagedDevice:
    """A configured device.

    ``on_status`` is called after every change of ``status``, ``on_told`` after every change of ``told``,
    which is what hub and log hear, and ``on_reading`` for every reading, all on the event loop.
    """

    def __init__(self, settings: DeviceSettings, clock: Clock, progress: Progress) -> None:
        self.settings = settings
        self.status = DeviceStatus(state=DeviceState.OFFLINE, code="device.starting")
        self.told = self.status
        self.traffic: deque[Frame] = deque(maxlen=TRAFFIC_KEPT)
        self.crossings: Counter[str] = Counter()
        """How often bytes came (``<``) and went (``>``) since the start."""
        self.downs = 0
        """How often it went out of reach since the start."""
        self.flow = Flow(clock)
        self.trying = Trying(clock)
        self.mirror = mirror_of(settings.driver, settings.unit, settings.options)
        """What a sign shows by the bytes it was sent; None for other devices."""
        self.on_status: Callable[[], None] = _nothing
        self.on_told: Callable[[], None] = _nothing
        self.adjust: Callable[[DeviceStatus], DeviceStatus] = _as_it_is
        """What else is known of the device, put into every status its driver reports."""
        self.on_reading: Callable[[Reading], None] = _nothing
        self.on_bytes: Callable[[str, bytes], None] = _nothing
        """Called with whatever crosses its line, where it is alone on it."""
        self.notes: dict[str, str] = {}
        """What drivers learned of the unit, also before this start."""
        self.on_note: Callable[[str, str], None] = _nothing
        self.quiet = False
        """Whether nobody is told of its coming and going."""
        self.driver: Device | None = None
        self.turn = asyncio.Lock()
        """Held during a call into the driver; one shows, prints or tests at a time."""
        self.since = clock.wall()
        """Wall time of the last change of state or reason."""
        self._heard = self.status
        self._clock = clock
        self._progress = progress
        self._calls: set[Limited[Any]] = set()
        self._down_since: float | None = None
        self._up_since = clock.steady()
        self._wobbles = 0
        self._holding: Timer | None = None

    @property
    def id(self) -> str:
        """The device's name in the settings."""
        return self.settings.id

    @property
    def device_class(self) -> DeviceClass | None:
        """What kind of device it is; None when no driver has the name in the settings."""
        driver = DRIVERS.get(self.settings.driver)
        return driver.device_class if driver else None

    @property
    def info(self) -> DeviceInfo | None:
        """What the hub needs to know; None for a device it cannot use."""
        kind, own = self.device_class, self.settings
        if kind is None or not own.enabled:
            return None
        rows = rows_of(own.driver, own.options) if kind is DeviceClass.CALLER_DISPLAY else 1
        return DeviceInfo(
            id=own.id, device_class=kind, driver=own.driver, window=own.window, zone=own.zone, rows=rows
        )

    @property
    def reachable(self) -> bool:
        """Whether the driver can be asked to do something now; the device may still refuse."""
        return self.driver is not None and self.status.state not in _OUT_OF_REACH

    def started(self, driver: Device) -> None:
        """A driver lives now; it reports its status itself."""
        if self.mirror is not None:
            self.mirror.interrupted()
        self.driver = driver

    def stopped(self) -> None:
        """The driver's life is over; calls still in it end soon."""
        self.driver = None
        self._hold(None)
        for call in self._calls:
            call.shorten(GONE_GRACE_S)

    def down(self, error: DeviceError) -> None:
        """The device or its line failed, or could not be opened."""
        self.update(
            DeviceStatus(state=DeviceState.OFFLINE, code=error.code, action=error.action, facts=error.facts)
        )

    def disabled(self) -> None:
        """The settings say not to use it."""
        self.status = self.told = DeviceStatus(state=DeviceState.NO_DEVICE, code="device.disabled")

    def update(self, status: DeviceStatus) -> None:
        """Take a new status, and tell what changed unless the device wobbles."""
        self._heard = status
        status = self.adjust(status)
        before = self.status
        if status == before:
            return
        self.status = status
        if (status.state, status.code) != (before.state, before.code):
            self.since = self._clock.wall()
        now, up, was_up = self._clock.steady(), _within_reach(status), _within_reach(before)
        if up and not was_up:
            self._up_since = now
            if self._wobbles >= WOBBLES:
                self._hold(self._clock.call_later(HELD_S, self._held))
        elif was_up and not up:
            self.downs += 1
            self._wobbles = self._wobbles + 1 if now - self._up_since < HELD_S else 0
            self._hold(None)
        self.on_status()
        if self._holding is None:
            self._pass_on()

    def reconsider(self) -> None:
        """What `adjust` knows has changed."""
        self.update(self._heard)

    def _hold(self, timer: Timer | None) -> None:
        if self._holding is not None:
            self._holding.cancel()
        self._holding = timer

    def _held(self) -> None:
        self._holding, self._wobbles = None, 0
        self._pass_on()

    def _pass_on(self) -> None:
        before, self.told = self.told, self.status
        if self.told == before:
            return
        if (self.told.state, self.told.code) != (before.state, before.code):
            self._tell(before)
        self.on_told()

    def note(self, key: str, value: str) -> None:
        """Keep what was learned of the unit; an empty value forgets it."""
        self.notes[key] = value
        self.on_note(key, value)

    def crossed(self, direction: str, data: bytes) -> None:
        """Bytes crossed the line; of what is somebody's own only how many."""
        kept = b"" if self.device_class in PRIVATE else bytes(data[:FRAME_KEPT])
        self.crossings[direction] += 1
        self.on_bytes(direction, data)
        self.flow.add(len(data))
        if self.mirror is not None and direction == ">" and self.mirror.sent(data):
            self._clock.call_later(0, self.mirror.read)
        self.traffic.append(Frame(self._clock.wall(), direction, kept, len(data)))

    async def call(self, what: str, limit: float, work: Coroutine[Any, Any, T]) -> T:
        """Await a call into the driver.

        Raises TimeoutError when it takes longer than ``limit`` seconds or outlives the driver.
        """
        call = Limited(self._clock, limit, work)
        self._calls.add(call)
        try:
            with self._progress.working(f"device {self.id}: {what}", limit + CANCEL_GRACE_S):
                return await call.result()
        finally:
            self._calls.discard(call)

    async def test(self, limit: float) -> None:
        """Run the device's external health check. Raises `DeviceError`."""
        async with self.turn:
            driver = self.driver
            if driver is None or not self.reachable:
                raise TransientError(self.status.code or "device.offline", *self.status.facts)
            try:
                await self.call("test", limit, driver.test())
            except TimeoutError:
                raise TransientError("device.timeout", fact("device.not_done", seconds=limit)) from None

    def _tell(self, before: DeviceStatus) -> None:
        status = self.status
        if self.quiet:
            return
        if not self.reachable:
            # Retries change nothing worth saying; that somebody else must act does.
            if self._down_since is None or status.action != before.action:
                log.warning("device.down", device=self.id, code=status.code, detail=status.detail)
            if self._down_since is None:
                self._down_since = self._clock.steady()
        elif before.state in _OUT_OF_REACH:
            since = self._down_since or self._clock.steady()
            gone_for = round(self._clock.steady() - since, 1)
            self._down_since = None
            log.info("device.up", device=self.id, code=status.code, gone_for_s=gone_for)
        elif status.code != before.code:
            log.info("device.status", device=self.id, state=status.state.value, code=status.code)


def _within_reach(status: DeviceStatus) -> bool:
    return status.state not in _OUT_OF_REACH


class Sink:
    """`drivers.device.DeviceSink` for one life of a driver; closed, it lets nothing through.

    Frames a driver tells of are kept only on a shared line; on its own the line tells every byte.
    """

    def __init__(self, device: ManagedDevice, shared: bool) -> None:
        self._device = device
        self._shared = shared
        self.open = True

    def status(self, status: DeviceStatus) -> None:
        if self.open:
            self._device.update(status)

    def reading(self, reading: Reading) -> None:
        if self.open:
            self._device.on_reading(reading)

    def recall(self, key: str) -> str:
        return self._device.notes.get(key, "")

    def remember(self, key: str, value: str) -> None:
        if self.open and self._device.notes.get(key, "") != value:
            self._device.note(key, value)

    def traffic(self, direction: str, data: bytes) -> None:
        if self._shared:
            self._device.crossed(direction, data)


def _as_it_is(status: DeviceStatus) -> DeviceStatus:
    return status


def _nothing(*_: object) -> None:
    pass
