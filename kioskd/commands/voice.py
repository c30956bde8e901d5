"""``kioskd voice``: the recorded pieces of speech, whether a hall's own can be used, how a call sounds."""

from __future__ import annotations

import argparse
import asyncio
import sys
import wave
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.errors import DeviceError
from drivers.outcome import Outcome
from drivers.speaker.api import Sentence, Speaker, Speech
from drivers.speaker.recordings import Recordings
from drivers.speaker.sound import bytes_of
from drivers.speaker.words import pieces, unsaid
from drivers.status import DeviceState
from drivers.transport.pcm import RATE, SAMPLE
from kioskd.commands.devices_choice import details, reason
from kioskd.commands.voice_texts import say
from kioskd.hall.rules import Voice
from kioskd.hub.spoken import call_sentence
from kioskd.settings import HallSettings, check, line
from kioskd.settings.check_voice import (
    SHIPPED,
    folders,
    is_speaker,
    own_files,
    recording_problems,
    to_record,
)
from kioskd.settings.sentences import LANGUAGES, sentence
from kioskd.station.alone import alone
from kioskd.station.config import DeviceSettings, StationSettings

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

ONLINE_S = 10.0
SAY_S = 60.0


def register(subparsers: Subparsers) -> None:
    """Add the commands; each sets ``run(args) -> exit status``: 0 done, 1 something is wrong, 2 wrong use."""
    voice = subparsers.add_parser("voice", help="语音录音 · recorded pieces of speech")
    actions = voice.add_subparsers(dest="action", required=True, metavar="ACTION")

    listing = actions.add_parser("list", help="列出录音 · list the recordings")
    listing.add_argument("folder", type=Path, nargs="?", help="本大厅的录音文件夹 · the hall's own folder")
    listing.set_defaults(run=_list)

    checking = actions.add_parser("check", help="检查录音文件夹 · check a folder of recordings")
    checking.add_argument("folder", type=Path, help="录音文件夹 · the folder")
    checking.set_defaults(run=_check)

    missing = actions.add_parser("missing", help="还要录哪些 · what is still to be recorded")
    missing.add_argument("file", type=Path, metavar="SETTINGS", help="hall.toml · the hall's settings")
    missing.add_argument("--voice", metavar="LANGUAGE", help="zh、en 或方言，如 yue · or a dialect's folder")
    missing.set_defaults(run=_missing)

    saying = actions.add_parser("say", help="试说一次叫号 · say a call")
    saying.add_argument("file", type=Path, metavar="SETTINGS", help="hall.toml 或 station.toml · settings")
    saying.add_argument("number", metavar="NUMBER", help="票号，如 A012 · a ticket's number")
    saying.add_argument("window", metavar="WINDOW", help="窗口，如 3 · a window")
    saying.add_argument("--voice", default="zh", metavar="LANGUAGE", help="zh、en 或方言 · or a dialect")
    where = saying.add_mutually_exclusive_group(required=True)
    where.add_argument("--wav", type=Path, metavar="FILE", help="写成文件 · write a file")
    where.add_argument("--device", metavar="ID", help="从这只音箱说 · say it from this speaker")
    loud = range(101)
    saying.add_argument("--volume", type=int, default=80, choices=loud, metavar="0-100", help="音量 · volume")
    saying.set_defaults(run=_say)
    for parser in (listing, checking, missing, saying):
        parser.add_argument("--lang", choices=LANGUAGES, default="zh", help="语言 · language of the answer")


def _list(args: argparse.Namespace) -> int:
    own = [args.folder] if args.folder is not None else []
    recordings = Recordings([*own, SHIPPED])
    for language in recordings.languages():
        files = recordings.files(language)
        print(say(args.lang, "language", language=language, count=len(files)))
        for file in sorted(files.values(), key=lambda file: file.stem):
            whose = "shipped" if file.is_relative_to(SHIPPED) else "own"
            print(f"  {file.stem}  ({say(args.lang, whose)})")
    print(say(args.lang, "own_folder", folder=args.folder or "voice"))
    return 0


def _check(args: argparse.Namespace) -> int:
    files = own_files(args.folder)
    if not files:
        print(say(args.lang, "empty", folder=args.folder))
        return 1
    problems = recording_problems(args.folder)
    for problem in problems:
        why, name = sentence(problem, args.lang), problem.file.relative_to(args.folder)
        print(say(args.lang, "bad", file=name, sentence=why))
    if problems:
        print(say(args.lang, "bad_count", count=len(problems)))
        return 1
    print(say(args.lang, "good", folder=args.folder, count=len(files)))
    return 0


