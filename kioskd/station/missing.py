"""Characters that a sign was to show and its font does not hold: counted, listed, told once.

The sign shows a box in their place, which the people in the hall see and nobody else would hear of.
"""

from __future__ import annotations

import structlog
from msgspec import structs

from drivers.status import DeviceState, DeviceStatus, ErrorAction
from kioskd.station.clock import Clock
from kioskd.station.views import MissingView

log = structlog.get_logger(__name__)

CODE = "sign.characters"
REMEMBERED_S = 86400.0
"""A text of yesterday that nobody shows any more is nothing to act on."""
MOST = 100
"""Characters listed of one device; whoever lacks so many has the wrong font set."""


class MissingCharacters:
    """What one device lacked, with how often it was to be shown and when last."""

    def __init__(self, device: str, clock: Clock) -> None:
        self._device = device
        self._clock = clock
        self._now: frozenset[str] = frozenset()
        self._found: dict[str, MissingView] = {}
        self._told = False

    def adjust(self, status: DeviceStatus) -> DeviceStatus:
        """Count what a driver reports, and mark a device that is well otherwise."""
        shown = frozenset(status.missing.split())
        for character in sorted(shown - self._now):
            self._count(character)
        self._now = shown
        if self._found and not self._told:
            self._told = True
            log.warning("sign.characters", device=self._device, characters=" ".join(self._found))
        if not self.listed or status.code or status.state is not DeviceState.ONLINE:
            return status
        return structs.replace(status, code=CODE, action=ErrorAction.CONFIGURATION)

    @property
    def listed(self) -> tuple[MissingView, ...]:
        """Return what was lacking in the last day, the most often first."""
        since = self._clock.wall() - REMEMBERED_S
        for character in [one.character for one in self._found.values() if one.at < since]:
            if character not in self._now:
                del self._found[character]
        return tuple(sorted(self._found.values(), key=lambda one: (-one.times, one.character)))

    def _count(self, character: str) -> None:
        before = self._found.get(character)
        if before is not None or len(self._found) < MOST:
            times = before.times + 1 if before is not None else 1
            self._found[character] = MissingView(character, times, self._clock.wall())
