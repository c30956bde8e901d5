"""``kioskd devices`` on made-up PCs and simulated devices."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from drivers.call_pad.api import Key
from drivers.call_pad.ff68.simulator import SimulatedKeypad
from drivers.caller_display.onbon_bx.driver import Options as SignOptions
from drivers.caller_display.onbon_bx.simulator import OnbonSign
from drivers.discovery import Change, look
from drivers.printer.escpos.simulator import EscposSimulator
from drivers.rating_pad.ff68.simulator import SimulatedRatingPad
from drivers.recording.format import load
from drivers.transport.address import parse_address
from drivers.transport.line import open_line
from kioskd.__main__ import main
from kioskd.commands import devices_test
from kioskd.commands.devices import follow
from tests.commands.conftest import REPOSITORY, Bench
from tests.drivers.discovery.tree import hall

KEYPAD = """
id = "keypad"
driver = "call_pad.ff68"
address = "serial://{port}/port"
unit = 1
window = "1"
options = {{ keys = {{ "0C" = "call", "0D" = "recall" }} }}
"""
PAD = """
id = "pad"
driver = "rating_pad.ff68"
address = "serial://{port}/port"
unit = 1
profile = "ff68-pad-4"
window = "1"
"""
SIGN = """
id = "sign"
driver = "caller_display.onbon_bx"
address = "serial://{port}/port"
unit = 1
options = {{ card = "5K" }}
"""
PRINTER = """
id = "printer"
driver = "printer.escpos"
address = "serial://{port}/port"
options = {{ confirm = "fence", poll = 0.1 }}
"""


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start kioskd in a process of its own; it ends with the test, whatever became of that."""
    with ExitStack() as stack:

        def start(*arguments: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-m", "kioskd", *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=REPOSITORY,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"},
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start


# ---- list and watch


