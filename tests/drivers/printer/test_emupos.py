"""The driver and a printer that nobody here wrote: emupos, in a Python 3.13 environment of its own.

python3.13 -m venv /opt/emupos && /opt/emupos/bin/pip install emupos==0.4.0
EMUPOS=/opt/emupos/bin/emupos pytest tests/drivers/printer/test_emupos.py
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from drivers.errors import DeviceError
from drivers.printer.api import Outcome
from drivers.printer.escpos import codec, paper
from drivers.printer.escpos.driver import EscposPrinter
from drivers.printer.escpos.options import Mode, Options
from drivers.printer.escpos.simulator import EscposSimulator
from drivers.transport.api import Address
from drivers.transport.line import open_line
from tests.drivers.printer.booth import FONT, Booth, slip

EMUPOS = os.environ.get("EMUPOS") or shutil.which("emupos")
pytestmark = pytest.mark.skipif(
    EMUPOS is None,
    reason="emupos (Python 3.13) was not found, so no foreign printer decoded our slips: set EMUPOS",
)

PATIENCE_S = 60.0
RASTER = Options(mode=Mode.RASTER, font=str(FONT), poll=0.2)
TEXT = Options(poll=0.2)

CONFIG = """\
schema: 1
api: {{ host: 127.0.0.1, port: {api} }}
devices:
  - id: front
    type: printer
    profile: epson-tm-t20iii
    connections:
      - tcp: {{ port: {port} }}
    receipts_dir: {folder}/receipts
"""


class Foreign(Booth):
    """emupos at work: its port, what our driver said, and the receipts it decoded."""

    def __init__(self, folder: Path, port: int, api: int) -> None:
        super().__init__(None, EscposSimulator())  # type: ignore[arg-type]
        self.address = Address("tcp", f"127.0.0.1:{port}")
        self._folder = folder
        self._api = f"http://127.0.0.1:{api}"

    async def tool(self, *words: str) -> int:
        """Run one of its own commands."""
        assert EMUPOS is not None
        process = await asyncio.create_subprocess_exec(
            EMUPOS,
            *words,
            env={**os.environ, "EMUPOS_API": self._api},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    async def picture(self) -> Image.Image:
        """The newest receipt as it drew it."""
        folder = self._folder / "receipts"
        async with asyncio.timeout(PATIENCE_S):
            while not (found := sorted(folder.glob("*.json"))):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return Image.open(found[-1].with_suffix(".png")).convert("L")

    @asynccontextmanager
    async def printer(self, options: Options) -> AsyncIterator[EscposPrinter]:
        """Our driver on its port, ready."""
        line = await open_line(self.address, traffic=self.traffic)
        printer = EscposPrinter(line, options, self)
        running = asyncio.create_task(printer.run())
        try:
            await self.says(lambda: "printer.confirms_by" in self.statuses[-1].detail)
            yield printer
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError, DeviceError):
                await running
            await line.close()

    async def says(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.until(lambda: bool(self.statuses) and true())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def foreign(tmp_path: Path) -> AsyncIterator[Foreign]:
    port, api = free_port(), free_port()
    config = tmp_path / "emupos.yaml"
    config.write_text(CONFIG.format(port=port, api=api, folder=tmp_path))
    assert EMUPOS is not None
    process = await asyncio.create_subprocess_exec(
        EMUPOS,
        *("run", "--config", str(config)),
        cwd=tmp_path,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    await writer.wait_closed()
                    break
                await asyncio.sleep(0.2)
        yield Foreign(tmp_path, port, api)
    finally:
        process.terminate()
        await process.wait()


def ours(options: Options) -> Image.Image:
    """The same slip on our simulator's paper, without its margin."""

    async def burnt() -> bytes:
        printer = EscposSimulator(speed=0, font=FONT)
        data = codec.encode(slip("A012"), options)
        for at in range(0, len(data), 4096):
            printer.receive(data[at : at + 4096])
        (piece,) = printer.slips
        return paper.render(piece, options.width_dots, FONT)

    picture = Image.open(io.BytesIO(asyncio.run(burnt()))).convert("L")
    return picture.crop((32, 32, picture.width - 32, picture.height - 32))


def ink(picture: Image.Image) -> Image.Image:
    return picture.point(lambda value: 255 if value < 128 else 0)


async def test_a_stranger_burns_the_same_dots(foreign: Foreign) -> None:
    async with foreign.printer(RASTER) as printer:
        assert (await printer.print(slip("A012"))).outcome is Outcome.DONE
    theirs = ink(await foreign.picture())
    own = ink(await asyncio.to_thread(ours, RASTER))
    assert theirs.width == own.width
    # It cuts where its paper ends; blank paper at either end is not ink.
    assert theirs.crop(theirs.getbbox()).size == own.crop(own.getbbox()).size
    assert ImageChops.difference(theirs.crop(theirs.getbbox()), own.crop(own.getbbox())).getbbox() is None


async def test_a_stranger_says_who_it_is_and_how_it_confirms(foreign: Foreign) -> None:
    async with foreign.printer(TEXT) as printer:
        assert (await printer.print(slip("A012"))).outcome is Outcome.DONE
    assert foreign.notes["confirm"].startswith("fence\nEPSON / TM-T20III")


async def test_a_strangers_faults_are_understood(foreign: Foreign) -> None:
    async with foreign.printer(TEXT) as printer:
        for fault, code in (("paper-out", "printer.paper_out"), ("cover-open", "printer.cover_open")):
            assert await foreign.tool("fault", "set", "front", fault) == 0
            await foreign.says(lambda code=code: foreign.code == code)
            assert (await printer.print(slip("A012"))).outcome is Outcome.FAILED
            assert await foreign.tool("fault", "clear", "front", fault) == 0
            await foreign.says(lambda: foreign.code == "")
        assert (await printer.print(slip("A013"))).outcome is Outcome.DONE
