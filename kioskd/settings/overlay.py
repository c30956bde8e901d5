"""What the city says for all its halls, laid over a hall's own file.

A hall's windows, people, devices, addresses and ways of working are its own; nothing here reaches them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from kioskd.hall.rules import DefaultRating
from kioskd.settings.examine import converted, examine
from kioskd.settings.files import as_path, read_toml
from kioskd.settings.problems import Problem, Report

COMMON = "common.toml"
TABLES = ("zone", "queue", "calendar", "policy")
"""Tables that ``common.toml`` may hold; each stands whole for the hall's own."""

DEFAULT_RATING = "default_rating"
"""A table of ``common.toml`` that no hall has: `kioskd.hall.rules.DefaultRating`."""

FILES = {"services.toml": "services", "evaluation-options.toml": "evaluation_options"}
"""Files that stand for those that keys of ``hall.toml`` name."""

NAME = re.compile(r"(services|evaluation-options|common|calendar-[0-9]{4})\.toml")
"""How files of the city are called; ``calendar-2027.toml`` is that year's holidays."""


def lay_over(report: Report, folder: Path, problems: list[Problem]) -> DefaultRating | None:
    """Change what a hall's file says to what the city's files say; return what only a city says."""
    for name, key in FILES.items():
        if (folder / name).is_file():
            report.raw[key] = str(folder / name)
    years = sorted(str(file) for file in folder.glob("calendar-*.toml"))
    if years:
        report.raw["calendars"] = [*years, *_others(report, {_year(Path(each)) for each in years})]
    if not (folder / COMMON).is_file():
        return None
    common = read_toml(folder / COMMON, problems)
    if common is None:
        return None
    default: DefaultRating | None = None
    for key, table in common.raw.items():
        if key in TABLES:
            report.raw[key] = table
        elif key == DEFAULT_RATING:
            examine(common, key, table, DefaultRating)
            if common.clean(key):
                default = converted(common, key, table, DefaultRating)
        else:
            common.add(key, "key.not_the_citys", near=(*TABLES, DEFAULT_RATING), value=key)
    return default


def _others(report: Report, given: set[Any]) -> list[Any]:
    """Return the hall's own years that the city says nothing of."""
    own = report.raw.get("calendars")
    if not isinstance(own, list):
        return []
    return [
        name for name in own if not (isinstance(name, str) and _year(as_path(report.file, name)) in given)
    ]


def _year(file: Path) -> Any:
    found = read_toml(file, [])
    return None if found is None else found.raw.get("year")
