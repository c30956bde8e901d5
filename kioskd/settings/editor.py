"""A hall's settings files as a technician edits them: checked by the rules of ``kioskd check``, applied,
rolled back.
"""

from __future__ import annotations

import time
from pathlib import Path

from kioskd.hall.rules import Rules
from kioskd.journal.files import sync_folder
from kioskd.settings.check_voice import voice_problems
from kioskd.settings.compare import compared
from kioskd.settings.hall_files import HALL, STATION, files_of
from kioskd.settings.model import HallSettings
from kioskd.settings.places import line_of
from kioskd.settings.problems import Problem
from kioskd.settings.read import Checked, check
from kioskd.settings.replacing import like, put
from kioskd.settings.sentences import sentence
from kioskd.settings.versions import Versions, revision_of
from kioskd.settings.years import START, named_in
from kioskd.station.config import StationSettings
from kioskd.web.hall_file import (
    Applied,
    Changed,
    Examined,
    FileLine,
    Found,
    Prepared,
    Present,
    VersionLine,
)

PARTS = (
    "layouts",
    "guide_fields",
    "evaluation",
    "public_url",
    "web",
    "journal",
    "station",
    "central",
    "alert_sinks",
    "documents",
    "backup",
    "privacy",
)
"""What of the settings is read once, when the hub starts; the rules are applied while it runs."""

OWN_STATION = "own_station"
"""What of ``station.toml`` is read when the station starts: all of it."""


