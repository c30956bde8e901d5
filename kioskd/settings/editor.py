"""A hall's settings files as a technician edits them: checked by the rules of ``kioskd check``, applied,
rolled back.
"""

from __future__ import annotations

import difflib
import time
from pathlib import Path

from kioskd.hall.rules import Rules
from kioskd.settings.check_voice import voice_problems
from kioskd.settings.files import as_path, read_toml
from kioskd.settings.model import HallSettings
from kioskd.settings.places import line_of
from kioskd.settings.problems import Problem
from kioskd.settings.read import Checked, check
from kioskd.settings.replacing import like, put, sync_folder
from kioskd.settings.sentences import sentence
from kioskd.settings.versions import Versions, revision_of
from kioskd.web.hall_file import (
    Applied,
    Changed,
    DiffLine,
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

CONTEXT = 3
MOST_LINES = 20_000


HALL = "hall"


class HallFileEditor:
    """Implements `kioskd.web.hall_file.HallFile` for ``hall.toml`` and the files it names.

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
        line = next((line for line in self._files() if line.file == file), None)
        if line is None:
            raise KeyError(file)
        return HallFileEditor(self._main, self._kept, self._started, line=line)

    def present(self) -> Present:
        """Return the file's text and the versions there are, the newest first."""
        text = self._read()
        if self.own:
            self._versions.keep(text, "", _now())
        versions = [
            VersionLine(number=one.number, at=one.at, by=one.by, current=one.revision == revision_of(text))
            for one in reversed(self._versions.all())
        ]
        settings = self._check(text).settings
        restart = self._restart(settings) if isinstance(settings, HallSettings) else ()
        return Present(
            file=self._line.file,
            files=self._files(),
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
        diff = compared(self._read(), text)
        if not isinstance(settings, HallSettings):
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
        checked = self._check(text)
        if not isinstance(checked.settings, HallSettings):
            return Examined(problems=self._told(checked.problems, text, language))
        self._versions.keep(present, "", _now())
        put(self._staged, text.encode())
        like(self._file, self._staged)
        return Prepared(text=text, rules=checked.settings.rules, restart=self._restart(checked.settings))

    def discard(self, prepared: Prepared) -> None:
        """Take away what was prepared."""
        self._staged.unlink(missing_ok=True)

    def apply(self, prepared: Prepared, by: str) -> Applied:
        """Put what was prepared in the file's place."""
        self._staged.replace(self._file)
        sync_folder(self._file.parent)
        version = self._versions.keep(prepared.text, by, _now())
        return Applied(version=version.number, revision=version.revision, restart=prepared.restart)

    # inside

    @property
    def _staged(self) -> Path:
        return self._file.with_name(f"{self._file.name}.new")

    def _read(self) -> str:
        return self._file.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n")

    def _check(self, text: str) -> Checked:
        if self._line.file == HALL:
            checked = check(self._main, text)
        else:
            checked = check(self._main, texts={self._file.resolve(): text})
        if not isinstance(checked.settings, HallSettings):
            problems = checked.problems or (Problem(self._main, "", "file.not_a_hall"),)
            return Checked(None, problems)
        return checked

    def _files(self) -> tuple[FileLine, ...]:
        """The hall's files; those that lie beside ``hall.toml`` are its own."""
        found = [FileLine(file=HALL, name=self._main.name, kind=HALL, own=True)]
        report = read_toml(self._main, [])
        if report is None:
            return tuple(found)
        home = self._main.parent

        def add(kind: str, path: Path) -> None:
            own = path.is_relative_to(home)
            key = kind if kind == "services" else f"{kind}-{path.stem}"
            if path.is_file() and all(one.file != key for one in found):
                name = path.relative_to(home).as_posix() if own else str(path)
                found.append(FileLine(file=key, name=name, kind=kind, own=own))

        if isinstance(name := report.raw.get("services"), str):
            add("services", as_path(self._main, name))
        years = report.raw.get("calendars")
        for name in years if isinstance(years, list) else ():
            if isinstance(name, str):
                add("calendar", as_path(self._main, name))
        if isinstance(name := report.raw.get("layouts"), str):
            for path in sorted(as_path(self._main, name).glob("*.toml")):
                add("layout", path)
        return tuple(found)

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

    def _restart(self, settings: HallSettings) -> tuple[str, ...]:
        return tuple(part for part in PARTS if getattr(settings, part) != getattr(self._started, part))


def _now() -> int:
    return time.time_ns() // 1_000_000


def compared(old: str, new: str) -> tuple[DiffLine, ...]:
    before, after = old.splitlines(), new.splitlines()
    found: list[DiffLine] = []
    if len(before) + len(after) > MOST_LINES:
        return ()
    for group in difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT):
        found.append(DiffLine(kind="gap", text="", old=group[0][1] + 1, new=group[0][3] + 1))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += [
                    DiffLine(kind="same", text=before[i], old=i + 1, new=j1 + i - i1 + 1)
                    for i in range(i1, i2)
                ]
                continue
            found += [DiffLine(kind="out", text=before[i], old=i + 1) for i in range(i1, i2)]
            found += [DiffLine(kind="in", text=after[j], new=j + 1) for j in range(j1, j2)]
    return tuple(found)
