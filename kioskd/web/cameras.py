"""The document camera of a window: how it is, what it sees, and its live picture."""

from __future__ import annotations

import asyncio

from aiohttp import web

from drivers.registry import DeviceClass
from kioskd.hub.pictures import NoPictureError
from kioskd.hub.stations import DeviceView
from kioskd.web.call import Call
from kioskd.web.headers import HEADERS
from kioskd.web.page_views import CameraView
from kioskd.web.problem import ProblemError
from kioskd.web.spooled import documents_of
from kioskd.web.windows import check_duty
from kioskd.web.wording import device_sentence

BOUNDARY = "kioskd-frame"
PREVIEW_RATE = 15
PREVIEW_S = 600.0
"""Nobody lays a sheet straight for longer; the page asks anew."""


async def preview(call: Call) -> web.StreamResponse:
    """GET windows/{window}/camera/preview: JPEG frames, one after the other, until the page goes."""
    await check_duty(call, call.path("window"))
    documents = documents_of(call)
    first = await picture_of(call, full=False)
    warm = asyncio.create_task(documents.workers.warm(), name="documents worker begins")
    response = web.StreamResponse(
        headers={**HEADERS, "Content-Type": f"multipart/x-mixed-replace; boundary={BOUNDARY}"}
    )
    await response.prepare(call.request)
    loop = asyncio.get_running_loop()
    began = due = loop.time()
    frame: bytes | None = first
    try:
        while frame is not None and loop.time() - began < PREVIEW_S:
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(frame)}\r\n\r\n"
            await response.write(head.encode() + frame + b"\r\n")
            due = max(due + 1 / PREVIEW_RATE, loop.time())
            await asyncio.sleep(due - loop.time())
            try:
                frame = await picture_of(call, full=False)
            except ProblemError:
                frame = None
        await response.write_eof(f"--{BOUNDARY}--\r\n".encode())
    except ConnectionError:
        pass
    finally:
        await asyncio.gather(warm, return_exceptions=True)
    return response


def camera_view(call: Call) -> CameraView | None:
    """Return how the window's camera is; None where it has none."""
    camera = _camera(call)
    if camera is None:
        return None
    status = camera.status
    return CameraView(
        device=camera.id,
        state=status.state.value,
        code=status.code,
        sentence=device_sentence(status.code, call.language),
    )


async def picture_of(call: Call, *, full: bool) -> bytes:
    """Return what the window's camera sees, JPEG. Raises `ProblemError`."""
    camera = _camera(call)
    if camera is None:
        raise ProblemError("no_camera", {"window": call.path("window")[:20]})
    try:
        return (await call.site.stations.asking.picture(camera.id, full=full)).jpeg
    except NoPictureError as error:
        sentence = device_sentence(error.code, call.language)
        raise ProblemError("camera_failed", {"device": camera.id, "sentence": sentence}) from error


def _camera(call: Call) -> DeviceView | None:
    window = call.path("window")
    return next(
        (
            device
            for device in call.site.stations.devices()
            if device.window == window and device.device_class == DeviceClass.DOCUMENT_CAMERA.value
        ),
        None,
    )
