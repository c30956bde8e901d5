"""The camera driver on real sockets, and the kernel's structures."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.document_camera.uvc.controls import controls_of
from drivers.document_camera.uvc.driver import Options, UvcCamera, build
from drivers.document_camera.uvc.simulator import SIZES, SimulatedCamera
from drivers.errors import DeviceError
from drivers.status import DeviceState, DeviceStatus
from drivers.transport import v4l2_structs as v4l2
from drivers.transport import video
from drivers.transport.line import open_line
from drivers.transport.simulated import TcpPort
from drivers.transport.video import Size
from tests.drivers.owner import Owner, Pulse

LIMIT = 8 * 1024 * 1024


@contextlib.asynccontextmanager
async def camera(
    options: Options | None = None,
    simulator: SimulatedCamera | None = None,
    told: list[DeviceStatus] | None = None,
) -> AsyncIterator[tuple[UvcCamera, SimulatedCamera, TcpPort]]:
    simulator = simulator or SimulatedCamera()
    simulator.frozen = 2
    port = TcpPort("127.0.0.1", 0, [simulator], send_limit=LIMIT)
    await port.start()
    line = await open_line(port.address)
    owner: Owner[None] = Owner(Pulse(), None)
    owner.statuses = told if told is not None else []
    driver = build(line, 0, options or Options(), owner)
    running = asyncio.create_task(driver.run())
    try:
        await owner.pulse.until(lambda: owner.statuses, 30)
        yield driver, simulator, port
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await line.close()
        await port.stop()


async def test_preview_is_small_and_a_page_is_full() -> None:
    async with camera() as (driver, simulator, _):
        preview = await driver.picture(full=False)
        assert (preview.width, preview.height) == (640, 480)
        page = await driver.picture(full=True)
        assert (page.width, page.height) == SIZES[0]
        assert page.jpeg.startswith(b"\xff\xd8")
        again = await driver.picture(full=False)
        assert again.width == 640
        assert simulator.view()["streaming"] == [640, 480]


async def test_many_askers_each_get_a_picture() -> None:
    async with camera(Options(width=1280, height=960)) as (driver, _, _):
        pictures = await asyncio.gather(*(driver.picture(full=n % 2 == 0) for n in range(6)))
        assert [p.width for p in pictures] == [1280, 640] * 3


class OnlyPages(SimulatedCamera):
    """Its preview never comes."""

    async def _stream(self, size: Size) -> None:
        if size == SIZES[0]:
            await super()._stream(size)


async def test_a_page_waits_for_no_preview() -> None:
    async with camera(Options(settle=0), OnlyPages()) as (driver, simulator, _):
        looking = [asyncio.create_task(driver.picture(full=False)) for _ in range(3)]
        while simulator.view()["streaming"] != [640, 480]:  # noqa: ASYNC110 - no event for it
            await asyncio.sleep(0.005)
        async with asyncio.timeout(4):  # sooner than a preview that does not come is given up
            page = await driver.picture(full=True)
        assert (page.width, page.height) == SIZES[0]
        for one in looking:
            one.cancel()
        await asyncio.gather(*looking, return_exceptions=True)


def test_settings_go_in_the_order_that_cameras_take() -> None:
    others = {"0x00980913": 40}
    assert controls_of(None, None, {}) == []
    assert controls_of("auto", "auto", {}) == [(0x009A0901, 3), (0x009A090C, 1)]
    assert controls_of(20, 55, others) == [
        (0x009A0901, 1),
        (0x009A0902, 200),
        (0x009A090C, 0),
        (0x009A090A, 55),
        (0x00980913, 40),
    ]


async def test_exposure_and_focus_of_the_profile() -> None:
    options = msgspec.convert({"exposure": 12.5, "focus": "auto", "controls": {"0x00980913": 40}}, Options)
    async with camera(options) as (driver, simulator, _):
        await driver.picture(full=False)
        assert simulator.controls == [
            (0x009A0901, 1),
            (0x009A0902, 125),
            (0x009A090C, 1),
            (0x00980913, 40),
        ]


async def test_a_refused_setting_is_told_and_pages_are_taken() -> None:
    simulator = SimulatedCamera()
    simulator.refuses = {0x009A090C}
    told: list[DeviceStatus] = []
    async with camera(Options(focus="auto"), simulator, told) as (driver, _, _):
        page = await driver.picture(full=True)
        assert page.width == SIZES[0][0]
    assert (told[-1].state, told[-1].code) == (DeviceState.ONLINE, "camera.setting")
    assert "0x009a090c" in told[-1].detail


async def test_unplugged_while_a_page_is_taken() -> None:
    async with camera() as (driver, _, port):
        await driver.picture(full=False)
        taking = asyncio.create_task(driver.picture(full=True))
        await asyncio.sleep(0)
        await port.unplug()
        with pytest.raises(DeviceError) as caught:
            async with asyncio.timeout(30):
                await taking
        assert caught.value.code in ("line.lost", "camera.silent")


@given(
    st.lists(
        st.one_of(
            st.builds(video.Ask),
            st.builds(video.Stop),
            st.builds(video.Stream, st.tuples(st.integers(0, 65535), st.integers(0, 65535))),
            st.builds(video.Control, st.integers(0, 2**32 - 1), st.integers(-(2**31), 2**31 - 1)),
            st.builds(video.Frame, st.tuples(st.integers(0, 65535), st.integers(0, 65535)), st.binary()),
            st.builds(video.Trouble, st.text()),
        ),
        max_size=5,
    ),
    st.integers(1, 20),
)
def test_messages_survive_any_cutting(sent: list[video.Order | video.Word], step: int) -> None:
    whole = b"".join(video.encode(message) for message in sent)
    messages, got = video.Messages(), []
    for at in range(0, len(whole), step):
        got += messages.feed(whole[at : at + step])
    assert got == sent


@given(st.binary(max_size=200))
def test_noise_harms_nobody(noise: bytes) -> None:
    with contextlib.suppress(video.BadMessageError):
        list(video.Messages().feed(noise))


def test_numbers_are_the_kernels() -> None:
    # As the C compiler has them on x86-64 and aarch64 (videodev2.h, Linux 6.1).
    assert v4l2.QUERYCAP == 0x80685600
    assert v4l2.ENUM_FMT == 0xC0405602
    assert v4l2.S_FMT == 0xC0D05605
    assert v4l2.REQBUFS == 0xC0145608
    assert v4l2.QUERYBUF == 0xC0585609
    assert v4l2.QBUF == 0xC058560F
    assert v4l2.DQBUF == 0xC0585611
    assert v4l2.STREAMON == 0x40045612
    assert v4l2.STREAMOFF == 0x40045613
    assert v4l2.S_PARM == 0xC0CC5616
    assert v4l2.S_CTRL == 0xC008561C
    assert v4l2.ENUM_FRAMESIZES == 0xC02C564A