def test_the_list_is_chinese_and_can_be_english(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hall(tmp_path)
    assert main(["devices", "--root", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "串口  FTDI FT232R USB UART  /dev/ttyUSB0  插口 1-1.2  0403:6001" in said
    assert "数字键盘" in said
    assert '[[device]]\nid = "serial-1-1-2"\ndriver = "call_pad.ff68"' in said
    assert main(["devices", "--root", str(tmp_path), "--lang", "en"]) == 0
    assert "serial port  FTDI" in capsys.readouterr().out


def test_nothing_plugged_in_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices", "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "没有发现设备。\n"


def test_a_program_gets_a_line_of_json_for_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hall(tmp_path)
    assert main(["devices", "--root", str(tmp_path), "--json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["kind"] for each in found] == ["serial", "serial", "printer", "input", "video", "sound"]
    assert found[0]["stable"] is True
    assert "call_pad.ff68" in found[0]["drivers"]


def test_watching_tells_what_is_unplugged_and_plugged(tmp_path: Path) -> None:
    tree = hall(tmp_path)
    steps: list[Callable[[], Any]] = [
        lambda: None,
        lambda: tree.unplug("sys/class/tty/ttyUSB0"),
        lambda: tree.usb_serial("1-6", "ttyUSB1"),
    ]
    told: list[Change] = []

    def pause(seconds: float) -> None:
        if not steps:
            raise KeyboardInterrupt
        steps.pop(0)()

    with pytest.raises(KeyboardInterrupt):
        follow(tmp_path, look(tmp_path), told.append, pause)
    assert [(change.plugged, change.device.port) for change in told] == [(False, "1-1.2"), (True, "1-6")]


def test_watch_on_the_command_line_ends_with_ctrl_c(start: Start, tmp_path: Path) -> None:
    tree = hall(tmp_path)
    running = start("devices", "--root", str(tmp_path), "--watch", "--lang", "en")
    assert running.stdout is not None
    _line(running, "Watching")
    tree.unplug("sys/class/tty/ttyUSB0")
    assert "unplugged  serial port  FTDI" in _line(running, "unplugged")
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=10)
    assert running.returncode == 0


# ---- record and replay


def test_a_recorded_keypad_replays_as_the_keypad(
    bench: Bench, start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keypad = bench.plug(lambda: SimulatedKeypad(1))
    # Pressed once it has beeped: a recording holds both.
    pressed: list[Key] = []

    def press() -> None:
        if keypad.beeps == 1 and not pressed:
            pressed.append(Key.CALL)
            keypad.press(Key.CALL)

    bench.call(lambda: keypad.on_change(press))
    settings, file = bench.settings(KEYPAD), tmp_path / "keypad.jsonl"
    assert main(["devices", "record", str(settings), "keypad", str(file), "--seconds", "2", "--test"]) == 0
    said = capsys.readouterr().out
    assert "录制结束：收到 10 字节" in said
    made = load(file)
    assert (made.header.driver, made.header.unit) == ("call_pad.ff68", 1)
    assert made.header.options == {"keys": {"0C": "call", "0D": "recall"}}
    assert str(tmp_path) not in file.read_text()
    heard = [chunk.data for chunk in made.chunks if chunk.direction == "<"]
    assert b"".join(heard) == bytes.fromhex("ff 68 03 03 68 01 01 0c 0e 16")

    replayed = start("devices", "replay", str(file), "--pty", str(tmp_path / "again"), "--lang", "en")
    _line(replayed, "answers at")
    bench.settings(KEYPAD.replace("/port", "/again"))
    again = tmp_path / "again.jsonl"
    assert main(["devices", "record", str(settings), "keypad", str(again), "--seconds", "2", "--test"]) == 0
    replayed.send_signal(signal.SIGINT)
    out, _ = replayed.communicate(timeout=10)
    assert replayed.returncode == 0
    assert "bytes the recording lacks: none" in out
    assert [chunk.data for chunk in load(again).chunks] == [chunk.data for chunk in made.chunks]
    assert not (tmp_path / "again").is_symlink()


def test_listening_says_nothing_to_the_device(bench: Bench, tmp_path: Path) -> None:
    keypad = bench.plug(lambda: SimulatedKeypad(1))
    for count in range(1, 6):
        bench.loop.call_soon_threadsafe(bench.loop.call_later, count * 0.2, keypad.press, Key.CALL)
    file = tmp_path / "out"
    settings = str(bench.settings(KEYPAD))
    assert main(["devices", "record", settings, "keypad", str(file), "--seconds", "1", "--listen"]) == 0
    directions = {chunk.direction for chunk in load(file).chunks}
    assert directions == {"<"}


def test_a_redacted_recording_of_a_printer_holds_no_text(bench: Bench, tmp_path: Path) -> None:
    bench.plug(lambda: EscposSimulator(speed=20))
    settings = str(bench.settings(PRINTER))
    for redact in ([], ["--redact"]):
        file = tmp_path / f"out{len(redact)}"
        wanted = ["devices", "record", settings, "printer", str(file), "--seconds", "0.3", "--test", *redact]
        assert main(wanted) == 0
        made = load(file)
        sent = b"".join(chunk.data for chunk in made.chunks if chunk.direction == ">")
        assert made.header.redacted == bool(redact)
        assert (b"Printer test" in sent) == (not redact)
        assert b"\x1b@" in sent


def test_a_recording_is_never_overwritten(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "precious"
    file.write_text("x")
    assert main(["devices", "record", str(bench.settings(KEYPAD)), "keypad", str(file)]) == 2
    assert "不覆盖" in capsys.readouterr().err
    assert file.read_text() == "x"


def test_replaying_what_is_no_recording_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").write_text("hello\n")
    assert main(["devices", "replay", str(tmp_path / "a")]) == 2
    assert main(["devices", "replay", str(tmp_path / "b")]) == 2
    fixture = REPOSITORY / "tests" / "drivers" / "recordings" / "caller_display.huidu.jsonl"
    assert main(["devices", "replay", str(fixture), "--pty", str(tmp_path / "p"), "--lang", "en"]) == 2
    said = capsys.readouterr().err
    assert "不是录制文件" in said
    assert "无法读" in said
    assert "Recorded over tcp://" in said


def test_a_device_that_cannot_be_opened_is_a_sentence(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = str(bench.settings(KEYPAD))
    assert main(["devices", "record", settings, "keypad", str(tmp_path / "out")]) == 1
    assert "找不到线路或端口" in capsys.readouterr().err


# ---- test


def test_a_keypad_is_well_by_its_status_and_by_what_it_shows(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    keypad = bench.plug(lambda: SimulatedKeypad(1))
    settings = str(bench.settings(KEYPAD))
    assert main(["devices", "test", settings, "keypad"]) == 0
    assert keypad.digits.strip() == ""
    assert main(["devices", "test", settings, "keypad", "--level", "external"]) == 0
    _until(lambda: keypad.digits == "888888" and keypad.beeps == 1)
    said = capsys.readouterr().out
    assert "状态：正常" in said
    assert said.endswith("结论：正常。\n")


def test_a_sign_that_does_not_answer_is_not_well(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices_test, "ONLINE_S", 3.0)
    sign = bench.plug(lambda: OnbonSign(1, SignOptions(card="5K")))
    settings = str(bench.settings(SIGN))
    assert main(["devices", "test", settings, "sign", "--level", "external", "--lang", "en"]) == 0
    _until(lambda: any(sign.texts()))
    assert "look at the display" in capsys.readouterr().out
    bench.call(sign.power_off)
    assert main(["devices", "test", settings, "sign"]) == 1
    said = capsys.readouterr().out
    assert "没有应答" in said
    assert said.endswith("结论：不正常。\n")


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_what_people_see_decides(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, answer: str, status: int
) -> None:
    printer = bench.plug(lambda: EscposSimulator(speed=20))
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    settings = str(bench.settings(PRINTER))
    assert main(["devices", "test", settings, "printer", "--level", "interactive"]) == status
    assert len(printer.slips) == 1


def test_a_printer_without_paper_is_a_sentence(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    printer = bench.plug(lambda: EscposSimulator(speed=20))
    bench.call(printer.empty)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices_test, "ONLINE_S", 1.0)
        assert main(["devices", "test", str(bench.settings(PRINTER)), "printer", "--level", "external"]) == 1
    assert "缺纸，请换纸。" in capsys.readouterr().out


def test_each_key_is_asked_for_and_what_came_is_told(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pad = bench.plug(lambda: SimulatedRatingPad(1))
    asked: list[str] = []
    presses = iter([4, 2, None, 1])

    def say(language: str, key: str, /, **values: object) -> str:
        if key == "press":
            asked.append(str(values["what"]))
            value = next(presses)
            if value is not None:
                bench.call(lambda: pad.press_value(value))
        return real(language, key, **values)

    real = devices_test.say
    monkeypatch.setattr(devices_test, "say", say)
    settings = str(bench.settings(PAD))
    wanted = ["devices", "test", settings, "pad", "--level", "interactive", "--seconds", "1.5"]
    assert main(wanted) == 1
    said = capsys.readouterr().out
    assert asked == ["非常满意", "满意", "基本满意", "不满意"]
    assert "收到 非常满意，正确" in said
    assert "收到的是 不满意" not in said
    assert "收到的是 基本满意" in said
    assert "没有收到按键" in said
    assert "按键：2 个正确，共 4 个。" in said


def test_all_keys_right_is_well(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keypad = bench.plug(lambda: SimulatedKeypad(1))
    presses = iter([Key.CALL, Key.RECALL])
    real = devices_test.say

    def say(language: str, key: str, /, **values: object) -> str:
        if key == "press":
            wanted = next(presses)
            bench.call(lambda: keypad.press(wanted))
        return real(language, key, **values)

    monkeypatch.setattr(devices_test, "say", say)
    settings = str(bench.settings(KEYPAD))
    assert main(["devices", "test", settings, "keypad", "--level", "interactive", "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "call came: right" in said
    assert "recall came: right" in said
    assert said.endswith("Result: works.\n")


def test_a_port_that_the_daemon_holds_is_a_sentence(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.plug(lambda: SimulatedKeypad(1))
    line = bench.do(open_line(parse_address(f"serial://{tmp_path}/port")))
    try:
        assert main(["devices", "test", str(bench.settings(KEYPAD)), "keypad"]) == 1
    finally:
        bench.do(line.close())
    assert "端口被别的程序占用" in capsys.readouterr().out


def test_settings_that_lack_the_device_are_wrong_use(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = str(bench.settings(KEYPAD))
    assert main(["devices", "test", settings, "nobody"]) == 2
    assert "没有设备“nobody”。有：keypad" in capsys.readouterr().err
    assert main(["devices", "test", str(tmp_path / "none.toml"), "keypad"]) == 2


def _line(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if word in line:
            return line
    raise AssertionError("".join(seen))


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
