"""A roster out of a table that somebody keeps in a spreadsheet; pure.

Two shapes are understood, by their heading: a list (日期, 岗位, 人员, AB角 — one line a person and day) and a
week (岗位, 周一 … 周日, AB角 — one line a window). A post is a window (``1``, ``1号窗口``), ``带班`` or
``值班``; a person a name, a staff number or an id. Days are dates, or weekdays of a week that the caller
names.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta

import msgspec

from kioskd.hall.book import Book
from kioskd.hall.roster import DayRoster

MOST_ROWS = 500
MOST_COLUMNS = 60
LEAD, ON_CALL = "lead", "on_call"

_DAY = {"日期", "星期", "date", "day", "weekday"}
_POST = {"岗位", "窗口", "窗口号", "post", "window", "position"}
_PERSON = {"人员", "姓名", "柜员", "值班人员", "person", "name", "teller"}
_STAND_IN = {"ab角", "b角", "替岗", "顶岗", "备岗", "standin", "stand-in", "stand_in"}
_LEADS = {"带班", "带班领导", "lead", "dutylead", "duty lead"}
_ON_CALLS = {"值班", "值班员", "值班人员", "oncall", "on call", "on_call"}
_NOBODY = {"", "-", "—", "/", "休", "休息", "无", "off"}
_WEEKDAYS = {
    **{
        name: n
        for n, names in enumerate(["一1", "二2", "三3", "四4", "五5", "六6", "日天7"], 1)
        for name in names
    },
    **{name: n for n, name in enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], 1)},
}
_SEVERAL = re.compile(r"[、，,;；/\n]+|\s{2,}")
_WINDOW = re.compile(r"(?:窗口|window)?\s*(.+?)\s*(?:号窗口|号窗|号|窗口)?", re.IGNORECASE)
_DATE = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Something about a cell; ``line`` counts from 1 as spreadsheets do, ``column`` is its letter.

    Codes: ``no_heading``, ``too_large``, ``empty``, ``unknown_day``, ``unknown_post``, ``unknown_person``,
    ``several_persons`` (of that name), ``one_person`` (a window takes one), ``taken`` (the window has
    somebody that day), ``twice`` (the person is elsewhere that day), ``own_stand_in``; and, where ``serious``
    is false, ``not_trained`` and ``past``: those are taken all the same.
    """

    line: int
    column: str
    code: str
    value: str
    serious: bool = True


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What one cell was understood as: ``post`` is a window, ``lead`` or ``on_call``, ``person`` a teller's
    id at a window, else a name.
    """

    line: int
    date: str
    post: str
    person: str
    stand_in: str = ""


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it was understood; ``days`` are what would hold."""

    entries: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()
    days: tuple[DayRoster, ...] = ()


def understand(rows: list[list[str]], book: Book, monday: date, today: date) -> Understood:
    """Return what a table says. ``monday`` begins the week that weekdays without a date belong to."""
    if len(rows) > MOST_ROWS or any(len(row) > MOST_COLUMNS for row in rows):
        return Understood(faults=(Fault(line=1, column="A", code="too_large", value=str(len(rows))),))
    return _Reader(book, monday, today).read(rows)


