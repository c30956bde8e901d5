"""What is particular to each class of device in the files of a new driver."""

from __future__ import annotations

import msgspec

from kioskd.commands.skeleton_texts import PRINT_WORK, SHOW_WORK

CODEC_NAMES = "ASK HEARD PRESS SHOW TAKEN WELL Frame decoder encode"
"""What driver and simulator take from the codec."""

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
        "$package.codec": CODEC_NAMES.replace("HEARD", "HEARD MAX_DATA"),
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
KINDS = {"printer": _PRINTER, "caller_display": _DISPLAY, "call_pad": _KEYPAD, "rating_pad": _PAD}
"""By the name of the device class."""
