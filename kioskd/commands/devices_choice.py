"""Which device of which settings file a command is about."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from drivers.errors import DeviceError
from drivers.facts import Fact
from kioskd.commands.devices_texts import ZH, say
from kioskd.settings import HallSettings, check, line
from kioskd.station.config import DeviceSettings
from kioskd.web.language import Language
from kioskd.web.wording import device_sentence, facts_said


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name a device."""
    parser.add_argument("file", type=Path, metavar="SETTINGS", help="hall.toml 或 station.toml · settings")
    parser.add_argument("id", metavar="ID", help="设备编号 · the device's id there")


def chosen(args: argparse.Namespace) -> DeviceSettings | None:
    """The named device with its profile's options; None, and why is said, where there is none."""
    checked = check(args.file)
    if checked.settings is None:
        for problem in checked.problems:
            print(line(problem, args.lang), file=sys.stderr)
        return None
    settings = checked.settings
    station = settings.station if isinstance(settings, HallSettings) else settings
    for device in station.devices:
        if device.id == args.id:
            return device
    known = ", ".join(device.id for device in station.devices) or say(args.lang, "none")
    print(say(args.lang, "no_device", file=args.file, id=args.id, known=known), file=sys.stderr)
    return None


def reason(code: str, language: str) -> str:
    """What a status code means, as a sentence."""
    return device_sentence(code, Language.ZH if language == ZH else Language.EN) or code


def failure(error: DeviceError, language: str) -> str:
    """Say what is wrong, and on a second line what only a technician needs."""
    said = say(language, "failed", sentence=reason(error.code, language))
    detail = details(error.facts, language)
    return f"{said}\n{say(language, 'detail', detail=detail)}" if detail else said


def details(facts: Sequence[Fact], language: str) -> str:
    """What only a technician needs, on one line."""
    return facts_said(facts, Language.ZH if language == ZH else Language.EN)
