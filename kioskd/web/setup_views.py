"""What is told of a hall that is being set up, and what the web asks of whoever sets it up."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import msgspec

from kioskd.hall.rules import Rules
from kioskd.web.hall_file import DiffLine
from kioskd.web.language import Language
from kioskd.web.table_faults import FaultView

Table = dict[str, Any]


class ServiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A service of the draft, as lists show it."""

    code: str
    name: Table
    queue: str


class DriverView(msgspec.Struct, frozen=True, kw_only=True):
    """A driver: its class, the addresses it can use, and profiles whose options it takes."""

    name: str
    device_class: str
    schemes: tuple[str, ...]
    profiles: tuple[str, ...]


class DraftView(msgspec.Struct, frozen=True, kw_only=True):
    """All that has been answered. Tables are as in ``hall.toml``; ``begin``: there is no hall yet; ``left``:
    somebody was here before and left it like this, at ``step``.
    """

    begin: bool
    left: bool
    step: str
    revision: int
    hall: Table
    network: bool
    guide: dict[str, str]
    zones: list[Table]
    queues: list[Table]
    services: tuple[ServiceLine, ...]
    windows: list[Table]
    tellers: list[Table]
    roster: list[Table]
    sessions: list[Table]
    years: list[Table]
    devices: list[Table]
    tried: dict[str, bool]
    drivers: tuple[DriverView, ...]


class FoundView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is plugged in, as ``kioskd devices`` tells of it, with the drivers that fit."""

    kind: str
    name: str
    address: str
    node: str
    port: str
    usb: str
    role: str
    stable: bool
    drivers: tuple[str, ...]


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """How a device answered; ``asks``: a person must say whether they saw or heard it."""

    well: bool
    asks: bool = False
    sentence: str = ""
    detail: str = ""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """At which of the devices a key was pressed, and which; None when nobody pressed any."""

    index: int | None = None
    key: str = ""


class TakenView(msgspec.Struct, frozen=True, kw_only=True):
    """What a table was understood as; the ``draft`` with it in, once it is kept."""

    names: tuple[str, ...]
    faults: tuple[FaultView, ...]
    draft: DraftView | None = None


class ProblemView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that ``kioskd check`` would refuse, and on which page of the form it is put right."""

    step: str
    sentence: str
    path: str = ""
    item: str = ""
    file: str = ""


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """A file that would be written, and how it differs from the one there is."""

    name: str
    new: bool
    diff: tuple[DiffLine, ...]


class CheckView(msgspec.Struct, frozen=True, kw_only=True):
    """What the draft would become: only without ``problems`` can it be written."""

    problems: tuple[ProblemView, ...] = ()
    files: tuple[FileView, ...] = ()
    counts: dict[str, int] = {}


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """It is written. ``recovery`` opens the hall's backups, is told this once and kept nowhere; empty where
    the hall has one.
    """

    recovery: str


class FoundAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is plugged in."""

    found: tuple[FoundView, ...]


class HallSetup(Protocol):
    """The setting up of this hub's hall. What is not ``async`` blocks and may raise OSError."""

    begin: bool
    done: asyncio.Event

    def view(self) -> DraftView:
        """Return the draft: what was left, else what the files say, else what a hall begins with."""

    def save(self, revision: int, parts: dict[str, Any], step: str) -> DraftView | None:
        """Keep parts of the draft; None where another page has changed it since.

        Raises KeyError for a part there is not, `msgspec.ValidationError` for one of another shape.
        """

    def forget(self) -> DraftView:
        """Begin anew."""

    def take(
        self, what: str, content: bytes, revision: int, keep: bool, language: Language
    ) -> TakenView | None:
        """Understand a table, and put it into the draft where ``keep`` says so; None as in `save`.

        Raises `TableError`.
        """

    def template(self, what: str) -> bytes:
        """Return a workbook to fill in."""

    def found(self) -> tuple[FoundView, ...]:
        """Return what is plugged in."""

    async def attempt(self, device: Table, language: Language) -> Tried:
        """Try a device."""

    async def listen(self, devices: list[Table], language: Language) -> Heard:
        """Wait for a press at one of these devices."""

    def check(self, language: Language) -> CheckView:
        """Return what the draft would become."""

    def rules(self) -> Rules | None:
        """Return the rules that the draft would become; None where it has problems."""

    def write(self, by: str) -> str:
        """Put the files in their places; return the hall's recovery code where it has got its first, which is
        nowhere else. Raises ValueError where the draft has problems.
        """
