"""What the files of a new driver say, with ``$`` names to fill in.

An example protocol, spoken by driver and simulator over a real port, and tests of both.
"""

from __future__ import annotations

CODEC = '''"""$name on the wire: bytes to frames and back.

Source: (the maker's manual, its version and page)

This is an example to be replaced: ``02 unit kind length data… sum 03`` with sum = (unit + kind + length +
Σ data) mod 256.
"""

from __future__ import annotations

import msgspec

from drivers.hunt import Hunter, Look

ASK = 0x51
"""To the device: how are you? It answers `WELL`."""
WELL = 0x57
SHOW = 0x53
"""To the device: text to $shows. It answers `TAKEN`."""
TAKEN = 0x41
PRESS = 0x4B
"""From the device: a key, data[0] its code. We answer `HEARD`, else it tells again."""
HEARD = 0x48

MAX_DATA = 200
MAX_FRAME = MAX_DATA + 6
_BEGIN, _END = 0x02, 0x03


class Frame(msgspec.Struct, frozen=True):
    """One frame, either way."""

    unit: int
    kind: int
    data: bytes = b""


def encode(frame: Frame) -> bytes:
    """One frame. Raises ValueError for more than 200 bytes of data."""
    if len(frame.data) > MAX_DATA:
        raise ValueError(f"{len(frame.data)} bytes of data are more than {MAX_DATA}")
    body = bytes((frame.unit, frame.kind, len(frame.data))) + frame.data
    return bytes((_BEGIN,)) + body + bytes((sum(body) & 0xFF, _END))


def decoder() -> Hunter[Frame]:
    """Frames out of a stream of chunks of any size, with noise between."""
    return Hunter(_frame_at, MAX_FRAME)


def _frame_at(held: bytes, at: int) -> tuple[Frame, int] | Look:
    if held[at] != _BEGIN:
        return Look.NOT_HERE
    if len(held) < at + 4:
        return Look.NOT_YET
    length = held[at + 3]
    end = at + 4 + length + 2
    if length > MAX_DATA:
        return Look.NOT_HERE
    if len(held) < end:
        return Look.NOT_YET
    body = held[at + 1 : end - 2]
    if held[end - 1] != _END or held[end - 2] != sum(body) & 0xFF:
        return Look.NOT_HERE
    return Frame(body[0], body[1], body[3:]), end
'''

DRIVER = '''"""$name: (one sentence on the devices this is for).

It is asked how it is every ``poll_s``; one that is silent three times is offline until it answers.
"""

from __future__ import annotations

import asyncio
import math
from typing import Annotated

import msgspec

$imports


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What differs between models; their values stand in config/profiles.

    $options_doc
    """

    poll_s: Annotated[float, msgspec.Meta(ge=0.1, le=60)] = 2.0
    answer_ms: Annotated[float, msgspec.Meta(ge=10, le=5000)] = 500.0
$options

TRIES = 3
"""Questions without an answer until the device counts as silent."""
$constants

class $driver_class($base):
    """One device on a line that it may share with others."""

    def __init__(self, line: Line, unit: int, options: Options, sink: DeviceSink) -> None:
        self._line = line
        self._unit = unit
        self._options = options
        self._sink = sink
        self._decoder = decoder()
        self._answers: asyncio.Queue[Frame] = asyncio.Queue()
        self._presses: asyncio.Queue[Frame] = asyncio.Queue()
        self._status: DeviceStatus | None = None
$state
    async def run(self) -> None:
        """Ask, listen and report until the line is lost."""
        stop = self._line.listen(self._heard)
        work = (self._keep(), self._confirm(), self._line.wait_lost())
        tasks = [asyncio.create_task(each) for each in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            stop()

$work

    async def _keep(self) -> None:
        silent = 0
        while True:
            silent = 0 if await self._asked(Frame(self._unit, ASK), WELL) else silent + 1
            if silent == 0:
                self._report(DeviceStatus(state=DeviceState.ONLINE))
            elif silent >= TRIES:
                self._report(
                    DeviceStatus(state=DeviceState.OFFLINE, code="device.silent", action=ErrorAction.RESET)
                )
            await asyncio.sleep(self._options.poll_s)

    async def _asked(self, frame: Frame, answer: int) -> bool:
        """Send a frame and wait for its answer."""
        async with self._line.turn():
            while not self._answers.empty():
                self._answers.get_nowait()
            await self._send(frame)
            try:
                async with asyncio.timeout(self._options.answer_ms / 1000):
                    while (await self._answers.get()).kind != answer:
                        pass
            except TimeoutError:
                return False
            return True

    async def _confirm(self) -> None:
        while True:
            frame = await self._presses.get()
            # Before everything else: the device is waiting and would tell again.
            async with self._line.turn(lambda: math.inf):
                await self._send(Frame(self._unit, HEARD, frame.data))

    async def _send(self, frame: Frame) -> None:
        data = encode(frame)
        self._sink.traffic(">", data)
        await self._line.write(data)

    def _heard(self, data: bytes) -> None:
        for frame in self._decoder.feed(data):
            if frame.unit != self._unit:
                continue
            self._sink.traffic("<", encode(frame))
            if frame.kind == PRESS:
                self._pressed(frame)
            else:
                self._answers.put_nowait(frame)

    def _pressed(self, frame: Frame) -> None:
$pressed

    def _report(self, status: DeviceStatus) -> None:
        if status != self._status:
            self._status = status
            self._sink.status(status)


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> $driver_class:
    """Build a driver on an open line.

    Raises `ConfigurationError` (``driver.options``) for a unit that no device can have.
    """
    if not 0 <= unit <= 255:
        raise ConfigurationError("driver.options", fact("options.unit_range", unit=unit, least=0, most=255))
    return $driver_class(line, unit, options, sink)
'''

