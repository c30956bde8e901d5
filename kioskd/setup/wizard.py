"""The setting up of this PC's hall: `kioskd.web.setup.HallSetup` over the draft and the files."""

from __future__ import annotations

import asyncio
import io
import time
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import structlog

from kioskd.access.authority import Authority
from kioskd.backup.recovery import make_first
from kioskd.hall.rules import Rules
from kioskd.settings.compare import compared
from kioskd.settings.model import HallSettings
from kioskd.settings.problems import Problem
from kioskd.settings.read import Checked, check
from kioskd.settings.sentences import sentence
from kioskd.settings.versions import Versions
from kioskd.setup import sheets, trials
from kioskd.setup.blank import FOLDER
from kioskd.setup.blocks import rewritten
from kioskd.setup.draft import Draft, Table, move_services, store, stored, tidy
from kioskd.setup.files import fresh, made, present
from kioskd.setup.place import commit, stage
from kioskd.station.link.addresses import interfaces
from kioskd.web.language import Language
from kioskd.web.setup_views import (
    CheckView,
    DraftView,
    FileView,
    FoundView,
    Heard,
    ProblemView,
    ServiceLine,
    TakenView,
    Tried,
)
from kioskd.web.table_faults import fault_view
from kioskd.web.tables import rows_of

DRAFT = "draft.json"
STAGED = "staged"
LISTEN_S = 20.0
_STEPS = (
    ("calendar", "hours"),
    ("calendars", "hours"),
    ("zone", "queues"),
    ("queue", "queues"),
    ("window", "windows"),
    ("teller", "tellers"),
    ("roster", "tellers"),
    ("device", "devices"),
)
"""Which step a problem's path belongs to; whatever else is the hall's."""

_NONE = {
    "zone": {"zh": "还没有区域", "en": "There is no zone yet"},
    "queue": {"zh": "还没有取号类别", "en": "There is no queue yet"},
    "window": {"zh": "还没有窗口", "en": "There is no window yet"},
    "calendar.session": {"zh": "还没有办公时间", "en": "There are no opening hours yet"},
    "service": {"zh": "还没有事项", "en": "There is no service yet"},
}
"""What is said of a table that is not there: a file lacks a key, and a person has yet to fill in a page."""

_log = structlog.get_logger(__name__)


