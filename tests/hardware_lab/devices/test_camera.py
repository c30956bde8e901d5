"""A document camera through the kernel's uvcvideo: its frames byte for byte, and its cable pulled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from drivers.document_camera.api import Picture
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
async def driven(node: Path, **settings: Any) -> AsyncIterator[UvcCamera]:
    line = await open_line(Address("v4l2", str(node), {}))
    owner: Owner[None] = Owner(Pulse(), None)
    driver = build(line, 0, Options(preview_width=640, **settings), owner)
    running = asyncio.create_task(driver.run())
    try:
        await until(lambda: owner.statuses, "the camera is ready")
        yield driver
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await line.close()


async def seen(driver: UvcCamera, *, full: bool) -> Picture:
    async with asyncio.timeout(PATIENCE_S):
        return await driver.picture(full=full)


async def test_frames_are_the_cameras_own_bytes() -> None:
    async with plugged() as (camera, node), driven(node) as driver:
        preview = await seen(driver, full=False)
        assert (preview.width, preview.height) == SIZES[0]
        assert preview.jpeg.startswith(camera.frames[SIZES[0]])
        page = await seen(driver, full=True)
        assert (page.width, page.height) == SIZES[1]
        assert page.jpeg.startswith(camera.frames[SIZES[1]])


async def test_exposure_and_focus_of_the_profile_reach_the_camera() -> None:
    async with plugged() as (camera, node):
        async with driven(node, exposure=20.0, focus=55) as driver:
            await seen(driver, full=False)
        assert camera.settings == {2: 1, 4: 200, 6: 55, 8: 0}
        async with driven(node, exposure="auto", focus="auto") as driver:
            await seen(driver, full=False)
        assert (camera.settings[2], camera.settings[8]) == (8, 1)


async def test_another_program_has_it() -> None:
    async with plugged() as (_, node), driven(node) as driver:
        await seen(driver, full=False)
        with pytest.raises(DeviceError) as caught:
            await open_line(Address("v4l2", str(node), {}))
        assert caught.value.code == "camera.busy"


async def test_the_cable_is_pulled_while_somebody_looks() -> None:
    async with plugged() as (camera, node), driven(node) as driver:
        await seen(driver, full=False)
        taking = asyncio.create_task(driver.picture(full=True))
        await asyncio.sleep(0)
        camera.pull_out()
        with pytest.raises(DeviceError):
            async with asyncio.timeout(PATIENCE_S):
                await taking
    await until(lambda: not node.exists(), "the node is gone")
    async with plugged() as (_, again), driven(again) as driver:
        assert (await seen(driver, full=False)).width == SIZES[0][0]
