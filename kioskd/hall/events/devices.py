"""Devices, their paper and their jobs."""

from __future__ import annotations

import msgspec

from kioskd.hall.events.base import Recorded


class StationAttached(Recorded, frozen=True, kw_only=True, tag="station.attached"):
    """A station connected for the first time, or with a store that is not the one it had before.

    It may know of ``numbers`` of ``numbers_day`` that this journal lost: these must be taken as given.
    """

    station: str
    incarnation: str
    numbers: dict[str, int] = msgspec.field(default_factory=dict)
    numbers_day: str = ""


class DeviceChanged(Recorded, frozen=True, kw_only=True, tag="device.changed"):
    """A device's state, in the words of XFS4IoT; empty: the hall no longer has it.

    ``behind`` names what it shares with others that went with it, ``slips`` what low paper is good for.
    """

    device: str
    device_class: str
    state: str
    code: str = ""
    paper: str | None = None
    window: str | None = None
    behind: str | None = None
    slips: int | None = None


class RollChanged(Recorded, frozen=True, kw_only=True, tag="roll.changed"):
    """A new roll of paper is in a printer, and a slip is printed on it to be looked at.

    ``sensed``: the printer's own sensors told, not a person.
    """

    device: str
    sensed: bool = False


class RollJudged(Recorded, frozen=True, kw_only=True, tag="roll.judged"):
    """Somebody looked at the slip that was printed after a roll was changed."""

    device: str
    clear: bool


class DeviceRebound(Recorded, frozen=True, kw_only=True, tag="device.rebound"):
    """Devices are at another port and the settings say so now.

    ``undone``: a rebinding was taken back.
    """

    devices: tuple[str, ...]
    old: str
    new: str
    undone: bool = False


class _Job(Recorded, frozen=True, kw_only=True, omit_defaults=True):
    """``job`` is ``epoch.seq.copy``; ``ticket`` and ``copy`` say which slip, None and 0 for other jobs."""

    job: str
    ticket: str | None = None
    copy: int = 0
    code: str = ""


class JobDone(_Job, frozen=True, kw_only=True, tag="job.done"):
    """It is on paper, or was said."""


class JobFailed(_Job, frozen=True, kw_only=True, tag="job.failed"):
    """It is known that nobody got it."""


class JobUnknown(_Job, frozen=True, kw_only=True, tag="job.unknown"):
    """It may or may not have come out; a person must look."""


class JobSettled(_Job, frozen=True, kw_only=True, tag="job.settled"):
    """A person looked."""

    printed: bool
