"""From settings files to settings: everything that is wrong is said at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from kioskd.hall.rules import Calendar, Policy, Rules, Service, Session, YearCalendar
from kioskd.os_errors import class_of
from kioskd.settings.check_alert_sinks import check_alert_sinks
from kioskd.settings.check_calendar import check_sessions, check_year
from kioskd.settings.check_catalogue import read_catalogue, read_evaluation, read_layouts
from kioskd.settings.check_devices import Profiles, check_devices
from kioskd.settings.check_documents import check_documents
from kioskd.settings.check_hall import HallTables, check_hall, check_policy
from kioskd.settings.check_voice import FOLDER, check_voice
from kioskd.settings.entries import Entries
from kioskd.settings.examine import converted, examine
from kioskd.settings.files import as_path, is_folder, read_toml
from kioskd.settings.model import HallFile, HallSettings, StationFile
from kioskd.settings.overlay import lay_over
from kioskd.settings.problems import Problem, Report, SettingsError
from kioskd.station.config import StationSettings
from kioskd.web.catalogue import EvaluationOptions, GuideField


class Checked(msgspec.Struct, frozen=True):
    """What a file came to. There are settings only where there is no problem."""

    settings: HallSettings | StationSettings | None
    problems: tuple[Problem, ...]


NONE: Mapping[Path, str] = MappingProxyType({})


def check(
    file: Path, text: str | None = None, *, city: Path | None = None, texts: Mapping[Path, str] = NONE
) -> Checked:
    """Read ``hall.toml`` or ``station.toml`` with all files they name. Raises nothing.

    ``text`` stands for what the file holds, which then need not exist; ``texts`` for what the catalogue,
    years and layouts it names hold, by their path. ``city`` is a folder of what the city
    says for all its halls, which stands before the hall's own.
    """
    problems: list[Problem] = []
    report = read_toml(file, problems, text)
    settings: HallSettings | StationSettings | None = None
    if report is not None:
        settings = (
            _station(report, problems) if _is_station(report.raw) else _hall(report, problems, city, texts)
        )
    return Checked(None if problems else settings, tuple(problems))


def load(file: Path) -> HallSettings:
    """Return the settings of a hub's PC. Raises `SettingsError` with everything that is wrong."""
    checked = check(file)
    if isinstance(checked.settings, HallSettings):
        return checked.settings
    raise SettingsError(checked.problems or (Problem(file, "", "file.not_a_hall"),))


def load_station(file: Path) -> StationSettings:
    """Return the settings of a station's PC. Raises `SettingsError` with everything that is wrong."""
    checked = check(file)
    if isinstance(checked.settings, StationSettings):
        return checked.settings
    raise SettingsError(checked.problems or (Problem(file, "", "file.not_a_station"),))


def _is_station(raw: dict[str, Any]) -> bool:
    return "hall" not in raw and ("hub" in raw or "id" in raw)


def _station(report: Report, problems: list[Problem]) -> StationSettings | None:
    examine(report, "", report.raw, StationFile)
    own = _recordings(report)
    devices = check_devices(report, _profiles(report, problems), own, windows=None, zones=None)
    if problems:
        return None
    made: StationFile | None = converted(report, "", report.raw, StationFile)
    if made is None:
        return None
    return StationSettings(id=made.id, hub=made.hub, devices=devices, hub_lost=made.hub_lost)


