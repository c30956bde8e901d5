"""Tables that people keep in a spreadsheet: queues, services and tellers; templates for them; pure.

The first line with the names of columns is the heading; columns may stand in any order, and what is not
known is passed over. A line that is wrong is named by its line and column as spreadsheets count them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from kioskd.hub.pinyin import initials
from kioskd.hub.roster_table import letter
from kioskd.setup.draft import Draft, Table

MOST_ROWS = 2000

_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "queues": {
        "name": ("类别名称", "取号类别", "类别", "名称", "queue", "name"),
        "en": ("英文名称", "英文", "english"),
        "prefix": ("前缀", "字母", "prefix"),
        "zone": ("区域", "zone"),
        "minutes": ("预计分钟", "每件分钟", "minutes"),
        "quota": ("每日限号", "限号", "quota"),
        "kind": ("一般/特殊", "办件类型", "class"),
    },
    "services": {
        "code": ("事项编码", "编码", "code"),
        "name": ("事项名称", "事项", "名称", "service", "name"),
        "en": ("英文名称", "英文", "english"),
        "queue": ("取号类别", "类别", "queue"),
        "kind": ("一般/特殊", "办件类型", "class"),
        "minutes": ("即办分钟", "分钟", "minutes"),
        "days": ("限时工作日", "承诺工作日", "工作日", "days"),
        "materials": ("所需资料", "材料", "资料", "papers", "materials"),
        "basis": ("办理依据", "依据", "basis"),
        "who": ("办理对象", "对象", "who"),
        "conditions": ("办理条件", "条件", "conditions"),
        "process": ("办理流程", "流程", "steps", "process"),
        "time_limit": ("办理时限", "时限", "time limit"),
        "promise": ("服务承诺", "promise"),
        "fee": ("收费标准", "收费", "fee"),
        "result": ("办理结果", "结果", "result"),
    },
    "tellers": {
        "name": ("姓名", "柜员", "name"),
        "staff_no": ("工号", "编号", "staffno", "staff no"),
        "post": ("岗位", "职务", "post"),
        "promise": ("服务承诺", "承诺", "promise"),
        "skills": ("能办类别", "能办业务", "业务", "skills"),
        "window": ("窗口", "窗口号", "window"),
    },
}
_NEEDED = {
    "queues": ("name", "prefix"),
    "services": ("code", "name", "queue"),
    "tellers": ("name", "staff_no"),
}
_GUIDE = ("basis", "who", "conditions", "materials", "process", "time_limit", "promise", "fee", "result")
"""Columns that are fields of a service's guide by the same names."""
_ALL = frozenset({"全部", "所有", "all", "*"})
_SPECIAL = frozenset({"特殊", "special"})
_SEVERAL = re.compile(r"[、，,;；/\n]+")
_LISTED = re.compile(r"[;；\n]+")
_NUMBER = re.compile(r"\d{1,6}(\.0*)?")

