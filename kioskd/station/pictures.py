"""Pictures of document cameras, on their way from the driver to the hub."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.document_camera.api import DocumentCamera, Picture
from drivers.errors import TransientError
from drivers.facts import fact
from kioskd.station.managed import ManagedDevice
from kioskd.station.messages import PicturePart

PICTURE_S = 12.0
"""Longer than a camera takes to begin; the hub waits a little longer."""

PART_BYTES = 384 * 1024
"""Of one message; in Base64 half of the largest a link carries, so that what is urgent comes between."""


async def take_picture(device: ManagedDevice, *, full: bool) -> Picture:
    """Return a picture. Raises `DeviceError`; ``device.wrong_class`` for what is no camera.

    Askers do not wait for each other here: the driver lets a page go before the live picture.
    """
    driver = device.driver
    if driver is None or not device.reachable:
        raise TransientError(device.status.code or "device.offline", *device.status.facts)
    if not isinstance(driver, DocumentCamera):
        raise TransientError("device.wrong_class")
    try:
        return await device.call("picture", PICTURE_S, driver.picture(full=full))
    except TimeoutError:
        raise TransientError("camera.silent", fact("camera.no_frame", seconds=PICTURE_S)) from None


def picture_parts(request: str, picture: Picture) -> Iterator[PicturePart]:
    """Cut a picture into messages."""
    data = picture.jpeg
    for at in range(0, len(data), PART_BYTES):
        yield PicturePart(
            request=request,
            data=data[at : at + PART_BYTES],
            last=at + PART_BYTES >= len(data),
            width=picture.width,
            height=picture.height,
        )