class _Reader:
    def __init__(self, book: Book, monday: date, today: date) -> None:
        self._book = book
        self._monday = monday
        self._today = today
        self._entries: list[Entry] = []
        self._faults: list[Fault] = []
        self._names = _names(book)
        self._at_window: set[tuple[str, str]] = set()
        self._elsewhere: set[tuple[str, str]] = set()

    def read(self, rows: list[list[str]]) -> Understood:
        heading = next((at for at, row in enumerate(rows) if self._heading(row) is not None), None)
        if heading is None:
            self._fault(0, 0, "no_heading", " ".join(rows[0])[:40] if rows else "")
            return Understood(faults=tuple(self._faults))
        columns = self._heading(rows[heading])
        assert columns is not None
        for at in range(heading + 1, len(rows)):
            row = [cell.strip() for cell in rows[at]]
            if any(row):
                (self._list_line if columns.days is None else self._week_line)(at, row, columns)
        if not self._entries and not self._faults:
            self._fault(heading, 0, "empty", "")
        return Understood(entries=tuple(self._entries), faults=tuple(self._faults), days=_days(self._entries))

    # --- heading ----------------------------------------------------------------------------------

    def _heading(self, row: list[str]) -> _Columns | None:
        plain = [cell.strip().lower() for cell in row]
        post = _find(plain, _POST)
        if post is None:
            return None
        stand_in = _find(plain, _STAND_IN)
        day, person = _find(plain, _DAY), _find(plain, _PERSON)
        if day is not None and person is not None:
            return _Columns(post, stand_in, day, person, None)
        days = {at: found for at, cell in enumerate(plain) if (found := self._day(cell)) is not None}
        return _Columns(post, stand_in, 0, 0, days) if days else None

    def _day(self, text: str) -> date | None:
        found = _DATE.search(text)
        if found is not None:
            year = int(found[1]) if found[1] else self._monday.year
            try:
                day = date(year, int(found[2]), int(found[3]))
            except ValueError:
                return None
            # Without a year it is the one nearest to the week that was named.
            if not found[1] and (self._monday - day).days > 183:
                day = day.replace(year=year + 1) if (day.month, day.day) != (2, 29) else day
            return day
        name = text.strip().lower()
        for prefix in ("星期", "礼拜", "周"):
            name = name.removeprefix(prefix)
        weekday = _WEEKDAYS.get(name) or _WEEKDAYS.get(name[:3])
        return self._monday + timedelta(days=weekday - 1) if weekday else None

    # --- lines ------------------------------------------------------------------------------------

    def _list_line(self, at: int, row: list[str], columns: _Columns) -> None:
        day = self._day(_cell(row, columns.day))
        if day is None:
            self._fault(at, columns.day, "unknown_day", _cell(row, columns.day))
            return
        post = self._post(at, row, columns)
        if post is not None:
            self._cell(at, columns.person, day, post, row, columns)

    def _week_line(self, at: int, row: list[str], columns: _Columns) -> None:
        post = self._post(at, row, columns)
        if post is not None:
            for column, day in (columns.days or {}).items():
                self._cell(at, column, day, post, row, columns)

    def _post(self, at: int, row: list[str], columns: _Columns) -> str | None:
        text = _cell(row, columns.post)
        plain = text.lower()
        if plain in _LEADS:
            return LEAD
        if plain in _ON_CALLS:
            return ON_CALL
        if text in self._book.windows:
            return text
        short = _WINDOW.fullmatch(text)
        name = short[1] if short is not None else text
        if name in self._book.windows:
            return name
        self._fault(at, columns.post, "unknown_post", text)
        return None

    def _cell(self, at: int, column: int, day: date, post: str, row: list[str], columns: _Columns) -> None:
        text = _cell(row, column)
        persons = [part.strip() for part in _SEVERAL.split(text) if part.strip().lower() not in _NOBODY]
        if not persons:
            return
        if day < self._today:
            self._fault(at, column, "past", day.isoformat(), serious=False)
        if post in (LEAD, ON_CALL):
            self._entries += [
                Entry(line=at + 1, date=day.isoformat(), post=post, person=person) for person in persons
            ]
            return
        if len(persons) > 1:
            self._fault(at, column, "one_person", text)
            return
        self._at(at, column, day.isoformat(), post, persons[0], row, columns)

    def _at(
        self, at: int, column: int, day: str, window: str, person: str, row: list[str], columns: _Columns
    ) -> None:
        teller = self._teller(at, column, person)
        if teller is None:
            return
        if (day, window) in self._at_window:
            self._fault(at, column, "taken", f"{window} {day}")
            return
        if (day, teller) in self._elsewhere:
            self._fault(at, column, "twice", person)
            return
        self._at_window.add((day, window))
        self._elsewhere.add((day, teller))
        if not self._book.skills(window, teller):
            self._fault(at, column, "not_trained", person, serious=False)
        stand_in = self._stand_in(at, row, columns, teller)
        self._entries.append(Entry(line=at + 1, date=day, post=window, person=teller, stand_in=stand_in))

    def _stand_in(self, at: int, row: list[str], columns: _Columns, teller: str) -> str:
        text = _cell(row, columns.stand_in) if columns.stand_in is not None else ""
        if text.lower() in _NOBODY:
            return ""
        assert columns.stand_in is not None
        other = self._teller(at, columns.stand_in, text)
        if other == teller:
            self._fault(at, columns.stand_in, "own_stand_in", text)
            return ""
        return other or ""

    def _teller(self, at: int, column: int, text: str) -> str | None:
        found = self._names.get(text.lower(), ())
        if len(found) == 1:
            return found[0]
        self._fault(at, column, "several_persons" if found else "unknown_person", text)
        return None

    def _fault(self, at: int, column: int, code: str, value: str, *, serious: bool = True) -> None:
        fault = Fault(line=at + 1, column=letter(column), code=code, value=value[:40], serious=serious)
        # A stand-in or a post stands once for a whole line: it is wrong once.
        if fault not in self._faults:
            self._faults.append(fault)


class _Columns(msgspec.Struct, frozen=True):
    post: int
    stand_in: int | None
    day: int
    person: int
    days: dict[int, date] | None


def letter(column: int) -> str:
    """Return a column as spreadsheets call it: A, B, … Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _find(cells: list[str], names: set[str]) -> int | None:
    return next(
        (at for at, cell in enumerate(cells) if cell.replace(" ", "") in names or cell in names), None
    )


def _cell(row: list[str], at: int) -> str:
    return row[at] if at < len(row) else ""


def _names(book: Book) -> dict[str, tuple[str, ...]]:
    """Return tellers by what they may be called: id, staff number, name."""
    counted: Counter[str] = Counter(teller.name.lower() for teller in book.tellers.values())
    names: dict[str, tuple[str, ...]] = {}
    for teller in book.tellers.values():
        for name in (teller.name, teller.staff_no, teller.id, f"{teller.name}{teller.staff_no}"):
            known = names.get(name.lower(), ())
            if teller.id not in known:
                names[name.lower()] = (*known, teller.id)
        if counted[teller.name.lower()] > 1:
            names[f"{teller.name} {teller.staff_no}".lower()] = (teller.id,)
    return names


def _days(entries: list[Entry]) -> tuple[DayRoster, ...]:
    days: dict[str, DayRoster] = {}
    for entry in entries:
        day = days.get(entry.date) or DayRoster(date=entry.date)
        if entry.post == LEAD:
            day = msgspec.structs.replace(day, leads=(*day.leads, entry.person))
        elif entry.post == ON_CALL:
            day = msgspec.structs.replace(day, on_call=(*day.on_call, entry.person))
        else:
            pairs = {**day.stand_ins, entry.person: entry.stand_in} if entry.stand_in else day.stand_ins
            duty = {**day.duty, entry.post: entry.person}
            day = msgspec.structs.replace(day, duty=duty, stand_ins=pairs)
        days[entry.date] = day
    return tuple(days[name] for name in sorted(days))