class Wizard:
    """Implements `kioskd.web.setup.HallSetup`. ``done`` is set once the hall's files are new."""

    def __init__(self, hall: Path, data: Path, *, begin: bool) -> None:
        self.begin = begin
        self.done = asyncio.Event()
        self._hall = hall.resolve()
        self._data = data
        self._folder = data / FOLDER
        self._drivers = trials.drivers()

    # --- the draft --------------------------------------------------------------------------------

    def view(self) -> DraftView:
        return self._view(self._draft())

    def save(self, revision: int, parts: dict[str, Any], step: str) -> DraftView | None:
        draft = self._draft()
        if draft.revision != revision:
            return None
        for name, value in parts.items():
            if name == "service_queues":
                move_services(draft, msgspec.convert(value, dict[str, str]))
            elif name == "catalogue":
                draft.services = fresh().services if value == "sample" else []
            else:
                kind = _PARTS[name]
                setattr(draft, name, msgspec.convert(value, kind))
        if step:
            draft.step = step
        return self._kept(draft)

    def forget(self) -> DraftView:
        (self._folder / DRAFT).unlink(missing_ok=True)
        return self.view()

    def _draft(self) -> Draft:
        known = stored(self._folder / DRAFT)
        if known is not None:
            return known
        return fresh() if self.begin else present(self._hall)

    def _kept(self, draft: Draft) -> DraftView:
        tidy(draft)
        draft.revision += 1
        store(self._folder / DRAFT, draft)
        return self._view(draft)

    def _view(self, draft: Draft) -> DraftView:
        return DraftView(
            begin=self.begin,
            left=(self._folder / DRAFT).exists(),
            step=draft.step,
            revision=draft.revision,
            hall=draft.hall,
            network=draft.network,
            guide=draft.guide,
            zones=draft.zones,
            queues=draft.queues,
            services=tuple(
                ServiceLine(code=str(one["code"]), name=one["name"], queue=str(one["queue"]))
                for one in draft.services
            ),
            windows=draft.windows,
            tellers=draft.tellers,
            roster=draft.roster,
            sessions=draft.sessions,
            years=draft.years,
            devices=draft.devices,
            tried=draft.tried,
            drivers=self._drivers,
        )

    # --- tables -----------------------------------------------------------------------------------

    def take(
        self, what: str, content: bytes, revision: int, keep: bool, language: Language
    ) -> TakenView | None:
        draft = self._draft()
        taken = sheets.take(what, rows_of(content), draft)
        faults = tuple(fault_view("sheet", fault, language) for fault in taken.faults)
        view = None
        if keep and taken.tables:
            if draft.revision != revision:
                return None
            setattr(draft, what, list(taken.tables))
            if what == "tellers":
                draft.roster = list(taken.roster)
            view = self._kept(draft)
        names = tuple(_name(table, language) for table in taken.tables)
        return TakenView(names=names, faults=faults, draft=view)

    def template(self, what: str) -> bytes:
        import xlsxwriter  # heavy, and few ask for a workbook

        raw = io.BytesIO()
        with xlsxwriter.Workbook(raw, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet(what)
            bold = book.add_format({"bold": True, "bottom": 1})
            for line, row in enumerate(sheets.EXAMPLES[what]):
                for column, text in enumerate(row):
                    sheet.write_string(line, column, text, bold if line == 0 else None)
            sheet.set_column(0, len(sheets.EXAMPLES[what][0]) - 1, 18)
            sheet.freeze_panes(1, 0)
        return raw.getvalue()

    # --- devices ----------------------------------------------------------------------------------

    def found(self) -> tuple[FoundView, ...]:
        return trials.found()

    async def attempt(self, device: Table, language: Language) -> Tried:
        return await trials.attempt(device, language)

    async def listen(self, devices: list[Table], language: Language) -> Heard:
        return await trials.listen(devices, language, LISTEN_S)

    # --- the files --------------------------------------------------------------------------------

    def check(self, language: Language) -> CheckView:
        draft = self._draft()
        names = {str(queue.get("id")): _name(queue, language) for queue in draft.queues}
        try:
            done = made(draft, self._hall)
        except ValueError as error:
            _log.warning("setup.not_written", reason=str(error)[:200])
            said = sentence(
                Problem(self._hall, "", "value.refused", {"detail": str(error)[:200]}), _words(language)
            )
            return CheckView(problems=(ProblemView(step="hall", sentence=said),))
        checked = self._checked(done)
        files = tuple(
            FileView(name=name, new=not there, diff=compared(old, text))
            for name, text in done.items()
            if "/" not in name
            for there, old in [self._old(name)]
            if old != text
        )
        settings = checked.settings
        return CheckView(
            problems=tuple(self._told(problem, names, language) for problem in checked.problems),
            files=files,
            counts=_counts(settings) if isinstance(settings, HallSettings) else {},
        )

    def rules(self) -> Rules | None:
        try:
            settings = self._checked(made(self._draft(), self._hall)).settings
        except ValueError:
            return None
        return settings.rules if isinstance(settings, HallSettings) else None

    def write(self, by: str) -> str:
        draft = self._draft()
        done = made(draft, self._hall)
        if not isinstance(self._checked(done).settings, HallSettings):
            raise ValueError("the draft has problems")
        # Only what says something else is written.
        names = tuple(name for name, text in done.items() if self._old(name) != (True, text))
        commit(self._folder / STAGED, self._hall.parent, names)
        if draft.network:
            self._certify(draft)
        now = time.time_ns() // 1_000_000
        Versions(self._data / "settings").keep(done[self._hall.name], by, now)
        (self._folder / DRAFT).unlink(missing_ok=True)
        return make_first(self._data, now) or ""

    def _certify(self, draft: Draft) -> None:
        authority = Authority(self._data)
        if not authority.hub_file.exists():
            names = [address for address, _ in interfaces()] or ["127.0.0.1"]
            authority.make(names, str(draft.hall.get("name", {}).get("zh") or "kioskd"))

    def _checked(self, done: dict[str, str]) -> Checked:
        """Check files that are not in their places yet."""
        staged = self._folder / STAGED
        stage(staged, done)
        text = done[self._hall.name]
        return check(staged / self._hall.name, rewritten(text, {}, {}, self._away(done, staged)))

    def _away(self, done: dict[str, str], staged: Path) -> dict[str, Any]:
        """Files that stay where they are, named from where the new ones lie."""
        raw = tomllib.loads(done[self._hall.name])
        return {
            key: str((self._hall.parent / str(raw[key])).resolve())
            for key in ("layouts", "profiles", "evaluation_options", "recordings")
            if key in raw and not (staged / str(raw[key])).exists()
        }

    def _old(self, name: str) -> tuple[bool, str]:
        try:
            return True, (self._hall.parent / name).read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except FileNotFoundError:
            return False, ""

    def _told(self, problem: Problem, names: dict[str, str], language: Language) -> ProblemView:
        own = problem.file.name == self._hall.name
        step = "services"
        if own:
            head = problem.path.partition("[")[0].partition(".")[0]
            step = next((step for start, step in _STEPS if head == start), "hall")
            if problem.code == "queue.no_window":
                step = "windows"
        elif problem.file.name.startswith("calendar"):
            step = "hours"
        # People know a queue by its name, and a file by its id.
        said = {
            key: names.get(value, value) if isinstance(value, str) else value
            for key, value in problem.params.items()
        }
        words = _words(language)
        none = _NONE.get(problem.path) if problem.code == "key.missing" else None
        return ProblemView(
            step=step,
            sentence=none[words] if none else sentence(msgspec.structs.replace(problem, params=said), words),
            path=problem.path,
            item=names.get(problem.item, problem.item),
            file="" if own else problem.file.name,
        )


_TABLES = list[Table]
_PARTS: dict[str, Any] = {
    "hall": Table,
    "network": bool,
    "guide": dict[str, str],
    "zones": _TABLES,
    "queues": _TABLES,
    "windows": _TABLES,
    "tellers": _TABLES,
    "roster": _TABLES,
    "sessions": _TABLES,
    "years": _TABLES,
    "devices": _TABLES,
    "tried": dict[str, bool],
}


def _words(language: Language) -> str:
    return "en" if language is Language.EN else "zh"


def _name(table: Table, language: Language) -> str:
    name = table.get("name")
    return str(name.get(_words(language)) if isinstance(name, dict) else name)


def _counts(settings: HallSettings) -> dict[str, int]:
    rules = settings.rules
    return {
        "queues": len(rules.queues),
        "services": len(rules.services),
        "windows": len(rules.windows),
        "tellers": len(rules.tellers),
        "devices": len(settings.station.devices),
    }
