"""``kioskd voice`` and what ``kioskd check`` says of recordings."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from kioskd.__main__ import main
from kioskd.demo.run import HALL_FILE
from tests.drivers.speaker.waves import write


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    """The demo hall with a folder of its own for recordings."""
    file = tmp_path / "hall.toml"
    text = HALL_FILE.read_text("utf-8")
    for name in ("services", "evaluation_options", "layouts", "profiles"):
        text = text.replace(f'{name} = "', f'{name} = "{HALL_FILE.parent}/', 1)
    file.write_text(text, "utf-8")
    return file


def test_a_call_is_written_as_it_will_sound(
    hall: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wav = tmp_path / "call.wav"
    assert main(["voice", "say", str(hall), "A012", "23", "--wav", str(wav)]) == 0
    said = capsys.readouterr().out
    assert "请 A 零 幺 二 号到 二十三 号窗口办理" in said
    assert "请 + A + 零 + 幺 + 二 + 号到 + 二十 + 三 + 号窗口办理" in said
    with wave.open(str(wav), "rb") as sound:
        first = sound.getnframes()
    write(tmp_path / "voice" / "zh" / "二十三.wav", 3.0)
    assert main(["voice", "say", str(hall), "A012", "23", "--wav", str(wav)]) == 0
    assert "号到 + 二十三 + 号窗口办理" in capsys.readouterr().out, "the hall's own, and the longest"
    with wave.open(str(wav), "rb") as sound:
        assert sound.getnframes() > first + 24_000


def test_what_cannot_be_said_is_named(hall: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wav = str(tmp_path / "call.wav")
    assert main(["voice", "say", str(hall), "甲012", "3", "--wav", wav]) == 1
    assert "甲" in capsys.readouterr().err
    assert main(["voice", "say", str(hall), "A012", "3", "--voice", "yue", "--wav", wav]) == 1
    assert "en, zh" in capsys.readouterr().err
    assert main(["voice", "say", str(hall), "A012", "3", "--device", "nobody"]) == 2
    assert main(["voice", "say", str(hall), "A012", "3", "--device", "printer"]) == 2
    assert main(["voice", "say", str(hall), "A012", "3", "--wav", str(tmp_path / "no" / "x.wav")]) == 2


def test_the_recordings_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "zh" / "请.wav")
    assert main(["voice", "list", str(tmp_path), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "请  (the hall's own)" in said
    assert "号窗口办理  (the program's)" in said


def test_a_folder_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", "check", str(tmp_path)]) == 1
    write(tmp_path / "zh" / "请.wav")
    assert main(["voice", "check", str(tmp_path)]) == 0
    write(tmp_path / "zh" / "号.wav", rate=96_000)
    assert main(["voice", "check", str(tmp_path)]) == 1
    assert "号.wav" in capsys.readouterr().out


def test_check_names_bad_recordings_and_calls_that_cannot_be_said(
    hall: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(hall)]) == 0
    (tmp_path / "voice" / "zh").mkdir(parents=True)
    (tmp_path / "voice" / "zh" / "请.wav").write_bytes(b"an mp3, renamed")
    assert main(["check", str(hall)]) == 1
    assert "请.wav" in capsys.readouterr().out
    (tmp_path / "voice" / "zh" / "请.wav").unlink()
    with hall.open("a", encoding="utf-8") as file:
        file.write(
            '\n[policy.voice]\ncall = { zh = "{ticket}号的朋友到{window}号", en = "{ticket} {window}" }\n'
        )
    assert main(["check", str(hall)]) == 1
    said = capsys.readouterr().out
    assert "的、朋、友" in said
    assert str(tmp_path / "voice" / "zh") in said


def test_a_dialect_is_recorded_piece_by_piece_until_the_hall_can_say_everything(
    hall: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wav = str(tmp_path / "call.wav")
    ask = ["voice", "missing", str(hall), "--voice", "yue"]
    assert main(ask) == 1
    said = capsys.readouterr().out
    names = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert f"还要录 {len(names)} 段，放在 {tmp_path / 'voice' / 'yue'}" in said
    assert {"请.wav", "号到.wav", "号窗口办理.wav", "幺.wav", "A.wav"} <= set(names)
    for name in names[1:]:
        write(tmp_path / "voice" / "yue" / name, 0.2)
    assert main(ask) == 1
    assert f"  {names[0]}" in capsys.readouterr().out
    write(tmp_path / "voice" / "yue" / names[0], 0.2)
    assert main(ask) == 0
    assert "每个号码和窗口都能说" in capsys.readouterr().out
    assert main(["voice", "say", str(hall), "A012", "3", "--voice", "yue", "--wav", wav]) == 0
    # Only now may the hall be told to speak it.
    text = hall.read_text("utf-8")
    hall.write_text(text + '\n[policy.voice]\nlanguages = ["zh", "hokkien"]\n', "utf-8")
    capsys.readouterr()
    assert main(["check", str(hall)]) == 1
    assert "kioskd voice missing hall.toml --voice hokkien" in capsys.readouterr().out
    assert "languages" not in text.partition("[policy.voice]")[2].partition("[")[0]
    hall.write_text(text + '\n[policy.voice]\nlanguages = ["zh", "yue"]\n', "utf-8")
    assert main(["check", str(hall)]) == 0
    (tmp_path / "voice" / "yue" / "号到.wav").unlink()
    assert main(["check", str(hall)]) == 1
    assert main(["voice", "missing", str(hall)]) == 1
    said = capsys.readouterr().out
    assert "zh：每个号码和窗口都能说" in said
    assert "yue：还要录 1 段" in said


def test_a_station_has_no_calls_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = tmp_path / "station.toml"
    station.write_text('[station]\nid = "pc"\n', "utf-8")
    assert main(["voice", "missing", str(station)]) == 2
    assert capsys.readouterr().err
