"""The real libasound, with a device of its own that writes what it plays into a file."""

from __future__ import annotations

import asyncio
import ctypes
from pathlib import Path

import pytest

from drivers.errors import ConfigurationError, TransientError
from drivers.outcome import Outcome
from drivers.speaker.api import Sentence, Speech
from drivers.speaker.pcm.driver import Options, build
from drivers.speaker.recordings import Recordings
from drivers.speaker.sound import bytes_of
from drivers.transport import alsa_library
from drivers.transport.address import parse_address
from drivers.transport.line import open_line
from tests.drivers.speaker.test_pcm import Sink
from tests.drivers.speaker.waves import write

CALL = Speech((Sentence("zh", "请三号"),), volume=100, chime=False)


@pytest.fixture
def library() -> None:
    try:
        ctypes.CDLL("libasound.so.2")
    except OSError:
        pytest.skip("libasound2 is not installed here: playing through ALSA was not tried")


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: None) -> Path:
    """A sound device ``hall`` whose sound ends up in the returned file."""
    file = tmp_path / "played.raw"
    settings = tmp_path / "asound.conf"
    settings.write_text(f'pcm.hall {{ type file slave.pcm {{ type null }} file "{file}" format "raw" }}\n')
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(settings))
    return file


async def test_every_sample_reaches_the_device(tmp_path: Path, played: Path) -> None:
    for name in ("请", "三", "号"):
        write(tmp_path / "voice" / "zh" / f"{name}.wav", 0.4)
    line = await open_line(parse_address("alsa://hall"))
    speaker = build(line, 0, Options(folders=(str(tmp_path / "voice"),)), Sink())
    running = asyncio.create_task(speaker.run())
    await asyncio.sleep(0)
    try:
        wanted = bytes_of(Recordings([tmp_path / "voice"]).say(CALL).samples)
        for _ in range(2):
            result = await asyncio.wait_for(speaker.speak(CALL), 30)
            assert (result.outcome, result.code) == (Outcome.DONE, "")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await line.close()
    assert await asyncio.to_thread(played.read_bytes) == wanted * 2


async def test_a_device_that_is_not_there_is_absent(played: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TransientError) as caught:
        await open_line(parse_address("alsa://nobody"))
    assert caught.value.code == "line.absent"
    assert not capfd.readouterr().err, "libasound tells its reasons to nobody but us"


async def test_without_libasound_somebody_must_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise OSError("libasound.so.2: cannot open shared object file")

    monkeypatch.setattr(alsa_library, "load", missing)
    with pytest.raises(ConfigurationError) as caught:
        await open_line(parse_address("alsa://default"))
    assert caught.value.code == "line.no_library"


@pytest.mark.parametrize(("number", "code"), [(16, "line.busy"), (13, "line.denied"), (11, "line.busy")])
async def test_a_card_that_is_held_or_forbidden_says_so(
    number: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Library:
        def snd_pcm_open(self, *_: object) -> int:
            return -number

        def snd_lib_error_set_handler(self, *_: object) -> int:
            return 0

    monkeypatch.setattr(alsa_library, "load", Library)
    with pytest.raises(ConfigurationError) as caught:
        await open_line(parse_address("alsa://default"))
    assert caught.value.code == code