class HallFileEditor:
    """Implements `kioskd.web.hall_file.HallFile` for ``hall.toml``, the files it names, the ``station.toml``
    beside it, and the calendar of a year that it has not got yet.

    ``main`` is ``hall.toml``, ``started`` are the settings that the hub was started with; versions of every
    file are kept in a folder of ``versions``. Methods block and raise OSError.
    """

    def __init__(
        self, main: Path, versions: Path, started: HallSettings, *, line: FileLine | None = None
    ) -> None:
        self._main = main.resolve()
        self._kept = versions
        self._started = started
        self._line = line or FileLine(file=HALL, name=main.name, kind=HALL, own=True)
        self._file = self._main if line is None else self._main.parent / line.name
        self._versions = Versions(versions if line is None else versions / line.file)
        self.own = self._line.own

    def of(self, file: str) -> HallFileEditor:
        """Return the editor of another of the hall's files. KeyError where there is none."""
        if file == HALL:
            return HallFileEditor(self._main, self._kept, self._started)
        line = next((line for line in files_of(self._main) if line.file == file), None)
        if line is None:
            raise KeyError(file)
        return HallFileEditor(self._main, self._kept, self._started, line=line)

    def present(self) -> Present:
        """Return the file's text and the versions there are, the newest first."""
        text = self._read()
        if self.own and self._file.is_file():
            self._versions.keep(text, "", _now())
        versions = [
            VersionLine(number=one.number, at=one.at, by=one.by, current=one.revision == revision_of(text))
            for one in reversed(self._versions.all())
        ]
        settings = self._check(text).settings
        # What a station was started with is not known here: it may run in a process of its own.
        restart = self._restart(settings) if isinstance(settings, HallSettings) else ()
        return Present(
            file=self._line.file,
            files=files_of(self._main),
            name=self._file.name,
            text=text,
            revision=revision_of(text),
            restart=restart,
            versions=tuple(versions),
        )

    def version(self, number: int) -> str:
        """Return the text of a version. KeyError where there is none."""
        return self._versions.text(number)

    def examine(self, text: str, language: str) -> Examined:
        """Return what is wrong with a text, how it differs from the file, and what it would change."""
        checked = self._check(text)
        settings = checked.settings
        diff = compared(self._read() if self._file.is_file() else "", text)
        if isinstance(settings, StationSettings):
            return Examined(diff=diff, restart=self._of_station(settings))
        if settings is None:
            return Examined(problems=self._told(checked.problems, text, language), diff=diff)
        return Examined(
            warnings=self._told(self._unspoken(settings), text, language),
            diff=diff,
            rules=self._rules_now() != settings.rules,
            restart=self._restart(settings),
        )

    def prepare(self, text: str, revision: str, language: str) -> Prepared | Examined | Changed:
        """Lay a new text beside the file, checked and ready to take its place."""
        present = self._read()
        if revision_of(present) != revision and present != text:
            return Changed(revision=revision_of(present))
        settings = (checked := self._check(text)).settings
        if settings is None:
            return Examined(problems=self._told(checked.problems, text, language))
        if self._file.is_file():
            self._versions.keep(present, "", _now())
        self._stage(self._file, text)
        if isinstance(settings, StationSettings):
            return Prepared(text=text, restart=self._of_station(settings))
        naming = self._naming() if self._line.new else ""
        if naming:
            self._stage(self._main, naming)
        return Prepared(text=text, rules=settings.rules, naming=naming, restart=self._restart(settings))

    def discard(self, prepared: Prepared) -> None:
        """Take away what was prepared."""
        _staged(self._file).unlink(missing_ok=True)
        if prepared.naming:
            _staged(self._main).unlink(missing_ok=True)

    def apply(self, prepared: Prepared, by: str) -> Applied:
        """Put what was prepared in the file's place; a new file is there before ``hall.toml`` names it."""
        _staged(self._file).replace(self._file)
        sync_folder(self._file.parent)
        version = self._versions.keep(prepared.text, by, _now())
        if prepared.naming:
            kept = Versions(self._kept)
            kept.keep(_text_of(self._main), "", _now())
            _staged(self._main).replace(self._main)
            sync_folder(self._main.parent)
            kept.keep(prepared.naming, by, _now())
        return Applied(version=version.number, revision=version.revision, restart=prepared.restart)

    # inside

    def _read(self) -> str:
        if self._line.new and not self._file.is_file():
            return START.format(year=self._line.year)
        return _text_of(self._file)

    def _stage(self, file: Path, text: str) -> None:
        put(_staged(file), text.encode())
        like(file if file.is_file() else self._main, _staged(file))

    def _naming(self) -> str:
        """The text of ``hall.toml`` that names this new file. Raises ValueError."""
        return named_in(_text_of(self._main), self._line.name)

    def _check(self, text: str) -> Checked:
        """Check a text of this file; there are settings only where nothing is wrong."""
        file = self._file.resolve()
        wanted: type[HallSettings | StationSettings] = HallSettings
        if self._line.file == HALL:
            checked = check(self._main, text)
        elif self._line.kind == STATION:
            checked, wanted = check(file, text), StationSettings
        elif self._line.new:
            try:
                checked = check(self._main, self._naming(), texts={file: text})
            except ValueError:
                name = {"value": self._line.name}
                return Checked(None, (Problem(self._main, "calendars", "calendar.not_named", name),))
            years = (
                ()
                if not isinstance(checked.settings, HallSettings)
                else checked.settings.rules.calendar.years
            )
            if any(year.year == self._line.year and not year.holidays for year in years):
                return Checked(None, (Problem(file, "holidays", "calendar.no_holidays"),))
        else:
            checked = check(self._main, texts={file: text})
        if not isinstance(checked.settings, wanted):
            code = "file.not_a_hall" if wanted is HallSettings else "file.not_a_station"
            return Checked(None, checked.problems or (Problem(file, "", code),))
        return checked

    def _unspoken(self, settings: HallSettings) -> tuple[Problem, ...]:
        """What keeps the hall from saying calls, and nothing from running."""
        return tuple(voice_problems(self._main, settings))

    def _told(self, problems: tuple[Problem, ...], text: str, language: str) -> tuple[Found, ...]:
        words = "en" if language == "en" else "zh"
        told = []
        for problem in problems:
            own = problem.file == self._file.resolve()
            line = problem.params.get("line") if not problem.path else line_of(text, problem.path)
            told.append(
                Found(
                    file="" if own else problem.file.name,
                    line=line if own and isinstance(line, int) else None,
                    path=problem.path,
                    item=problem.item,
                    sentence=sentence(problem, words),
                )
            )
        return tuple(told)

    def _rules_now(self) -> Rules | None:
        """The rules of the file as it is."""
        settings = self._check(self._read()).settings
        return settings.rules if isinstance(settings, HallSettings) else None

    def _of_station(self, settings: StationSettings) -> tuple[str, ...]:
        return () if settings == self._check(self._read()).settings else (OWN_STATION,)

    def _restart(self, settings: HallSettings) -> tuple[str, ...]:
        return tuple(part for part in PARTS if getattr(settings, part) != getattr(self._started, part))


def _now() -> int:
    return time.time_ns() // 1_000_000


def _staged(file: Path) -> Path:
    return file.with_name(f"{file.name}.new")


def _text_of(file: Path) -> str:
    return file.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n")
