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


class DeviceView(msgspec.Struct, frozen=True):
    """One device; ``since`` (Unix seconds) is when its state or the reason for it last changed.

    ``traffic`` is only there for the device that was asked about. ``received``, ``sent`` and ``downs``
    count since the start of its station.
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