def _hall(
    report: Report, problems: list[Problem], city: Path | None, texts: Mapping[Path, str]
) -> HallSettings | None:
    default = None if city is None else lay_over(report, city, problems)
    examine(report, "", report.raw, HallFile)
    tables = HallTables(report)
    check_hall(tables)
    check_alert_sinks(report)
    check_documents(report, tables.windows.ids)
    sessions = Entries(report, "calendar.session", Session)
    if report.clean("calendar.day_starts"):
        day_starts = _table(report, "calendar").get("day_starts", "05:00")
        check_sessions(sessions, day_starts, tables.queues.ids, tables.windows.ids)
    policy = Policy()
    if report.clean("policy"):
        policy = converted(report, "policy", _table(report, "policy"), Policy) or policy
        check_policy(report, policy, {queue.prefix for queue in tables.queues.values})
    years = _years(report, problems, texts)
    fields: tuple[GuideField, ...] = ()
    services: tuple[Service, ...] = ()
    if (catalogue := _named(report, "services")) is not None:
        fields, services = read_catalogue(
            catalogue, problems, tables.queues.ids, tables.zones.ids, texts.get(catalogue)
        )
    evaluation = None
    if (table := _named(report, "evaluation_options")) is not None:
        evaluation = read_evaluation(table, problems)
    folder = _named(report, "layouts")
    layouts = read_layouts(folder, problems, report, texts) if folder is not None else {}
    own = _recordings(report)
    devices = check_devices(report, _profiles(report, problems), own, tables.windows.ids, tables.zones.ids)
    if report.clean("policy.voice"):
        check_voice(report, policy.voice, own)
    made: HallFile | None = None if problems else converted(report, "", report.raw, HallFile)
    if made is None or evaluation is None:
        return None
    rating = msgspec.structs.replace(policy.rating, options=_codes(evaluation), default=default)
    return HallSettings(
        rules=Rules(
            hall=made.hall.id,
            name=made.hall.name,
            utc_offset_min=made.hall.utc_offset_min,
            zones=made.zones,
            queues=made.queues,
            services=services,
            windows=made.windows,
            tellers=made.tellers,
            roster=made.roster,
            calendar=Calendar(
                sessions=made.calendar.sessions,
                years=years,
                day_starts=made.calendar.day_starts,
                needs_year_file=made.calendar.needs_year_file,
            ),
            policy=msgspec.structs.replace(policy, rating=rating),
            notice=made.hall.notice,
        ),
        guide_fields=fields,
        evaluation=evaluation,
        layouts=layouts,
        public_url=made.hall.public_url,
        web=made.web,
        journal=made.journal,
        station=StationSettings(id=made.station.id, devices=devices, hub_lost=made.station.hub_lost),
        documents=made.documents,
        office_printers=made.office_printers,
        central=made.central,
        alert_sinks=made.alert_sinks,
        backup=made.backup,
        privacy=made.privacy,
    )


def _years(report: Report, problems: list[Problem], texts: Mapping[Path, str]) -> tuple[YearCalendar, ...]:
    names = report.raw.get("calendars")
    if not isinstance(names, list) or not report.clean("calendars"):
        return ()
    years: dict[int, YearCalendar] = {}
    for index, name in enumerate(names):
        path = as_path(report.file, name)
        own = read_toml(path, problems, texts.get(path))
        if own is None:
            continue
        examine(own, "", own.raw, YearCalendar)
        year: YearCalendar | None = converted(own, "", own.raw, YearCalendar) if own.clean("") else None
        if year is None:
            continue
        check_year(own, year)
        if year.year in years:
            report.add(f"calendars[{index}]", "calendar.twice", value=year.year)
        years[year.year] = year
    return tuple(years[number] for number in sorted(years))


def _codes(evaluation: EvaluationOptions) -> dict[str, tuple[int, ...]]:
    return {level: tuple(int(code) for code in codes) for level, codes in evaluation.options.items()}


def _table(report: Report, key: str) -> dict[str, Any]:
    found = report.raw.get(key)
    return found if isinstance(found, dict) else {}


def _named(report: Report, key: str) -> Path | None:
    """The path a key of the file names, None where the key is missing or wrong (noted already)."""
    name = report.raw.get(key)
    return as_path(report.file, name) if isinstance(name, str) and report.clean(key) else None


def _profiles(report: Report, problems: list[Problem]) -> Profiles:
    folder = _named(report, "profiles")
    if folder is not None and not is_folder(folder, report, "profiles"):
        folder = None
    return Profiles(folder, problems)


def _recordings(report: Report) -> Path:
    folder = _named(report, "recordings") or as_path(report.file, FOLDER)
    try:
        folder.is_dir()  # it need not be there
    except OSError as error:
        report.add("recordings", "folder.unreadable", value=str(folder), why=class_of(error))
        return as_path(report.file, FOLDER)
    return folder
