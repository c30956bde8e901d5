"""Folders of recordings: a hall's own win, bad files harm only themselves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivers.speaker.api import Sentence, Speech
from drivers.speaker.recordings import BREATH_S, PAUSE_S, RecordingError, Recordings, inspect, read
from drivers.speaker.sound import MARGIN, OVERLAP
from drivers.transport.pcm import RATE
from tests.drivers.speaker.waves import write


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own"


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    for name in ("请", "零", "三", "号窗口"):
        write(folder / "zh" / f"{name}.wav")
    write(folder / "chime.wav", 0.4)
    return folder


def zh(text: str, **more: object) -> Speech:
    return Speech((Sentence("zh", text),), **{"volume": 100, "chime": False, **more})  # type: ignore[arg-type]


def seconds(recordings: Recordings, speech: Speech) -> float:
    return len(recordings.say(speech).samples) / RATE


def test_pieces_follow_each_other_without_a_gap(shipped: Path, own: Path) -> None:
    recordings = Recordings([own, shipped])
    said = recordings.say(zh("请零三号窗口"))
    parts = [len(read(shipped / "zh" / f"{name}.wav")) for name in ("请", "零", "三", "号窗口")]
    assert len(said.samples) == sum(parts) - 3 * OVERLAP
    assert (said.sentences, said.missing, said.bad) == (1, (), ())


def test_a_halls_own_piece_wins_and_the_rest_stays(shipped: Path, own: Path) -> None:
    recordings = Recordings([own, shipped])
    before = seconds(recordings, zh("请三"))
    write(own / "zh" / "三.wav", 1.0)
    assert seconds(recordings, zh("请三")) == pytest.approx(before + 0.8, abs=0.01)
    (own / "zh" / "三.wav").unlink()
    assert seconds(recordings, zh("请三")) == pytest.approx(before), "taken away, it is forgotten at once"


def test_a_piece_recorded_anew_is_heard_without_a_restart(shipped: Path, own: Path) -> None:
    recordings = Recordings([own, shipped])
    file = write(own / "zh" / "三.wav", 0.5)
    first = seconds(recordings, zh("三"))
    write(file, 0.9)
    os.utime(file, ns=(1, 1))
    assert seconds(recordings, zh("三")) == pytest.approx(first + 0.4, abs=0.01)


def test_a_sentence_with_a_piece_missing_is_left_out_whole(shipped: Path, own: Path) -> None:
    speech = Speech((Sentence("zh", "请三"), Sentence("yue", "请三"), Sentence("zh", "请九")), chime=False)
    said = Recordings([own, shipped]).say(speech)
    assert said.sentences == 1
    assert said.missing == ("yue/请", "yue/三", "zh/九")
    nothing = Recordings([own, shipped]).say(zh("请九", chime=True))
    assert (nothing.sentences, len(nothing.samples)) == (0, 0), "no chime for nothing"


def test_a_dialect_is_a_folder(shipped: Path, own: Path) -> None:
    for name in ("请", "三"):
        write(own / "yue" / f"{name}.wav", 0.3)
    recordings = Recordings([own, shipped])
    assert recordings.languages() == ["yue", "zh"]
    said = recordings.say(Speech((Sentence("zh", "请三"), Sentence("yue", "请三")), volume=100, chime=True))
    one, other, chime = 0.4, 0.6, 0.4
    whole = chime + BREATH_S + one + PAUSE_S + other
    assert len(said.samples) / RATE == pytest.approx(whole, abs=0.03 + 3 * MARGIN / RATE)
    assert said.sentences == 2


def test_silence_comes_before_a_repetition(shipped: Path, own: Path) -> None:
    recordings = Recordings([own, shipped])
    late = recordings.say(zh("请三", pause_ms=700)).samples
    assert not any(late[: int(0.7 * RATE)])
    assert late[int(0.7 * RATE) :] == recordings.say(zh("请三")).samples


@pytest.mark.parametrize(
    ("make", "code"),
    [
        ({"width": 1}, "recording.format"),
        ({"width": 3}, "recording.format"),
        ({"rate": 6000}, "recording.format"),
        ({"rate": 96_000}, "recording.format"),
        ({"loud": 0.0}, "recording.silent"),
        ({"seconds": 21.0, "rate": 8000}, "recording.too_long"),
        ({"seconds": 0.0}, "recording.silent"),
    ],
)
def test_what_cannot_be_used_says_why(tmp_path: Path, make: dict[str, float], code: str) -> None:
    file = write(tmp_path / "x.wav", **make)  # type: ignore[arg-type]
    for use in (inspect, read):
        with pytest.raises(RecordingError) as caught:
            use(file)
        assert caught.value.code == code


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a wav file at all", b"RIFF\x04\x00\x00\x00WAVE"])
def test_what_is_no_wav_file_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(RecordingError) as caught:
        read(tmp_path / "x.wav")
    assert caught.value.code == "recording.format"
    with pytest.raises(RecordingError) as caught:
        read(tmp_path / "none.wav")
    assert caught.value.code == "recording.unreadable"


def test_a_bad_file_harms_only_its_own_sentence(shipped: Path, own: Path) -> None:
    (own / "zh").mkdir(parents=True)
    (own / "zh" / "三.wav").write_bytes(b"mp3, renamed")
    (own / "chime.wav").write_bytes(b"")
    said = Recordings([own, shipped]).say(Speech((Sentence("zh", "请三"), Sentence("zh", "请零"))))
    assert said.sentences == 1
    assert len(said.bad) == 1
    assert said.bad[0].code == "recording.format"
    assert said.bad[0].values["text"].startswith("zh/三.wav:")


@pytest.mark.parametrize(("rate", "channels"), [(48_000, 2), (44_100, 1), (16_000, 1)])
def test_a_phones_recording_is_taken_as_it_is(tmp_path: Path, rate: int, channels: int) -> None:
    samples = read(write(tmp_path / "x.wav", 0.5, rate=rate, channels=channels))
    assert len(samples) / RATE == pytest.approx(0.5, abs=0.03)


def test_no_folders_say_nothing(tmp_path: Path) -> None:
    recordings = Recordings([tmp_path / "none"])
    assert recordings.languages() == []
    assert recordings.say(zh("请")).missing == ("zh/请",)
