"""What the hub's API says, as far as the kiosk needs it.

Fields that are not here are skipped, so a newer hub is understood. Sentences come from the hub in the
language that was asked for.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Language = Literal["zh", "en"]


class _Fact(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Name(_Fact, frozen=True, kw_only=True):
    """A name in both languages; English may be missing."""

    zh: str
    en: str = ""

    def text(self, language: Language) -> str:
        """Return the name in a language, Chinese where there is no other."""
        return (self.en if language == "en" else self.zh) or self.zh


class Wait(_Fact, frozen=True, kw_only=True):
    """A range of whole minutes."""

    low: int
    high: int


class Queue(_Fact, frozen=True, kw_only=True):
    """A 取号类别: ``refusal`` is the problem code why it gives no numbers now, None when it does."""

    id: str
    prefix: str
    name: Name
    zone: str = ""
    waiting: int = 0
    wait: Wait | None = None
    refusal: str | None = None
    on_kiosk: bool = True
    headcount: bool = False


class Priority(_Fact, frozen=True, kw_only=True):
    """A 优先 class; with ``verify`` the citizen is asked for the card."""

    id: str
    name: Name
    verify: bool = True


class Zone(_Fact, frozen=True, kw_only=True):
    """A part of the hall."""

    id: str
    name: Name


class Hall(_Fact, frozen=True, kw_only=True):
    """The hall now (GET hall). ``at`` is its wall time, RFC 3339 with the hall's own offset."""

    position: str
    at: str
    ready: bool = False
    name: Name | None = None
    notice: Name | None = None
    queues: tuple[Queue, ...] = ()
    zones: tuple[Zone, ...] = ()
    priorities: tuple[Priority, ...] = ()

    def queue(self, name: str) -> Queue | None:
        """Return a queue by its id."""
        return next((queue for queue in self.queues if queue.id == name), None)

    def priority(self, name: str | None) -> Priority | None:
        """Return a priority class by its id."""
        return next((one for one in self.priorities if one.id == name), None)

    def zone(self, name: str) -> Zone | None:
        """Return a zone by its id."""
        return next((zone for zone in self.zones if zone.id == name), None)


class Print(_Fact, frozen=True, kw_only=True):
    """State of a slip: ``asked``, ``done``, ``failed``, ``unknown`` or ``none``."""

    state: str


class Material(_Fact, frozen=True, kw_only=True):
    """A paper to bring: ``copies`` of it, and the original if ``original``."""

    name: Name
    copies: int = 1
    original: bool = True


class Promise(_Fact, frozen=True, kw_only=True):
    """``immediate`` (minutes at the window) or ``limited`` (working days)."""

    kind: str
    minutes: int | None = None
    days: int | None = None


class Service(_Fact, frozen=True, kw_only=True):
    """A 事项; materials, guide and windows are there when it was asked for by itself."""

    code: str
    name: Name
    queue: str
    promise: Promise | None = None
    materials: tuple[Material, ...] = ()
    guide: dict[str, Name] = {}
    windows: tuple[str, ...] = ()


class Place(_Fact, frozen=True, kw_only=True):
    """A ticket as it is now. ``id`` is there only for whoever showed the slip or its check code."""

    number: str
    state: str
    ahead: int | None = None
    window: str | None = None
    wait: Wait | None = None
    queue: str | None = None
    can_return: bool = False
    print: Print | None = None
    id: str | None = None


class Status(_Fact, frozen=True, kw_only=True):
    """A device's state in the words of XFS4IoT; ``paper`` where it has some."""

    state: str = ""
    code: str = ""
    paper: str | None = None


class Device(_Fact, frozen=True, kw_only=True):
    """A device of the hall; ``sentence`` says what is wrong with it, empty when all is well.

    ``question`` asks staff whether the slip on a new roll is clear.
    """

    id: str
    device_class: str
    status: Status
    sentence: str = ""
    question: str = ""


class TestResult(_Fact, frozen=True, kw_only=True):
    """How a test of a device went."""

    passed: bool
    sentence: str = ""
    detail: str = ""


class Ticket(_Fact, frozen=True, kw_only=True):
    """A number that was given (answer of POST tickets); ``check`` is its check code."""

    id: str
    number: str
    queue: str
    ahead: int = 0
    wait: Wait | None = None
    check: str = ""
    print: Print = Print(state="none")


class Appointment(_Fact, frozen=True, kw_only=True):
    """A booked time (GET appointments). ``state`` is ``booked`` until somebody came for it; ``when`` says
    whether that can be now: ``early``, ``open`` or ``late``. Times are ``HH:MM`` of ``date``.
    """

    queue: str
    state: str
    when: str
    date: str = ""
    start: str = ""
    end: str = ""


class Slip(_Fact, frozen=True, kw_only=True):
    """A ticket looked at again (GET tickets): only what became of its slip."""

    print: Print | None = None


class Problem(_Fact, frozen=True, kw_only=True):
    """Why something was not done (RFC 9457), with a sentence for people and the values in it."""

    code: str
    title: str = ""
    detail: str = ""
    params: dict[str, Any] = {}


class JobChange(_Fact, frozen=True, kw_only=True):
    """An event about a print job. ``printed`` is what a person said about a doubtful slip, ``code`` why there
    is none.
    """

    type: str
    code: str = ""
    ticket: str | None = None
    printed: bool | None = None
