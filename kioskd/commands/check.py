"""``kioskd check FILE``: what is wrong with settings, all of it, with the nearest valid key."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.settings import HallSettings, check, line
from kioskd.settings.check_voice import voice_problems
from kioskd.settings.sentences import LANGUAGES
from kioskd.station.config import StationSettings

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def register(subparsers: Subparsers) -> None:
    """Add the command; it sets ``run(args) -> exit status`` (0 sound, 1 problems)."""
    parser = subparsers.add_parser("check", help="检查设置 · check hall.toml or station.toml")
    parser.add_argument("file", type=Path, help="设置文件 · hall.toml or station.toml")
    parser.add_argument("--lang", choices=LANGUAGES, default="zh", help="语言 · language of the answer")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    checked = check(args.file)
    problems = list(checked.problems)
    if checked.settings is not None:
        problems += voice_problems(args.file, checked.settings)
    for problem in problems:
        print(line(problem, args.lang))
    if problems or checked.settings is None:
        count = len(problems)
        print(f"发现 {count} 个问题" if args.lang == "zh" else f"{count} problem(s) found", file=sys.stderr)
        return 1
    print(_summary(checked.settings, args.lang))
    return 0


def _summary(settings: HallSettings | StationSettings, language: str) -> str:
    if isinstance(settings, StationSettings):
        devices = len(settings.devices)
        return f"设置无误：{devices} 台设备" if language == "zh" else f"all is well: {devices} devices"
    rules = settings.rules
    counts = (
        len(rules.queues),
        len(rules.windows),
        len(rules.tellers),
        len(rules.services),
        len(settings.station.devices),
    )
    words = (
        "设置无误：{} 个取号类别，{} 个窗口，{} 名柜员，{} 个事项，{} 台设备"
        if language == "zh"
        else "all is well: {} queues, {} windows, {} tellers, {} services, {} devices"
    )
    return words.format(*counts)
