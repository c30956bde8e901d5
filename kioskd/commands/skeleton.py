"""The files of a new driver, as text with ``$`` names to fill in.

What they hold works: an example protocol, spoken by the driver and its simulator over a real port. A
technician replaces it piece by piece by what the maker's manual says; the generated tests fail
until the first frames of that manual stand in them and the driver is registered.
"""

from __future__ import annotations

from string import Template

import msgspec

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
        raise ConfigurationError("driver.options", f"unit {unit} is not an address from 0 to 255")
    return $driver_class(line, unit, options, sink)
'''

SHOW_WORK = '''    async def show(self, wanted: Wanted[$face]) -> None:
        """Show the newest face. Raises `TransientError` when the device doesn't take it."""
        if not await self._asked(Frame(self._unit, SHOW, self._text(wanted.newest())), TAKEN):
            raise TransientError("device.silent", "the device did not take what it should show")

    async def test(self) -> None:
        """Show something a person can see."""
        if not await self._asked(Frame(self._unit, SHOW, b"888888"), TAKEN):
            raise TransientError("device.silent", "the device did not take the test")

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
            raise TransientError(result.code, "the test slip was not confirmed")'''

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

_CODEC_NAMES = "ASK HEARD PRESS SHOW TAKEN WELL Frame decoder encode"
_DRIVER_IMPORTS = {
    "drivers.device": "DeviceSink Wanted",
    "drivers.errors": "ConfigurationError TransientError",
    "drivers.status": "DeviceState DeviceStatus ErrorAction",
    "drivers.transport.api": "Line",
    "$package.codec": _CODEC_NAMES,
}
_SIMULATOR_IMPORTS = {"$package.codec": _CODEC_NAMES, "$package.driver": "Options"}
_TEST_IMPORTS = {
    "drivers.registry": "DRIVERS",
    "drivers.status": "DeviceState",
    "drivers.transport.line": "open_line",
    "drivers.transport.simulated": "PtyPort",
    "$package.codec": "MAX_DATA MAX_FRAME Frame decoder encode",
    "$package.driver": "Options build",
    "$package.simulator": "$simulator_class",
    "tests.drivers.owner": "Owner Pulse",
}
"""Modules and the names taken from them, in the order that ruff gives them."""
_STATE = """        self._press: Frame | None = None
        self._pressed_at = -math.inf
"""
_DEBOUNCE = '''DEBOUNCE_S = 0.3
"""Seconds in which the same press again is the same press: a finger that bounced, or a device that
missed our confirmation."""
'''
_TAKE = """        now = asyncio.get_running_loop().time()
        again = frame == self._press and now - self._pressed_at < DEBOUNCE_S
        self._press, self._pressed_at = frame, now
        # First the reading, then the confirmation: a press that was not taken is told again.
        if not again:
            self._sink.reading(reading)
        self._presses.put_nowait(frame)"""
_OWN_SHOW = "        await stack.enter_async_context(owner.owns(device))"
_OWN_RUN = """        running = asyncio.create_task(device.run())

        async def end() -> None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        stack.push_async_callback(end)"""
_TEST_TEST = """
async def test_the_test_can_be_seen(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        await it.until(lambda: it.owner.shows)
        await it.device.test()
        assert it.simulator.text == "888888"
"""
_TEST_PRESS = """

async def test_a_press_is_told_once_and_confirmed_as_often_as_it_comes(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        await it.until(lambda: it.owner.state is DeviceState.ONLINE)
        it.simulator.press({code})
        it.simulator.press(0x7E)
        it.simulator.press({code})
        await it.until(lambda: it.simulator.heard == 2)
        assert it.owner.readings == [{reading}]
"""
_NO_KEYS = '        """It has no keys: a press is nothing of ours."""'


class Kind(msgspec.Struct, frozen=True):
    """What is particular to one class of device; keys are the ``$`` names of the texts above."""

    base: str
    suffix: str
    driver_imports: dict[str, str]
    test_imports: dict[str, str]
    fill: dict[str, str]


_DISPLAY = Kind(
    "CallerDisplay",
    "Display",
    {
        "drivers.caller_display.api": "CallerDisplay Row SignFace",
        "drivers.caller_display.text": "fit",
    },
    {"drivers.caller_display.api": "Page Row SignFace"},
    {
        "shows": "show",
        "kind": "sign",
        "options_doc": "``columns`` is the width in cells of half a hanzi.",
        "options": "    columns: Annotated[int, msgspec.Meta(ge=4, le=64)] = 16\n",
        "work": SHOW_WORK,
        "face": "SignFace",
        "text": "        rows = face.pages[0].rows if face.pages else ()\n"
        "        row = rows[0] if rows else Row(())\n"
        '        return fit(row.texts, self._options.columns, shorten=True).text.encode("gb18030")',
        "pressed": _NO_KEYS,
        "profile": "columns = 16       # 半个汉字为一格 · cells of half a hanzi\n",
        "first_face": 'SignFace((Page((Row(("A012",)),)),))',
        "own": _OWN_SHOW,
        "tests": "\nasync def test_the_newest_face_is_seen(tmp_path: Path) -> None:\n"
        "    async with desk(tmp_path) as it:\n"
        '        await it.until(lambda: it.simulator.text == "A012")\n'
        '        it.owner.want(SignFace((Page((Row(("请到 3 号",)),)),)))\n'
        '        await it.until(lambda: it.simulator.text == "请到 3 号")\n\n' + _TEST_TEST,
    },
)
_KEYPAD = Kind(
    "CallPad",
    "Keypad",
    {"drivers.call_pad.api": "CallPad Key KeypadFace KeyPressed", "drivers.device": "DeviceSink Wanted"},
    {"drivers.call_pad.api": "Key KeypadFace KeyPressed"},
    {
        "shows": "show on the digits",
        "kind": "keypad",
        "options_doc": "``keys`` maps the code of a key, in hex, to its function; other keys are ignored.",
        "options": "    keys: dict[str, Key] = msgspec.field("
        'default_factory=lambda: {"01": Key.CALL, "02": Key.RECALL})\n',
        "work": SHOW_WORK,
        "face": "KeypadFace",
        "text": '        return b"" if face.waiting is None else str(min(face.waiting, 999_999)).encode()',
        "pressed": "        key = self._options.keys.get(frame.data[:1].hex().upper())\n"
        "        if key is None:\n            return\n"
        "        reading = KeyPressed(key)\n" + _TAKE,
        "state": _STATE,
        "constants": _DEBOUNCE,
        "profile": '\n[keys]\n"01" = "call"    # 顺呼\n"02" = "recall"  # 重呼\n',
        "first_face": "KeypadFace(waiting=12)",
        "own": _OWN_SHOW,
        "tests": "\nasync def test_how_many_wait_is_seen(tmp_path: Path) -> None:\n"
        "    async with desk(tmp_path) as it:\n"
        '        await it.until(lambda: it.simulator.text == "12")\n\n'
        + _TEST_TEST
        + _TEST_PRESS.format(code=1, reading="KeyPressed(Key.CALL)"),
    },
)
_PAD = Kind(
    "RatingPad",
    "RatingPad",
    {"drivers.rating_pad.api": "PadFace PadMode Rated RatingPad"},
    {"drivers.rating_pad.api": "PadFace PadMode Rated"},
    {
        "shows": "show on the digits",
        "kind": "rating_pad",
        "options_doc": "``levels`` holds the level (5 非常满意 … 1 非常不满意) of the codes 1, 2, ….",
        "options": "    levels: tuple[Annotated[int, msgspec.Meta(ge=1, le=5)], ...] = (1, 2, 3, 4, 5)\n",
        "work": SHOW_WORK,
        "face": "PadFace",
        "text": '        return face.ticket.encode("ascii", "replace") if face.mode is PadMode.RATE else b""',
        "pressed": "        code = frame.data[0] if frame.data else 0\n"
        "        if not 1 <= code <= len(self._options.levels):\n            return\n"
        "        reading = Rated(self._options.levels[code - 1])\n" + _TAKE,
        "state": _STATE,
        "constants": _DEBOUNCE,
        "profile": "levels = [1, 2, 3, 4, 5]  # 键值 1、2…… 各是哪一级 · the level of code 1, 2 …\n",
        "first_face": 'PadFace(PadMode.RATE, "A012")',
        "own": _OWN_SHOW,
        "tests": "\nasync def test_the_ticket_to_be_rated_is_seen(tmp_path: Path) -> None:\n"
        "    async with desk(tmp_path) as it:\n"
        '        await it.until(lambda: it.simulator.text == "A012")\n'
        "        it.owner.want(PadFace())\n"
        '        await it.until(lambda: it.simulator.text == "")\n\n'
        + _TEST_TEST
        + _TEST_PRESS.format(code=5, reading="Rated(5)"),
    },
)
_PRINTER = Kind(
    "TicketPrinter",
    "Printer",
    {
        "drivers.device": "DeviceSink",
        "drivers.errors": "ConfigurationError DeviceError TransientError",
        "drivers.printer.api": "Outcome PrintResult Slip Text TicketPrinter",
        "$package.codec": _CODEC_NAMES.replace("HEARD", "HEARD MAX_DATA"),
    },
    {"drivers.printer.api": "Outcome Slip Text"},
    {
        "shows": "print",
        "kind": "printer",
        "options_doc": "The printer answers within ``answer_ms``.",
        "options": "",
        "work": PRINT_WORK,
        "face": "",
        "text": "",
        "pressed": _NO_KEYS,
        "profile": "",
        "first_face": "None",
        "own": _OWN_RUN,
        "tests": "\nasync def test_a_slip_is_printed_and_confirmed(tmp_path: Path) -> None:\n"
        "    async with desk(tmp_path) as it:\n"
        "        await it.until(lambda: it.owner.state is DeviceState.ONLINE)\n"
        '        result = await it.device.print(Slip((Text("A012"), Text("请稍候"))))\n'
        "        assert result.outcome is Outcome.DONE\n"
        '        assert it.simulator.text == "A012\\n请稍候"\n\n\n'
        "async def test_an_unconfirmed_slip_is_unknown(tmp_path: Path) -> None:\n"
        "    async with desk(tmp_path) as it:\n"
        "        await it.until(lambda: it.owner.state is DeviceState.ONLINE)\n"
        "        it.simulator.mute(True)\n"
        '        result = await it.device.print(Slip((Text("A012"),)))\n'
        "        assert result.outcome is Outcome.UNKNOWN\n",
    },
)
_LINE = 110
KINDS = {"printer": _PRINTER, "caller_display": _DISPLAY, "call_pad": _KEYPAD, "rating_pad": _PAD}
"""By the name of the device class."""


def files(device_class: str, name: str) -> dict[str, str]:
    """The files of a new driver by their path in the source tree."""
    kind = KINDS[device_class]
    camel = "".join(part.capitalize() for part in name.split("_"))
    values = {
        "name": name,
        "driver": f"{device_class}.{name}",
        "package": f"drivers.{device_class}.{name}",
        "base": kind.base,
        "driver_class": f"{camel}{kind.suffix}",
        "simulator_class": f"Simulated{camel}",
        "profile_name": f"{name}-{kind.fill['kind']}".replace("_", "-"),
        "fast_answer": "200",
        "state": "",
        "constants": "",
        "test_asyncio": "import asyncio\n" if device_class == "printer" else "",
        **kind.fill,
    }
    values["imports"] = _imports({**_DRIVER_IMPORTS, **kind.driver_imports}, values)
    values["simulator_imports"] = _imports(_SIMULATOR_IMPORTS, values)
    values["test_imports"] = _imports({**_TEST_IMPORTS, **kind.test_imports}, values)
    # It holds names itself.
    values["work"] = Template(values["work"]).substitute(values)
    folder = f"drivers/{device_class}/{name}"
    made = {
        f"{folder}/codec.py": CODEC,
        f"{folder}/driver.py": DRIVER,
        f"{folder}/simulator.py": SIMULATOR,
        f"config/profiles/{values['profile_name']}.toml": PROFILE,
        f"tests/drivers/{device_class}/test_{name}.py": TESTS,
    }
    return {f"{folder}/__init__.py": ""} | {
        path: Template(text).substitute(values) for path, text in made.items()
    }


def _imports(modules: dict[str, str], values: dict[str, str]) -> str:
    """Import lines as ruff sorts and breaks them."""
    filled = {
        Template(module).substitute(values): Template(names).substitute(values).split()
        for module, names in modules.items()
    }
    lines = []
    for module, names in sorted(filled.items()):
        line = f"from {module} import {', '.join(names)}"
        if len(line) > _LINE:
            line = f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
        lines.append(line)
    return "\n".join(lines)
