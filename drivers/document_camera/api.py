"""What document cameras do."""

from __future__ import annotations

from abc import abstractmethod

import msgspec

from drivers.device import Device


class Picture(msgspec.Struct, frozen=True):
    """One frame as the camera made it: JPEG, never packed anew. Personal: it stands in no log."""

    jpeg: bytes
    width: int
    height: int


class DocumentCamera(Device):
    """A camera that looks down on a table. It shows nothing and keeps nothing."""

    @abstractmethod
    async def picture(self, *, full: bool) -> Picture:
        """Return the next frame: at full resolution, or small for a preview.

        Calls may overlap: a page at full resolution goes before previews that wait. The camera runs from the
        first call until some seconds after the last. Raises `DeviceError`
        (``camera.silent`` when no frame comes).
        """
