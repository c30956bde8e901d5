"""What the devices show while there is no hub to say it."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from drivers.call_pad.api import KeypadFace
from drivers.caller_display.api import Page, Row, SignFace
from drivers.rating_pad.api import PadFace
from drivers.registry import DeviceClass
from kioskd.station.clock import Clock, Timer
from kioskd.station.config import HubLostSettings
from kioskd.station.messages import Face

log = structlog.get_logger(__name__)


def lost_face(kind: DeviceClass, settings: HubLostSettings) -> Face | None:
    """Return what a device of this class shows when the hub has been gone for long; None for a device
    that shows nothing.
    """
    if kind is DeviceClass.CALLER_DISPLAY:
        return SignFace(tuple(Page((Row(texts),)) for texts in settings.sign))
    if kind is DeviceClass.RATING_PAD:
        return PadFace()
    if kind is DeviceClass.CALL_PAD:
        return KeypadFace()
    return None


class HubLost:
    """Waits a while after the hub is lost, then calls ``cover``.

    The last truth stays true for a time: a citizen who was called must still find the window.
    """

    def __init__(self, clock: Clock, hold_s: float, cover: Callable[[], None]) -> None:
        self._clock = clock
        self._hold_s = hold_s
        self._cover = cover
        self._timer: Timer | None = None

    def lost(self) -> None:
        """There is no hub; said again, it changes nothing."""
        if self._timer is None:
            self._timer = self._clock.call_later(self._hold_s, self._over)

    def found(self) -> None:
        """A hub speaks; each device is uncovered by what it says."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Wait no longer."""
        self.found()

    def _over(self) -> None:
        log.warning("hub.lost_for_long", hold_s=self._hold_s)
        self._cover()
