"""A calendar for a year that the hall does not have yet: what its file is called, what it begins as, and
``hall.toml`` naming it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import tomlkit

START = """\
# {year} 年节假日与调休：照国务院办公厅公布的放假安排填写；还没公布时不要应用，到时系统会提醒。
# Public holidays and make-up days of {year}, as announced by the General Office of the State Council. Do not
# apply it before they are announced; the hall reminds its lead in time.
# 调休上班日写作“日期 = 按星期几的时段开门”（1 = 星期一 … 7 = 星期日），如 "{year}-02-01" = 5。
# A make-up day opens like the weekday it names (1 = Monday … 7 = Sunday): "{year}-02-01" = 5
year = {year}
holidays = [
    # 元旦 · New Year

    # 春节 · Spring Festival

    # 清明节 · Qingming

    # 劳动节 · Labour Day

    # 端午节 · Dragon Boat Festival

    # 中秋节 · Mid-Autumn

    # 国庆节 · National Day

]

[make_up]
"""
"""What a new file begins as. It names no holiday, and without one it is not applied: a year that only looks
known would silence the reminder of a missing one.
"""

_ARRAY = re.compile(r"^[ \t]*calendars[ \t]*=[ \t]*\[(.*?)(\s*)\]", re.MULTILINE | re.DOTALL)
_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
_COMMENT = re.compile(r"#[^\n\"']*$", re.MULTILINE)
_KEY = re.compile(r"^[A-Za-z0-9_-]+[ \t]*=", re.MULTILINE)


def next_year(known: Sequence[int], today: date) -> int | None:
    """Return the year to make a file for: this one, or the next; None where both are known."""
    return next((year for year in (today.year, today.year + 1) if year not in known), None)


def name_of(year: int, names: Sequence[str]) -> str:
    """Return a file name like those of other years."""
    for name in reversed(names):
        stem, count = re.subn(r"20\d\d(?=\D*$)", str(year), Path(name).name)
        if count and not Path(name).is_absolute() and ".." not in Path(name).parts:
            return (Path(name).parent / stem).as_posix()
    return f"calendar-{year}.toml"


def named_in(text: str, name: str) -> str:
    """Return ``hall.toml``'s text with one more file among its ``calendars``, all else left as it is.

    Raises ValueError where that cannot be done without a person.
    """
    before = tomllib.loads(text)
    years = before.get("calendars", [])
    if not isinstance(years, list):
        raise ValueError("calendars")
    wanted = before | {"calendars": [*years, name]}
    for make in (_inserted, _parsed):
        made = make(text, name)
        try:
            if tomllib.loads(made) == wanted:
                return made
        except tomllib.TOMLDecodeError:
            continue
    raise ValueError("calendars")


def _inserted(text: str, name: str) -> str:
    """Write the name behind the last one, or a line of its own before the first key."""
    header = _HEADER.search(text)
    found = _ARRAY.search(text, 0, header.start() if header is not None else len(text))
    if found is not None:
        inside = found[1]
        said = _COMMENT.sub("", inside).rstrip()
        if said and not said.endswith(",") and said != inside.rstrip():
            return text  # its comma belongs before a comment
        before, behind = ("", ",") if said.endswith(",") else ("," if said else "", "")
        room = (re.match(r"\s*", inside) or [""])[0] if "\n" in inside else " " if said else ""
        return text[: found.end(1)] + f'{before}{room}"{name}"{behind}' + text[found.end(1) :]
    key = _KEY.search(text)
    at = key.start() if key is not None else 0
    return f'{text[:at]}calendars = ["{name}"]\n{text[at:]}'


def _parsed(text: str, name: str) -> str:
    """The same by a parser, which may lay the file out a little differently."""
    document = tomlkit.parse(text)
    document.setdefault("calendars", tomlkit.array()).append(name)
    return tomlkit.dumps(document)
