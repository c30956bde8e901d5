"""Stations, devices and what became of their jobs."""

from __future__ import annotations

from kioskd.hall.commands.base import Asked


class AttachStation(Asked, frozen=True, kw_only=True):
    """A station is connected; ``incarnation`` changes when its store was lost, and with it what it
    knew of jobs. ``numbers`` are the last ones of ``numbers_day`` that it has seen given.
    """

    station: str
    incarnation: str
    numbers: dict[str, int] = {}
    numbers_day: str = ""


class ReportDevice(Asked, frozen=True, kw_only=True):
    """A device's state changed, in the words of `drivers.status`; empty: it was taken out of the settings.

    ``behind`` names what it shares with others that went with it (``usb:hall-pc/1-1``, a hub;
    ``line:hall-pc/serial:///…``, a cable), None where it is alone. ``slips`` is how many the paper of a
    printer that runs low is good for, as far as that is known.
    """

    device: str
    device_class: str
    state: str
    code: str = ""
    paper: str | None = None
    window: str | None = None
    behind: str | None = None
    slips: int | None = None


class ChangeRoll(Asked, frozen=True, kw_only=True):
    """A new roll of paper is in a printer (换好纸了)."""

    device: str


class JudgeRoll(Asked, frozen=True, kw_only=True):
    """字迹清楚吗? answered, about the slip that was printed after the roll was changed."""

    device: str
    clear: bool


class ReportRebound(Asked, frozen=True, kw_only=True):
    """A station found devices at another port and wrote that into its settings.

    ``by`` is who confirmed it: the device whose key was pressed, or a person. ``undone``: it was rolled
    back, and ``new`` is the address from before.
    """

    devices: tuple[str, ...]
    old: str
    new: str
    undone: bool = False


class ReportAnnounced(Asked, frozen=True, kw_only=True):
    """A sign showed or a speaker said a call. ``call`` is which call of that ticket (1, 2, …)."""

    ticket: str
    call: int
    device: str


class ReportJob(Asked, frozen=True, kw_only=True):
    """What became of a job (print, speech): ``done``, ``failed`` or ``unknown``.

    ``job`` is ``"epoch.seq.copy"`` of the event that asked for it; ``ticket`` the ticket it is about.
    """

    job: str
    outcome: str
    code: str = ""
    ticket: str | None = None


class SettleJob(Asked, frozen=True, kw_only=True):
    """A person says whether a doubtful slip is on paper."""

    job: str
    printed: bool
