"""Paper accounting: how much is left on the roll of each printer.

Counted from what came out since the roll was put in, and set right by the printer's own sensors where it
has them. What the count says is told in the same words as a near-end sensor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from drivers.printer.api import RollSize
from drivers.status import DeviceState, DeviceStatus, ErrorAction, Paper
from kioskd.station.messages import PaperCount
from kioskd.station.store import PaperRow

log = structlog.get_logger(__name__)

FIRST_GUESS_MM = 120.0
"""Length of a slip before the first one was measured."""

_SMOOTH = 0.1
"""Weight of the newest slip in the mean length: slips of the morning may be longer than those of noon."""

_LOW = "printer.paper_low"
_OUT_OF_SIGHT = frozenset({DeviceState.OFFLINE, DeviceState.POWER_OFF, DeviceState.NO_DEVICE})


class PaperAccount:
    """The roll in one printer. ``keep`` stores a changed count."""

    def __init__(self, device: str, options: dict[str, Any], keep: Callable[[PaperRow], None]) -> None:
        self._device = device
        # Other options of the family are none of our business; wrong ones keep the driver from being built.
        known = {key: options[key] for key in RollSize.__struct_fields__ if key in options}
        try:
            self._size = msgspec.convert(known, RollSize)
        except msgspec.ValidationError:
            self._size = RollSize()
        self._keep = keep
        self._row = PaperRow(device, "", self._size.roll_m * 1000, 0.0, 0)
        self._over = ""

    def load(self, row: PaperRow) -> None:
        """Go on from what was stored."""
        self._row = row
        self._over = "" if row.left_mm > 0 else "out"

    @property
    def count(self) -> PaperCount:
        """What is left now."""
        row = self._row
        return PaperCount(
            left_mm=round(row.left_mm),
            roll_mm=round(self._size.roll_m * 1000),
            slips=self._slips,
            slip_mm=round(self._slip_mm, 1),
            assumed=not row.roll,
        )

    def used(self, mm: float) -> bool:
        """Take off what came out; return whether anything did."""
        if mm <= 0:
            return False
        row = self._row
        slip_mm = row.slip_mm + _SMOOTH * (mm - row.slip_mm) if row.slips else mm
        self._change(left_mm=max(row.left_mm - mm, 0.0), slip_mm=slip_mm, slips=row.slips + 1)
        return True

    def new_roll(self, roll: str) -> bool:
        """Begin a full roll; return whether it is another one than we knew of."""
        if roll == self._row.roll:
            return False
        self._over = ""
        self._change(roll=roll, left_mm=self._size.roll_m * 1000)
        return True

    def adjust(self, status: DeviceStatus) -> DeviceStatus:
        """Set the count right by what the sensors say, or say low where only the count knows."""
        self._watch(status)
        if self._slips > self._size.warn_slips or status.paper is not Paper.FULL or status.code:
            return status
        if status.state is not DeviceState.ONLINE:
            return status
        return msgspec.structs.replace(status, code=_LOW, paper=Paper.LOW, action=ErrorAction.MAINTENANCE)

    def _watch(self, status: DeviceStatus) -> None:
        """Let the sensors set the count right.

        Low paper that is full again is only a fluttering sensor, unless somebody was at the printer: the
        same rule by which the hub knows of a new roll, so that neither waits for the other.
        """
        if status.paper is Paper.OUT:
            self._over = "out"
            self._at_most(0.0)
        elif self._over != "out":
            if status.code == "printer.cover_open" or status.state in _OUT_OF_SIGHT:
                self._over = "opened" if self._over else ""
            elif status.paper is Paper.LOW:
                self._over = "low"
        if status.paper is Paper.LOW:
            self._at_most(self._size.warn_slips * self._slip_mm)
        if status.paper is Paper.FULL and self._over in ("opened", "out"):
            self._over = ""
            self._change(left_mm=self._size.roll_m * 1000)

    @property
    def _slip_mm(self) -> float:
        return self._row.slip_mm or FIRST_GUESS_MM

    @property
    def _slips(self) -> int:
        return int(self._row.left_mm / self._slip_mm)

    def _at_most(self, mm: float) -> None:
        if self._row.left_mm > mm:
            log.info("paper.corrected", device=self._device, counted_mm=round(self._row.left_mm))
            self._change(left_mm=mm)

    def _change(self, **changes: Any) -> None:
        self._row = msgspec.structs.replace(self._row, **changes)
        self._keep(self._row)