EXAMPLES: dict[str, tuple[tuple[str, ...], ...]] = {
    "queues": (
        ("类别名称", "英文名称", "前缀", "区域", "预计分钟", "每日限号", "一般/特殊"),
        ("综合业务", "General", "A", "大厅", "8", "900", "一般"),
        ("单位业务", "Employers", "C", "大厅", "12", "", "一般"),
        ("特殊业务", "Special", "S", "大厅", "18", "", "特殊"),
    ),
    "services": (
        (
            *(
                "事项编码",
                "事项名称",
                "英文名称",
                "取号类别",
                "一般/特殊",
                "即办分钟",
                "限时工作日",
                "所需资料",
            ),
            *("办理依据", "办理对象", "办理条件", "办理流程", "办理时限", "服务承诺", "收费标准", "办理结果"),
        ),
        (
            "YL-001",
            "企业职工养老保险参保登记",
            "Employee pension: enrolment",
            "综合业务",
            "一般",
            "10",
            "",
            "有效身份证件；劳动合同",
            "《中华人民共和国社会保险法》第十条、第五十八条",
            "与本市用人单位建立劳动关系、尚未参保的职工",
            "用人单位已办理社会保险登记",
            "取号；窗口收件核对；告知结果",
            "即办，约10分钟",
            "材料齐全的当场办结",
            "不收费",
            "参保登记完成，出具参保凭证",
        ),
        (
            "YL-003",
            "正常退休待遇申领",
            "Pension claim",
            "综合业务",
            "一般",
            "",
            "15",
            "有效身份证件；户口簿；人事档案",
            "《中华人民共和国社会保险法》第十六条",
            "达到法定退休年龄的参保人",
            "缴费年限符合规定",
            "取号；窗口收件核对；审核；告知结果",
            "15个工作日",
            "办结当日电话告知",
            "不收费",
            "养老待遇核定表",
        ),
    ),
    "tellers": (
        ("姓名", "工号", "岗位", "服务承诺", "能办类别", "窗口"),
        ("张样例", "SY001", "综合柜员", "让您少跑一趟", "综合业务、单位业务", "1"),
        ("李样例", "SY002", "特殊业务专员", "把难事办好", "全部", "2"),
    ),
}
"""What a template holds: heading and made-up lines."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that is wrong; ``line`` from 1, ``column`` its letter. Codes: ``no_heading``, ``too_large``,
    ``empty``, ``missing``, ``twice``, ``prefix``, ``number``, ``unknown_zone``, ``unknown_queue``,
    ``unknown_window``.
    """

    line: int
    column: str
    code: str
    value: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What a table says: ``tables`` as in the settings, and of tellers their ``roster``."""

    tables: tuple[Table, ...] = ()
    roster: tuple[Table, ...] = ()
    faults: tuple[Fault, ...] = ()


def take(what: str, rows: list[list[str]], draft: Draft) -> Taken:
    """Return what the rows of a file say; lines with a fault are left out."""
    if len(rows) > MOST_ROWS:
        return Taken(faults=(Fault(line=1, column="A", code="too_large", value=str(len(rows))),))
    columns, heading = _heading(what, rows)
    if columns is None:
        value = " ".join(rows[0])[:40] if rows else ""
        return Taken(faults=(Fault(line=1, column="A", code="no_heading", value=value),))
    sheet = _Sheet(columns, draft)
    read: Callable[[_Line], Table | None] = getattr(sheet, what)
    tables = []
    for number in range(heading + 1, len(rows)):
        line = _Line(number + 1, rows[number], columns, sheet.faults)
        if not line.empty:
            before = len(sheet.faults)
            table = read(line)
            if table is not None and len(sheet.faults) == before:
                tables.append(table)
    if not tables and not sheet.faults:
        sheet.faults.append(Fault(line=heading + 1, column="A", code="empty", value=""))
    return Taken(tables=tuple(tables), roster=tuple(sheet.roster), faults=tuple(sheet.faults))


def _heading(what: str, rows: list[list[str]]) -> tuple[dict[str, int] | None, int]:
    for number, row in enumerate(rows[:20]):
        plain = [cell.strip().lower().rstrip("*") for cell in row]
        found: dict[str, int] = {}
        for key, names in _COLUMNS[what].items():
            at = next((plain.index(name) for name in names if name in plain), None)
            if at is not None and at not in found.values():
                found[key] = at
        if all(key in found for key in _NEEDED[what]):
            return found, number
    return None, 0


class _Line:
    def __init__(self, number: int, row: list[str], columns: Mapping[str, int], faults: list[Fault]) -> None:
        self.number = number
        self._row = [cell.strip() for cell in row]
        self._columns = columns
        self._faults = faults

    @property
    def empty(self) -> bool:
        return not any(self._row)

    def get(self, key: str) -> str:
        at = self._columns.get(key)
        return self._row[at] if at is not None and at < len(self._row) else ""

    def need(self, key: str) -> str:
        value = self.get(key)
        if not value:
            self.wrong(key, "missing")
        return value

    def count(self, key: str) -> int | None:
        value = self.get(key)
        if not value:
            return None
        if _NUMBER.fullmatch(value) is None or not float(value):
            self.wrong(key, "number")
            return None
        return int(float(value))

    def wrong(self, key: str, code: str, value: str | None = None) -> None:
        said = self.get(key) if value is None else value
        column = letter(self._columns.get(key, 0))
        self._faults.append(Fault(line=self.number, column=column, code=code, value=said[:40]))


class _Sheet:
    def __init__(self, columns: Mapping[str, int], draft: Draft) -> None:
        self.faults: list[Fault] = []
        self.roster: list[Table] = []
        self._draft = draft
        self._zones = _named(draft.zones)
        self._queues = _named(draft.queues)
        self._windows = {str(one["id"]) for one in draft.windows}
        self._seen: set[str] = set()
        self._prefixes: set[str] = set()
        self._ids: set[str] = set()

    def _twice(self, line: _Line, key: str, value: str) -> None:
        if value in self._seen:
            line.wrong(key, "twice")
        self._seen.add(value)

    def queues(self, line: _Line) -> Table | None:
        name, prefix = line.need("name"), line.need("prefix").upper()
        self._twice(line, "name", name)
        if prefix and re.fullmatch(r"[A-HJ-NPR-Z]{1,2}", prefix) is None:
            line.wrong("prefix", "prefix")
        elif prefix in self._prefixes:
            line.wrong("prefix", "twice")
        self._prefixes.add(prefix)
        zone = line.get("zone")
        at = self._zones.get(zone.lower()) if zone else str(self._draft.zones[0]["id"])
        if at is None:
            line.wrong("zone", "unknown_zone")
        known = self._queues.get(name.lower())
        before: Table = next((one for one in self._draft.queues if one["id"] == known), {})
        ids = {str(one["id"]) for one in self._draft.queues} | self._ids
        id_ = known or _fresh("q", ids)
        self._ids.add(id_)
        table: Table = {
            **before,
            "id": id_,
            "prefix": prefix,
            "name": {"zh": name, "en": line.get("en") or before.get("name", {}).get("en") or name},
            "zone": at,
            "order": len(self._ids),
        }
        minutes, quota = line.count("minutes"), line.count("quota")
        if minutes is not None:
            table["expected_minutes"] = float(minutes)
        if quota is not None:
            table["quota"] = quota
        table.pop("service_class", None)
        if line.get("kind").lower() in _SPECIAL:
            table["service_class"] = "special"
        return table

    def services(self, line: _Line) -> Table | None:
        code, name = line.need("code"), line.need("name")
        self._twice(line, "code", code)
        queue = self._queue(line, "queue", line.need("queue"))
        table: Table = {
            "code": code,
            "name": {"zh": name, "en": line.get("en") or name},
            "initials": initials(name),
            "queue": queue or "",
        }
        if line.get("kind").lower() in _SPECIAL:
            table["service_class"] = "special"
        minutes, days = line.count("minutes"), line.count("days")
        if days is not None:
            table["promise"] = {"kind": "limited", "days": days}
        elif minutes is not None:
            table["promise"] = {"kind": "immediate", "minutes": minutes}
        known = (one for one in self._draft.services if (one["code"], one["name"]["zh"]) == (code, name))
        before: Table = next(known, {})
        said = {key: {"zh": text, "en": text} for key in _GUIDE if (text := line.get(key))}
        if guide := {**before.get("guide", {}), **said}:
            table["guide"] = guide
        papers = [part.strip() for part in _LISTED.split(line.get("materials")) if part.strip()]
        if papers:
            table["materials"] = [{"name": {"zh": paper, "en": paper}} for paper in papers]
        return table

    def tellers(self, line: _Line) -> Table | None:
        name, staff_no = line.need("name"), line.need("staff_no")
        self._twice(line, "staff_no", staff_no)
        ids = {str(one["id"]) for one in self._draft.tellers} | self._ids
        known = next((one for one in self._draft.tellers if one.get("staff_no") == staff_no), None)
        id_ = str(known["id"]) if known is not None else _fresh("t", ids, 2)
        self._ids.add(id_)
        table: Table = {"id": id_, "name": name, "staff_no": staff_no}
        for key in ("post", "promise"):
            if line.get(key):
                table[key] = line.get(key)
        table["skills"] = self._skills(line)
        window = _window(line.get("window"))
        if window:
            if window not in self._windows:
                line.wrong("window", "unknown_window")
            elif f"window {window}" in self._seen:
                line.wrong("window", "twice")
            else:
                self._seen.add(f"window {window}")
                self.roster.append({"window": window, "teller": id_, "days": [1, 2, 3, 4, 5]})
        return table

    def _skills(self, line: _Line) -> list[str]:
        said = line.get("skills")
        if not said:
            return [str(one["id"]) for one in self._draft.queues if one.get("service_class") != "special"]
        if said.lower() in _ALL:
            return [str(one["id"]) for one in self._draft.queues]
        found = [self._queue(line, "skills", part.strip()) for part in _SEVERAL.split(said) if part.strip()]
        return [one for one in dict.fromkeys(found) if one is not None]

    def _queue(self, line: _Line, key: str, said: str) -> str | None:
        found = self._queues.get(said.lower())
        if said and found is None:
            line.wrong(key, "unknown_queue", said)
        return found


def _window(said: str) -> str:
    return said.removeprefix("窗口").removesuffix("窗口").removesuffix("号").strip()


def _named(tables: list[Table]) -> dict[str, str]:
    """Ids by everything a table may be called: id, prefix, names."""
    known: dict[str, str] = {}
    for table in tables:
        name: Any = table.get("name") or {}
        for said in (table["id"], table.get("prefix"), name.get("zh"), name.get("en")):
            if said:
                known.setdefault(str(said).lower(), str(table["id"]))
    return known


def _fresh(stem: str, taken: set[str], digits: int = 1) -> str:
    number = 1
    while f"{stem}{number:0{digits}}" in taken:
        number += 1
    return f"{stem}{number:0{digits}}"