SHOW_WORK = '''    async def show(self, wanted: Wanted[$face]) -> None:
        """Show the newest face. Raises `TransientError` when the device doesn't take it."""
        if not await self._asked(Frame(self._unit, SHOW, self._text(wanted.newest())), TAKEN):
            raise TransientError("device.silent")

    async def test(self) -> None:
        """Show something a person can see."""
        if not await self._asked(Frame(self._unit, SHOW, b"888888"), TAKEN):
            raise TransientError("device.silent")

    def _text(self, face: $face) -> bytes:
$text'''

PRINT_WORK = '''    async def print(self, slip: Slip) -> PrintResult:
        """Print one slip; done when the printer says that it has taken it."""
        text = "\\n".join(each.text for each in slip.elements if isinstance(each, Text))
        try:
            for at in range(0, len(data := text.encode("gb18030")), MAX_DATA):
                if not await self._asked(Frame(self._unit, SHOW, data[at : at + MAX_DATA]), TAKEN):
                    return PrintResult(Outcome.UNKNOWN, "printer.unconfirmed")
        except DeviceError as error:
            return PrintResult(Outcome.UNKNOWN, error.code)
        return PrintResult(Outcome.DONE)

    async def test(self) -> None:
        """Print a slip. Raises `TransientError` when the printer doesn't confirm it."""
        result = await self.print(Slip((Text("打印测试 Printer test"),)))
        if result.outcome is not Outcome.DONE:
            raise TransientError(result.code, fact("printer.test_unknown"))'''

