"""From a draft to the files of a hall, and from files to a draft."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from kioskd.setup.blocks import rewritten
from kioskd.setup.draft import ARRAYS, Draft, Table

CONFIG = Path(str(resources("kioskd"))) / "config"
"""The program's own settings: sample hall, layouts, profiles."""

SHARED = ("layouts", "profiles")
OPTIONS = "evaluation-options.toml"
HALL = "hall.toml"
SERVICES = "services.toml"
GUIDE = {
    "address": {"id": "address", "name": {"zh": "办理地点", "en": "Where"}},
    "phone": {"id": "phone", "name": {"zh": "监督电话", "en": "Complaints"}},
    "hours": {"id": "hours", "name": {"zh": "办公时间", "en": "Opening hours"}},
}
"""Fields of every service's guide that are the hall's own."""

_TLS_OFF = "# [web.tls]\n# port = 8443\n"
_LATER = ("lunch", "lunch-summer", "saturday")
"""Sessions of the sample hall that a new one does not begin with: they name its windows."""


def fresh() -> Draft:
    """Return what a new hall begins with: the sample's queues, services, hours and holidays; no windows,
    people or devices.
    """
    draft = _draft(CONFIG / "sample" / HALL)
    draft.hall = {"id": "hall", "name": {"zh": "", "en": ""}, "utc_offset_min": 480, "public_url": ""}
    draft.zones = [{"id": "hall", "name": {"zh": "大厅", "en": "Hall"}}]
    for queue in draft.queues:
        queue["zone"] = "hall"
    for service in draft.services:
        service.pop("zone", None)
    draft.sessions = [one for one in draft.sessions if one["id"] not in _LATER]
    draft.windows, draft.tellers, draft.roster, draft.devices = [], [], [], []
    draft.guide = {}
    return draft


def present(hall: Path) -> Draft:
    """Return what a hall's files say. Raises OSError, ValueError, KeyError for files that are not sound."""
    return _draft(hall)


def _draft(file: Path) -> Draft:
    raw = tomllib.loads(_read(file))
    catalogue = tomllib.loads(_read(file.parent / raw["services"]))
    arrays: dict[str, Any] = {part: _at(raw, array) for part, array in ARRAYS.items()}
    return Draft(
        hall=dict(raw["hall"]),
        network="tls" in raw.get("web", {}) or raw.get("web", {}).get("host") == "0.0.0.0",
        guide={
            field["id"]: field["common"].get("zh", "")
            for field in catalogue.get("guide_field", [])
            if field["id"] in GUIDE and "common" in field
        },
        services=catalogue.get("service", []),
        years=[tomllib.loads(_read(file.parent / name)) for name in raw.get("calendars", [])],
        **arrays,
    )


def _at(raw: Table, array: str) -> list[Table]:
    at: Any = raw
    for step in array.split("."):
        at = at.get(step, {})
    return list(at) if isinstance(at, list) else []


def _read(file: Path) -> str:
    return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")


def made(draft: Draft, hall: Path) -> dict[str, str]:
    """Return the text of each file, by its name beside ``hall``; ``hall.toml`` comes last.

    Written over what is there, or over the sample hall's. Raises OSError, ValueError.
    """
    there = hall.exists()
    base = hall if there else CONFIG / "sample" / HALL
    text = _read(base)
    if not there:
        text = _headed(text)
    if draft.network:
        text = text.replace(_TLS_OFF, _TLS_OFF.replace("# ", ""))
    raw = tomllib.loads(text)
    services = str(raw["services"]) if there else SERVICES
    names = [str(name) for name in raw.get("calendars", [])]
    done = {} if there else dict(_shared(hall.parent))
    known = base.parent / (services if there else SERVICES)
    done[services] = _catalogue(_read(known), draft, not there)
    years = []
    for year in draft.years:
        name = next((n for n in names if str(year["year"]) in n), f"calendar-{year['year']}.toml")
        years.append(name)
        beside = base.parent / name
        if not beside.exists():
            beside = CONFIG / "sample" / f"calendar-{year['year']}.toml"
        done[name] = _year(_read(beside) if beside.exists() else "", year)
    roots: Table = {"services": services, "calendars": years}
    if not there:
        roots |= {"layouts": "layouts", "profiles": "profiles", "evaluation_options": OPTIONS}
    arrays = {array: getattr(draft, part) for part, array in ARRAYS.items()}
    gone = {key: None for key in raw["hall"] if key not in draft.hall}
    tables: dict[str, Table] = {"hall": {**gone, **draft.hall}}
    if draft.network and "tls" not in raw.get("web", {}):
        tables["web.tls"] = {"port": 8443}
    done[hall.name] = rewritten(text, arrays, tables, roots)
    return done


def _headed(text: str) -> str:
    """The sample's text without the lines that say that it is one."""
    lines = text.split("\n")
    at = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    head = [
        "# 本大厅的设置，由“设置向导”写成；可以直接改，也可以再运行向导。检查：kioskd check hall.toml",
        "# This hall's settings, written by the page /setup; change them here or there.",
    ]
    text = "\n".join([*head, *lines[at:]])
    return text.replace("（姓名均为虚构 · made up）", "")


def _shared(folder: Path) -> Iterator[tuple[str, str]]:
    """The program's layouts and profiles, where a hall has none of its own by their names."""
    files = [file for name in SHARED for file in sorted((CONFIG / name).rglob("*.toml"))]
    for file in (*files, CONFIG / OPTIONS):
        name = file.relative_to(CONFIG).as_posix()
        own = folder / name
        yield name, _read(own if own.exists() else file)


def _catalogue(text: str, draft: Draft, new: bool) -> str:
    fields = tomllib.loads(text).get("guide_field", [])
    for name, field in GUIDE.items():
        said = draft.guide.get(name, "").strip()
        known = next((one for one in fields if one["id"] == name), None)
        if not said:
            continue
        if known is None:
            known = dict(field)
            fields.append(known)
        if known.get("common", {}).get("zh") != said:
            known["common"] = {"zh": said, "en": said}
    known_fields = {field["id"] for field in fields}
    services = []
    for service in draft.services:
        guide = {name: said for name, said in service.get("guide", {}).items() if name in known_fields}
        services.append({**service, "guide": guide} if "guide" in service else service)
    for field in fields if new else ():
        # A hall begins with what it has of its services; one at work asks for what its files say.
        if "common" not in field and any(field["id"] not in one.get("guide", {}) for one in services):
            field["required"] = False
    return rewritten(text, {"guide_field": fields, "service": services}, {}, {})


def _year(text: str, year: Table) -> str:
    if text and tomllib.loads(text) == year:
        return text
    if not text:
        number = year["year"]
        text = f"# {number} 年的节假日和调休 · holidays and make-up days\nyear = {number}\nholidays = []\n"
    return rewritten(
        text,
        {},
        {
            "make_up": {
                **dict.fromkeys(tomllib.loads(text).get("make_up", {})),
                **year.get("make_up", {}),
            }
        },
        {"year": year["year"], "holidays": year.get("holidays", [])},
    )
