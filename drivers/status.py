"""Standard words for the state of a device.

The words are those of XFS4IoT (common status, printer paper) and UnifiedPOS (cover), so that
technicians and integrators meet one vocabulary whatever the maker of the device.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from drivers.facts import Fact, plain


class DeviceState(StrEnum):
    """XFS4IoT ``Common.Status`` device state."""

    ONLINE = "online"
    OFFLINE = "offline"
    POWER_OFF = "powerOff"
    NO_DEVICE = "noDevice"
    HARDWARE_ERROR = "hardwareError"
    USER_ERROR = "userError"
    DEVICE_BUSY = "deviceBusy"


class Paper(StrEnum):
    """XFS4IoT printer paper supply."""

    FULL = "full"
    LOW = "low"
    OUT = "out"
    JAMMED = "jammed"
    UNKNOWN = "unknown"


class Cover(StrEnum):
    """UnifiedPOS cover state."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class ErrorAction(StrEnum):
    """XFS4IoT error action: who must act and how."""

    NONE = "none"
    RESET = "reset"
    CONFIGURATION = "configuration"
    CLEAR = "clear"
    MAINTENANCE = "maintenance"


class DeviceStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a device now.

    ``code`` is a stable identifier of the reason (``printer.paper_out``, ``line.lost``, …) from
    which the reader's sentence is made at the edge; empty when all is well. ``facts`` are for a technician,
    never shown to citizens; drivers give these. ``detail`` is the same as one line for logs, and all there
    is from a station that is older than facts. ``paper`` and ``cover`` are None for devices that hold no
    paper. ``missing`` holds the characters of what is shown now that the device had to replace
    because its font lacks them, apart by blanks.
    """

    state: DeviceState
    code: str = ""
    action: ErrorAction = ErrorAction.NONE
    detail: str = ""
    paper: Paper | None = None
    cover: Cover | None = None
    missing: str = ""
    facts: tuple[Fact, ...] = ()

    def __post_init__(self) -> None:
        if self.facts and not self.detail:
            msgspec.structs.force_setattr(self, "detail", plain(self.facts))