SIMULATOR = '''"""The device end of $name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

$simulator_imports


class $simulator_class:
    """A `drivers.simulator.Simulator` with address ``unit``, built like the driver from its profile."""

    def __init__(self, unit: int, options: Options | None = None) -> None:
        self.unit = unit
        self.options = options or Options()
        self.powered = True
        self.muted = False
        self.text = ""
        self.heard = 0
        self._decoder = decoder()
        self._send: Callable[[bytes], None] | None = None
        self._notify: Callable[[], None] = lambda: None

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the line."""
        self._send = send

    def disconnect(self) -> None:
        """The line is closed."""
        self._send = None
        self._decoder.clear()

    def on_change(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` whenever the view changes."""
        self._notify = notify

    def receive(self, data: bytes) -> None:
        """Bytes arrived; only those for this address matter."""
        if not self.powered or self.muted:
            return
        for frame in self._decoder.feed(data):
            if frame.unit != self.unit:
                continue
            if frame.kind == ASK:
                self._say(Frame(self.unit, WELL))
            elif frame.kind == SHOW:
                self.text = frame.data.decode("gb18030", "replace")
                self._say(Frame(self.unit, TAKEN))
                self._notify()
            elif frame.kind == HEARD:
                self.heard += 1
                self._notify()

    def view(self) -> dict[str, Any]:
        """What a person sees."""
        return {"kind": "$kind", "text": self.text, "powered": self.powered}

    def press(self, code: int) -> None:
        """Press a key by its code."""
        self._say(Frame(self.unit, PRESS, bytes((code,))))

    def power_off(self) -> None:
        """Pull its plug."""
        self.powered, self.text = False, ""
        self._notify()

    def power_on(self) -> None:
        """Plug it in again."""
        self.powered = True
        self._notify()

    def mute(self, muted: bool) -> None:
        """Cut or mend its data wire, both ways."""
        self.muted = muted

    def _say(self, frame: Frame) -> None:
        if self._send is not None and self.powered and not self.muted:
            self._send(encode(frame))
'''

PROFILE = """# $name：（型号、接口、波特率）· (model, line, baud rate)

poll_s = 2.0       # 每几秒询问一次 · seconds between two questions
answer_ms = 500.0  # 最多等多久应答 · how long an answer may take
$profile"""

TESTS = '''from __future__ import annotations

${test_asyncio}import tomllib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

$test_imports

GOLDEN: tuple[tuple[Frame, str], ...] = ()
"""Frames and their bytes in hex, copied from the maker's manual or from a recording of the device:
``(Frame(1, SHOW, b"A012"), "02 01 53 04 …")``."""
PROFILE = Path(__file__).parents[3] / "config" / "profiles" / "$profile_name.toml"
UNIT = 3
FAST = Options(poll_s=0.1, answer_ms=$fast_answer)


def test_the_codec_makes_the_frames_of_the_manual() -> None:
    assert GOLDEN, "next step: copy the first frame of the maker's manual into GOLDEN, then change the codec"
    for frame, text in GOLDEN:
        data = bytes.fromhex(text)
        assert encode(frame) == data
        assert decoder().feed(data) == [frame]


def test_the_driver_is_registered() -> None:
    registered = "$driver" in DRIVERS
    assert registered, "next step: add the driver to DRIVERS in drivers/registry.py"


def test_the_profile_fits_the_driver() -> None:
    msgspec.convert(tomllib.loads(PROFILE.read_text("utf-8")), Options)


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=60), max_size=20), st.integers(0, 255), st.binary(max_size=MAX_DATA))
def test_noise_hides_no_frame_that_comes_after_it(noise: list[bytes], unit: int, data: bytes) -> None:
    ears = decoder()
    for chunk in noise:
        ears.feed(chunk)
    # As many bytes as any frame has: a false beginning waits no longer than that.
    ears.feed(bytes(MAX_FRAME))
    assert ears.feed(encode(Frame(unit, 0x7F, data)))[-1] == Frame(unit, 0x7F, data)


class Desk:
    """A running driver, its owner and the device at the other end."""

    def __init__(self, owner: Owner[Any], device: Any, simulator: $simulator_class) -> None:
        self.owner = owner
        self.device = device
        self.simulator = simulator
        self.until = owner.pulse.until


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    pulse, simulator = Pulse(), $simulator_class(UNIT)
    pulse.watch(simulator)
    owner: Owner[Any] = Owner(pulse, $first_face)
    async with AsyncExitStack() as stack:
        port = PtyPort(folder / "port", [simulator])
        await port.start()
        stack.push_async_callback(port.stop)
        line = await open_line(port.address)
        stack.push_async_callback(line.close)
        device = build(line, UNIT, FAST, owner)
$own
        yield Desk(owner, device, simulator)


async def test_it_comes_up_goes_silent_and_comes_back(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        await it.until(lambda: it.owner.state is DeviceState.ONLINE)
        it.simulator.power_off()
        await it.until(lambda: it.owner.code == "device.silent")
        it.simulator.power_on()
        await it.until(lambda: it.owner.state is DeviceState.ONLINE)

$tests'''
