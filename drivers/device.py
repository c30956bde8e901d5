"""What every driver is to the program that owns it.

A driver is built on an open line, lives until that line is lost and is then thrown away: state is
computed from the next good exchange, so no error outlives a reconnect.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

import msgspec

from drivers.status import DeviceStatus

Face = TypeVar("Face")
Face_co = TypeVar("Face_co", covariant=True)


class Reading(msgspec.Struct, frozen=True, tag_field="reading"):
    """Something a person did at a device. Each device class defines its own readings."""


class DeviceSink(Protocol):
    """Where a driver reports. Calls are made on the event loop and never block or raise."""

    def status(self, status: DeviceStatus) -> None:
        """The device's state, on every change and once after it came up."""

    def reading(self, reading: Reading) -> None:
        """A press, already debounced and acknowledged on the wire where the protocol asks for it."""

    def recall(self, key: str) -> str:
        """What an earlier driver of this device remembered under ``key``; empty for nothing."""

    def remember(self, key: str, value: str) -> None:
        """Keep something learned of the unit beyond this driver's life; empty forgets it.

        Another unit may be plugged in meanwhile: what is kept must say which one it is of.
        """

    def traffic(self, direction: str, data: bytes) -> None:
        """Bytes as they crossed the line; ``direction`` is ``"<"`` from the device, ``">"`` to it."""


class Wanted(Protocol[Face_co]):
    """What a show device should make visible. Level, not edge: only the newest counts."""

    def newest(self) -> Face_co:
        """The face to send now; asked once the line is ours, so stale faces never cost wire time."""
        ...

    def changed(self) -> float:
        """Loop time of the latest change; on a shared line the latest is served first."""
        ...


class Device(ABC):
    """One device on an open line."""

    @abstractmethod
    async def run(self) -> None:
        """Bring the device up and keep it: read, poll, report status, until the line is lost.

        Raises `DeviceError` when the line or device is gone for good (a new driver is then built
        on a new line). Cancelling it ends the driver without half a frame on the wire. A device
        that is merely silent on a healthy shared line does not raise: it reports itself offline
        and keeps polling; going from offline to online makes the owner show again.
        """

    @abstractmethod
    async def test(self) -> None:
        """Do something a person can see or hear (UnifiedPOS external health check).

        Raises `DeviceError`. What a show device displays afterwards is undefined until the next
        `show`.
        """


class ShowDevice(Device, Generic[Face]):
    """A device that holds a visible state."""

    @abstractmethod
    async def show(self, wanted: Wanted[Face]) -> None:
        """Make the newest wanted face visible.

        Returns when the last byte has left and, where the protocol has one, the acknowledgement
        has come. Only called while `run` runs. Raises `DeviceError`; the owner shows again after
        the device reports online.
        """