def _missing(args: argparse.Namespace) -> int:
    checked = check(args.file)
    hall = checked.settings
    if not isinstance(hall, HallSettings):
        for problem in checked.problems:
            print(line(problem, args.lang), file=sys.stderr)
        if hall is not None:
            print(say(args.lang, "no_hall", file=args.file), file=sys.stderr)
        return 2
    own, voice = _own(hall.station), hall.rules.policy.voice
    windows = [window.id for window in hall.rules.windows]
    prefixes = sorted({queue.prefix for queue in hall.rules.queues})
    lacking = 0
    for language in [args.voice] if args.voice else voice.languages:
        names = to_record(Recordings(folders(own)), voice, language, windows, prefixes)
        lacking += len(names)
        if not names:
            print(say(args.lang, "complete", language=language))
            continue
        print(say(args.lang, "to_record", language=language, count=len(names), folder=own / language))
        for name in names:
            print(f"  {name}.wav")
    return int(lacking > 0)


def _say(args: argparse.Namespace) -> int:
    checked = check(args.file)
    if checked.settings is None:
        for problem in checked.problems:
            print(line(problem, args.lang), file=sys.stderr)
        return 2
    settings = checked.settings
    hall = settings if isinstance(settings, HallSettings) else None
    station = hall.station if hall is not None else settings
    assert isinstance(station, StationSettings)
    voice = hall.rules.policy.voice if hall is not None else Voice()
    device = _speaker(args, station)
    if args.device is not None and device is None:
        return 2
    where = [Path(folder) for folder in device.options["folders"]] if device else folders(_own(station))
    said = call_sentence(voice, args.voice, args.number, args.window)
    if not _tell(Recordings(where), said, args.lang):
        return 1
    speech = Speech((said,), volume=args.volume, chime=voice.chime)
    if device is None:
        return _write(Recordings(where), speech, args.wav, args.lang)
    return asyncio.run(_speak(device, speech, args.lang))


def _speaker(args: argparse.Namespace, station: StationSettings) -> DeviceSettings | None:
    for device in station.devices:
        if device.id == args.device:
            if is_speaker(device):
                return device
            print(say(args.lang, "not_a_speaker", id=device.id), file=sys.stderr)
            return None
    if args.device is not None:
        print(say(args.lang, "no_device", file=args.file, id=args.device), file=sys.stderr)
    return None


def _own(station: StationSettings) -> Path:
    """The hall's own folder, as the settings gave it to every speaker."""
    speakers = [device for device in station.devices if is_speaker(device)]
    return Path(speakers[0].options["folders"][0]) if speakers else Path("voice")


def _tell(recordings: Recordings, said: Sentence, language: str) -> bool:
    """Say what will be said and from which pieces; False when something is not recorded."""
    recorded = recordings.files(said.language)
    if not recorded:
        known = ", ".join(recordings.languages())
        print(say(language, "no_language", language=said.language, known=known), file=sys.stderr)
        return False
    print(say(language, "saying", language=said.language, text=said.text))
    found = pieces(said.text, recorded.keys())
    if found is None:
        missing = "、".join(unsaid(said.text, recorded.keys()))
        print(say(language, "missing", pieces=missing), file=sys.stderr)
        return False
    print(say(language, "made_of", pieces=" + ".join(recorded[piece].stem for piece in found)))
    return True


def _write(recordings: Recordings, speech: Speech, file: Path, language: str) -> int:
    joined = recordings.say(speech)
    if joined.bad:
        print(say(language, "unusable", detail=details(joined.bad, language)), file=sys.stderr)
        return 1
    try:
        with file.open("wb") as out, wave.open(out, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(SAMPLE)
            sound.setframerate(RATE)
            sound.writeframes(bytes_of(joined.samples))
    except OSError as error:
        print(say(language, "unwritable", file=file, detail=error.strerror or error), file=sys.stderr)
        return 2
    print(say(language, "written", file=file, seconds=len(joined.samples) / RATE))
    return 0


async def _speak(device: DeviceSettings, speech: Speech, language: str) -> int:
    try:
        async with alone(device) as one:
            await one.until(lambda status: status.state is DeviceState.ONLINE, ONLINE_S)
            result = await one.work(lambda driver: _as_speaker(driver).speak(speech), SAY_S)
    except DeviceError as error:
        print(say(language, "unsaid", sentence=reason(error.code, language)), file=sys.stderr)
        return 1
    except TimeoutError:
        print(say(language, "unsaid", sentence=reason("device.timeout", language)), file=sys.stderr)
        return 1
    if result.outcome is Outcome.DONE:
        print(say(language, "said"))
        return 0
    print(say(language, "unsaid", sentence=reason(result.code, language)), file=sys.stderr)
    return 1


def _as_speaker(driver: object) -> Speaker:
    assert isinstance(driver, Speaker)
    return driver
