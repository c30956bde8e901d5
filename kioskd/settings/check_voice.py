"""The voice: a hall's own recordings, the languages calls are said in, and whether all of it can be said."""

from __future__ import annotations

from collections.abc import Collection
from importlib.resources import files
from pathlib import Path

from drivers.registry import DRIVERS, DeviceClass
from drivers.speaker.recordings import RecordingError, Recordings, inspect
from drivers.speaker.words import pieces, unsaid
from kioskd.hall.rules import Voice
from kioskd.hub.spoken import call_sentence
from kioskd.settings.model import HallSettings
from kioskd.settings.problems import Problem, Report
from kioskd.station.config import DeviceSettings, StationSettings

SHIPPED = Path(str(files("ui") / "voice"))
"""The recordings that come with the program."""

FOLDER = "voice"
"""Where a hall's own recordings are unless ``recordings`` says otherwise: beside the settings file."""


def folders(own: Path) -> list[Path]:
    """Return where recordings are looked for, the hall's own first."""
    return [own, SHIPPED]


def is_speaker(device: DeviceSettings) -> bool:
    """Whether a device is a loudspeaker."""
    driver = DRIVERS.get(device.driver)
    return driver is not None and driver.device_class is DeviceClass.SPEAKER


def voice_problems(file: Path, settings: HallSettings | StationSettings) -> list[Problem]:
    """Return what keeps a PC from saying calls, though it keeps nothing from running: recordings that cannot
    be used and, in a hall with a speaker, calls for which there is no recording.
    """
    hall = settings if isinstance(settings, HallSettings) else None
    station = settings.station if isinstance(settings, HallSettings) else settings
    speakers = [device for device in station.devices if is_speaker(device) and device.options.get("folders")]
    if not speakers:
        return []
    where = [Path(folder) for folder in speakers[0].options["folders"]]
    problems = [problem for folder in where if folder != SHIPPED for problem in recording_problems(folder)]
    if hall is None:
        return problems
    recordings, rules = Recordings(where), hall.rules
    windows = [window.id for window in rules.windows]
    prefixes = sorted({queue.prefix for queue in rules.queues})
    for index, language in enumerate(rules.policy.voice.languages):
        missing = unrecorded(recordings, rules.policy.voice, language, windows, prefixes)
        if missing:
            params = {
                "language": language,
                "pieces": "、".join(missing),
                "folder": str(where[0] / language),
                "file": file.name,
            }
            problems.append(Problem(file, f"policy.voice.languages[{index}]", "voice.missing", params))
    return problems


def recording_problems(folder: Path) -> list[Problem]:
    """Return what is wrong with the wav files in a folder."""
    problems = []
    for file in own_files(folder):
        try:
            inspect(file)
        except RecordingError as error:
            problems.append(Problem(file, "", error.code, {"detail": str(error)}))
    return problems


def own_files(own: Path) -> list[Path]:
    """Return a hall's own wav files."""
    return sorted(file for file in own.glob("**/*") if file.suffix.lower() == ".wav" and file.is_file())


def check_voice(report: Report, voice: Voice, own: Path) -> None:
    """Note languages that nothing is recorded in, and hours that run backwards."""
    languages = Recordings(folders(own)).languages()
    for index, language in enumerate(voice.languages):
        if language not in languages:
            report.add(
                f"policy.voice.languages[{index}]",
                "voice.no_language",
                near=languages,
                value=language,
                file=report.file.name,
                folder=str(own / language),
            )
    for index, hours in enumerate(voice.hours):
        if hours.start >= hours.end:
            report.add(
                f"policy.voice.hours[{index}].end", "session.backwards", start=hours.start, end=hours.end
            )


def unrecorded(
    recordings: Recordings, voice: Voice, language: str, windows: Collection[str], prefixes: Collection[str]
) -> list[str]:
    """Return what of any call could not be said in a language, each part once."""
    recorded = recordings.files(language).keys()
    missing: dict[str, None] = {}
    for text in _calls(voice, language, windows, prefixes):
        if pieces(text, recorded) is None:
            missing |= dict.fromkeys(unsaid(text, recorded) or (text,))
    return list(missing)


def to_record(
    recordings: Recordings, voice: Voice, language: str, windows: Collection[str], prefixes: Collection[str]
) -> list[str]:
    """Return names of the files that a language lacks for any call, cut as those of Chinese or English are:
    for a hall that records a dialect of its own, or its own voice.
    """
    recorded = recordings.files(language).keys()
    model = recordings.files("en" if language == "en" else "zh")
    wanted: dict[str, None] = {}
    for text in _calls(voice, language, windows, prefixes):
        if pieces(text, recorded) is not None:
            continue
        parts = pieces(text, {*model, *recorded})
        if parts is None:
            wanted |= dict.fromkeys(unsaid(text, recorded) or (text,))
            continue
        for part in parts:
            if pieces("-".join(part), recorded) is None:
                wanted[model[part].stem] = None
    return list(wanted)


def _calls(voice: Voice, language: str, windows: Collection[str], prefixes: Collection[str]) -> list[str]:
    """Return calls that between them hold everything any call may."""
    numbers = [f"{prefix}0123456789" for prefix in prefixes]
    any_window, any_number = next(iter(windows), "1"), numbers[0] if numbers else "0"
    calls = [(number, any_window) for number in numbers] + [(any_number, window) for window in windows]
    return [call_sentence(voice, language, number, window).text for number, window in calls]
