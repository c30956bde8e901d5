"""``kioskd check``: what a technician reads."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

import drivers.speaker.recordings
import kioskd.settings
from kioskd.commands import check
from kioskd.settings.sentences import _SENTENCES
from tests.settings.small import CONFIG, HALL, write


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    check.register(parser.add_subparsers(required=True))
    args = parser.parse_args(["check", *arguments])
    status: int = args.run(args)
    return status


def test_a_sound_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(CONFIG / "sample" / "station.toml"), "--lang", "en") == 0
    assert capsys.readouterr().out == "all is well: 2 devices\n"


MISTAKES = {
    "skill": (
        'skills = ["general"]',
        'skills = ["genral"]',
        "window[0].skills[0] (1): 没有取号类别“genral”；是不是“general”？",
        "window[0].skills[0] (1): there is no queue 'genral'; did you mean general?",
    ),
    "address": (
        "tcp://10.0.0.5:4001",
        "tcp://10.0.0.5:4001?baud=9600",
        "device[2].address (keypad-1): 地址“tcp://10.0.0.5:4001?baud=9600”不可用："
        "“tcp://”不能写参数“baud”，请改正或去掉（可用：baudrate, rs485_gap_ms）",
        "device[2].address (keypad-1): the address 'tcp://10.0.0.5:4001?baud=9600' cannot be "
        "used: “tcp://” has no parameter “baud”; correct it or take it out (valid: baudrate, rs485_gap_ms)",
    ),
    "option": (
        'align = "left"',
        'card = "5K", left_px = 3',
        "device[1].options (sign-2): 值不可用："
        "5K 卡的 left_px（3）和行宽 columns × cell_px（128）都应是 8 的倍数，请改正",
        "device[1].options (sign-2): cannot be used: with card 5K left_px (3) and the width "
        "of a row, columns × cell_px (128), must be multiples of 8; correct them",
    ),
}


@pytest.mark.parametrize(("good", "bad", "zh", "en"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_in_chinese_and_english(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    good: str,
    bad: str,
    zh: str,
    en: str,
) -> None:
    """Each wholly in the reader's language, and it says what to change."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, hall_toml=HALL.replace(good, bad, 1))
    assert run("hall.toml") == 1
    assert capsys.readouterr().out == f"hall.toml: {zh}\n"
    assert run("hall.toml", "--lang", "en") == 1
    assert capsys.readouterr().out == f"hall.toml: {en}\n"


@pytest.mark.parametrize(
    ("scheme", "zh", "en"),
    [
        ("laser", "可用：tcp, serial", "valid: tcp, serial"),
        ("http", "可用：tcp, serial", "valid: tcp, serial"),
        ("serail", "是不是“serial”？", "did you mean serial?"),
        ("tpc", "是不是“tcp”？", "did you mean tcp?"),
    ],
)
def test_a_word_is_only_proposed_that_is_near(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], scheme: str, zh: str, en: str
) -> None:
    file = write(tmp_path, hall_toml=HALL.replace("tcp://10.0.0.5:4001", f"{scheme}://10.0.0.5:4001"))
    assert run(str(file)) == 1
    assert capsys.readouterr().out.endswith(f"这个驱动不能用 {scheme}:// 地址；{zh}\n")
    assert run(str(file), "--lang", "en") == 1
    assert capsys.readouterr().out.endswith(f"this driver cannot use a {scheme}:// address; {en}\n")


def test_every_code_has_words_and_no_words_lie_idle() -> None:
    folder = Path(kioskd.settings.__file__).parent
    source = "".join(file.read_text() for file in folder.glob("*.py") if file.name != "sentences.py")
    source += Path(drivers.speaker.recordings.__file__).read_text()
    quoted = set(re.findall(r'"([a-z]+(?:\.[a-z_]+)?)"', source))
    assert set(_SENTENCES) <= quoted
    raised = set(
        re.findall(r'(?:add\([^()]*?|Problem\(\w+, "", |Shape\(|code = )"([a-z]+\.[a-z_]+)"', source)
    )
    assert raised <= set(_SENTENCES)
    assert all(zh and en for zh, en in _SENTENCES.values())
