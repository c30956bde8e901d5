"""What a show device should make visible, and making it so.

A show is a level: only the newest counts, it never goes back to an older revision, and it is shown
again whenever the device comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import msgspec
import structlog

from drivers.call_pad.api import KeypadFace
from drivers.device import ShowDevice
from drivers.errors import ConfigurationError, DeviceError, TransientError
from drivers.facts import fact
from drivers.registry import DeviceClass
from kioskd.station.backoff import Retry
from kioskd.station.clock import Clock, Wake
from kioskd.station.managed import ManagedDevice
from kioskd.station.messages import Context, Face, Revision, Show, Shown

log = structlog.get_logger(__name__)

SHOW_LIMIT_S = 30.0
"""Longer than a full bus of 32 signs takes at 9600 baud, with room for repeats."""


class Target(msgspec.Struct, frozen=True):
    """One thing to show, wanted since ``at``; ``revision`` is None for what the hub didn't ask for."""

    face: Face
    context: Context
    revision: Revision | None
    at: float


class ShowKeeper:
    """Keeps one device showing what it should.

    ``report`` is called when a show of the hub is visible. It is the `drivers.device.Wanted` of its
    driver, which asks for the face only when the line is its own.
    """

    def __init__(
        self,
        device: ManagedDevice,
        clock: Clock,
        random: Callable[[], float],
        report: Callable[[Shown], None],
    ) -> None:
        self.device = device
        self.context = Context()
        """What the device is about for whoever stands in front of it: stamped on what they press."""
        self._clock = clock
        self._report = report
        self._wake = Wake(clock)
        self._retry = Retry(clock, random)
        self._failing = False
        self._newest: Revision | None = None
        self._wanted: Target | None = None
        self._cover: Target | None = None
        self._sending: Target | None = None
        self._visible: Target | None = None
        self._refused = 0
        self._absences = 0

    def want(self, show: Show) -> None:
        """The hub says what should be seen; an older revision than the newest so far is dropped."""
        if self._newest is not None and show.revision < self._newest:
            return
        self._cover = None
        if show.revision == self._newest:
            # A hub that lost touch asks again and must hear what is visible already.
            if self._visible is not None and self._visible == self._target():
                self._tell(self._visible)
        else:
            self._newest = show.revision
            self._wanted = Target(show.face, show.context, show.revision, self._clock.steady())
        self._wake.set()

    def cover(self, face: Face) -> None:
        """Show this until the hub says something."""
        self._cover = Target(face, Context(), None, self._clock.steady())
        self._wake.set()

    def refuse(self) -> None:
        """Let a call keypad beep because a press came to nothing."""
        self._refused += 1
        self._wake.set()

    def forget_revisions(self) -> None:
        """Another hub speaks from now on and counts in its own way."""
        self._newest = None

    def device_changed(self) -> None:
        """The device came or went; what it shows after being away is anybody's guess."""
        if not self.device.reachable:
            self._visible = None
            self._absences += 1
        self._wake.set()

    def show_again(self) -> None:
        """Something else was shown meanwhile, such as a test."""
        self._visible = None
        self._wake.set()

    def newest(self) -> Face:
        """Return the face to send now."""
        target = self._target()
        assert target is not None  # a driver is only asked to show once there is one, and one stays
        self._sending = target
        return target.face

    def changed(self) -> float:
        """Return when what is wanted last changed."""
        target = self._target()
        return target.at if target is not None else 0.0

    async def run(self) -> None:
        """Make it so, for ever."""
        while True:
            await self._wake.wait()
            while self.device.reachable and (target := self._target()) not in (None, self._visible):
                assert target is not None
                if self._visible is not None and target.face == self._visible.face:
                    self._is_visible(target)
                elif failure := await self._show(target):
                    await self._wake.wait(self._retry.pause(isinstance(failure, ConfigurationError)))

    async def _show(self, target: Target) -> DeviceError | None:
        """Send the newest face; return why that failed."""
        device = self.device
        async with device.turn:
            driver = device.driver
            if driver is None or not device.reachable:
                return None
            absences = self._absences
            self._sending = target
            failure = await self._call(cast(ShowDevice[Any], driver))
        sent, here = self._sending, self._absences == absences
        if failure is None:
            self._worked()
            if here:
                self._is_visible(sent)
        else:
            self._visible = None
            if device.device_class is DeviceClass.CALL_PAD:
                # The digits say nothing about the ticket, so failing to write them must not leave
                # every later press bound to a ticket that has gone.
                self.context = sent.context
            if here:
                self._failed(failure)
        return failure

    async def _call(self, driver: ShowDevice[Any]) -> DeviceError | None:
        try:
            await self.device.call("show", SHOW_LIMIT_S, driver.show(self))
        except TimeoutError:
            return TransientError("device.timeout", fact("device.not_done", seconds=SHOW_LIMIT_S))
        except DeviceError as error:
            return error
        except Exception as error:
            log.exception("driver.failed", device=self.device.id)
            return TransientError("driver.failed", fact("program.error", text=repr(error)))
        return None

    def _failed(self, failure: DeviceError) -> None:
        if not self._failing:
            log.warning("show.failed", device=self.device.id, code=failure.code, detail=str(failure))
        self._failing = True

    def _worked(self) -> None:
        if self._failing:
            log.info("show.works_again", device=self.device.id)
        self._failing = False
        self._retry.reset()

    def _is_visible(self, target: Target) -> None:
        self._visible = target
        self.context = target.context
        self._tell(target)

    def _tell(self, target: Target) -> None:
        if target.revision is not None:
            self._report(Shown(device=self.device.id, revision=target.revision, context=target.context))

    def _target(self) -> Target | None:
        target = self._cover or self._wanted
        if target is not None and self._refused and isinstance(target.face, KeypadFace):
            face = msgspec.structs.replace(target.face, refused=target.face.refused + self._refused)
            return msgspec.structs.replace(target, face=face)
        return target
