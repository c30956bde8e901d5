"""A document camera through the kernel's uvcvideo: its frames byte for byte, and its cable pulled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.document_camera.uvc.driver import Options, UvcCamera, build
from drivers.document_camera.uvc.simulator import scene
from drivers.errors import DeviceError
from drivers.transport.api import Address
from drivers.transport.line import open_line
from tests.drivers.owner import Owner, Pulse
from tests.hardware_lab.devices.conftest import file_like, until
from tests.hardware_lab.usb.camera import SIZES, UsbCamera

PATIENCE_S = 120.0


@contextlib.asynccontextmanager
async def plugged() -> AsyncIterator[tuple[UsbCamera, Path]]:
    camera = UsbCamera(3, {size: scene(size, "form", 2, False) for size in SIZES})
    camera.plug_in()
    try:
        yield camera, await file_like("/dev/v4l/by-id", "*CAM1*index0")
    finally:
        camera.pull_out()


@contextlib.asynccontextmanager
async def driven(node: Path) -> AsyncIterator[UvcCamera]:
    line = await open_line(Address("v4l2", str(node), {}))
    owner: Owner[None] = Owner(Pulse(), None)
    driver = build(line, 0, Options(preview_width=640), owner)
    running = asyncio.create_task(driver.run())
    try:
        await until(lambda: owner.statuses, "the camera is ready")
        yield driver
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await line.close()


async def test_frames_are_the_cameras_own_bytes() -> None:
    async with plugged() as (camera, node), driven(node) as driver:
        preview = await asyncio.wait_for(driver.picture(full=False), PATIENCE_S)
        assert (preview.width, preview.height) == SIZES[0]
        assert preview.jpeg.startswith(camera.frames[SIZES[0]])
        page = await asyncio.wait_for(driver.picture(full=True), PATIENCE_S)
        assert (page.width, page.height) == SIZES[1]
        assert page.jpeg.startswith(camera.frames[SIZES[1]])


async def test_another_program_has_it() -> None:
    async with plugged() as (_, node), driven(node) as driver:
        await asyncio.wait_for(driver.picture(full=False), PATIENCE_S)
        with pytest.raises(DeviceError) as caught:
            await open_line(Address("v4l2", str(node), {}))
        assert caught.value.code == "line.busy"


async def test_the_cable_is_pulled_while_somebody_looks() -> None:
    async with plugged() as (camera, node), driven(node) as driver:
        await asyncio.wait_for(driver.picture(full=False), PATIENCE_S)
        taking = asyncio.create_task(driver.picture(full=True))
        await asyncio.sleep(0)
        camera.pull_out()
        with pytest.raises(DeviceError):
            await asyncio.wait_for(taking, PATIENCE_S)
    await until(lambda: not node.exists(), "the node is gone")
    async with plugged() as (_, again), driven(again) as driver:
        assert (await asyncio.wait_for(driver.picture(full=False), PATIENCE_S)).width == SIZES[0][0]
