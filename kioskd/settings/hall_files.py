"""Which settings files a hall has: ``hall.toml`` and what it names, the ``station.toml`` beside it, and a
calendar that can be made for a year without one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from kioskd.settings.files import as_path, is_file, read_toml
from kioskd.settings.years import name_of, next_year
from kioskd.web.hall_file import FileLine

HALL = "hall"
STATION = "station"
STATION_FILE = "station.toml"
"""A PC that is a station too has it beside ``hall.toml``; those of other PCs lie there."""


def files_of(main: Path) -> tuple[FileLine, ...]:
    """Return the files of the hall whose ``hall.toml`` is ``main``; those that lie beside it are its own."""
    found = [FileLine(file=HALL, name=main.name, kind=HALL, own=True)]
    report = read_toml(main, [])
    raw = report.raw if report is not None else {}
    home = main.parent

    def add(kind: str, path: Path, new: int = 0) -> None:
        own = path.is_relative_to(home)
        key = kind if kind in ("services", STATION) else f"{kind}-{path.stem}"
        if (is_file(path) or new) and all(one.file != key for one in found):
            name = path.relative_to(home).as_posix() if own else str(path)
            found.append(FileLine(file=key, name=name, kind=kind, own=own, new=new > 0, year=new))

    if isinstance(name := raw.get("services"), str):
        add("services", as_path(main, name))
    years = raw.get("calendars")
    names = [name for name in years if isinstance(name, str)] if isinstance(years, list) else []
    for name in names:
        add("calendar", as_path(main, name))
    if raw and (year := _missing(main, raw, names)) is not None:
        add("calendar", as_path(main, name_of(year, names)), year)
    if isinstance(name := raw.get("layouts"), str):
        for path in sorted(as_path(main, name).glob("*.toml")):
            add("layout", path)
    add(STATION, home / STATION_FILE)
    return tuple(found)


def _missing(main: Path, raw: dict[str, Any], names: list[str]) -> int | None:
    """The year that a calendar can be made for. A file that cannot be read is mended first; a hall that needs
    none is offered none.
    """
    calendar = raw.get("calendar")
    if isinstance(calendar, dict) and calendar.get("needs_year_file") is False:
        return None
    known = []
    for name in names:
        report = read_toml(as_path(main, name), [])
        if report is None or not isinstance(year := report.raw.get("year"), int):
            return None
        known.append(year)
    return next_year(known, _today(raw))


def _today(raw: dict[str, Any]) -> date:
    """The date in the hall."""
    hall = raw.get("hall")
    minutes = hall.get("utc_offset_min", 480) if isinstance(hall, dict) else 480
    return (datetime.now(UTC) + timedelta(minutes=minutes if isinstance(minutes, int) else 480)).date()
