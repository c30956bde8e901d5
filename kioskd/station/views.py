"""What a technician sees of a station."""

from __future__ import annotations

import msgspec

from drivers.status import DeviceStatus


class FrameView(msgspec.Struct, frozen=True):
    """Bytes on a device's line: Unix seconds, ``<`` from or ``>`` to the device, hexadecimal.

    ``length`` counts all bytes; ``data`` is the beginning of them, empty for what is somebody's own.
    ``meaning`` is what the device's codec reads in them, where it can.
    """

    at: float
    direction: str
    data: str
    length: int = 0
    meaning: str = ""


class SignWindow(msgspec.Struct, frozen=True):
    """A rectangle of a sign's lamps: ``pages`` of dot rows, one digit a dot (0 dark, 1 red, 2 green,
    3 yellow). With ``move`` ``still`` each page stays for ``stay`` seconds; else the one page moves that way
    through it, a dot every ``step`` seconds.
    """

    x: int
    y: int
    width: int
    height: int
    move: str
    stay: float
    step: float
    pages: tuple[tuple[str, ...], ...]


class SignView(msgspec.Struct, frozen=True):
    """What a sign shows by the bytes that were sent to it: its lamps, and ``texts``, top first.

    A very large board has no ``windows``, only its texts.
    """

    width: int
    height: int
    lit: bool
    texts: tuple[str, ...]
    windows: tuple[SignWindow, ...]


class PressView(msgspec.Struct, frozen=True):
    """Something was pressed at ``at`` (Unix seconds) while keys were tried out; see ``keys``."""

    at: float
    key: str


class MissingView(msgspec.Struct, frozen=True):
    """A character that a sign replaced because its font lacks it, how often, and when last (Unix seconds)."""

    character: str
    times: int
    at: float


class DeviceView(msgspec.Struct, frozen=True):
    """One device; ``since`` (Unix seconds) is when its state or the reason for it last changed.

    ``received``, ``sent`` and ``downs`` count since the start of its station, ``per_minute`` the bytes that
    crossed its line in the last minute, of all on it; ``load`` is the percentage of the line's time that
    they took, where that is known. ``keys`` can be tried out there (keys, levels 5-1, or ``read``);
    ``trying`` says that this is being done, and ``pressed`` what was pressed since it began. ``traffic`` and
    ``sign`` are only there for the device that was asked about.
    """

    id: str
    driver: str
    address: str
    unit: int
    window: str | None
    zone: str | None
    status: DeviceStatus
    since: float
    traffic: tuple[FrameView, ...] = ()
    received: int = 0
    sent: int = 0
    downs: int = 0
    per_minute: int = 0
    load: float | None = None
    keys: tuple[str, ...] = ()
    trying: bool = False
    pressed: tuple[PressView, ...] = ()
    sign: SignView | None = None
    missing: tuple[MissingView, ...] = ()


class LinkView(msgspec.Struct, frozen=True):
    """The way to the hub; ``code`` and ``detail`` say why there is none."""

    connected: bool
    since: float
    code: str = ""
    detail: str = ""


class StationView(msgspec.Struct, frozen=True):
    """The whole station. ``stalled`` names loops that are stuck; ``jobs`` and ``inputs`` count what waits."""

    station: str
    link: LinkView
    devices: tuple[DeviceView, ...]
    jobs: int
    inputs: int
    stalled: tuple[str, ...]
