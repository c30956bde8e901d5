"""Reading TOML files that people wrote, on whatever editor they had."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from kioskd.os_errors import class_of
from kioskd.settings.problems import Problem, Report

LARGEST = 4 * 1024 * 1024
"""Bytes; a catalogue of a thousand services stays below it."""

_PLACE = re.compile(r"\s*\((?:at line (\d+), column (\d+)|at end of document)\)$")


def read_toml(file: Path, problems: list[Problem], text: str | None = None) -> Report | None:
    """Read a file; None, with a problem noted, where it cannot be read whole.

    UTF-8, with or without the byte order mark that Windows editors write. ``text`` is what it will hold,
    to be looked at before it does.
    """
    text = _text(file, problems) if text is None else text.replace("\r\n", "\n")
    if text is None:
        return None
    try:
        return Report(file, tomllib.loads(text), problems)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _PLACE.search(message)
        line, column = (place[1], place[2]) if place is not None else (None, None)
        if line is None:
            line, column = str(text.count("\n") + 1), "1"
        what = message[: place.start()] if place is not None else message
        problems.append(
            Problem(file, "", "file.syntax", {"line": int(line), "column": int(column or 1), "detail": what})
        )
    except (RecursionError, ValueError) as error:
        # ValueError: a date that does not exist, or a number of thousands of digits.
        detail = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        problems.append(Problem(file, "", "file.value", {"detail": detail}))
    return None


def _text(file: Path, problems: list[Problem]) -> str | None:
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            problems.append(Problem(file, "", "file.not_a_file"))
            return None
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        problems.append(Problem(file, "", "file.missing"))
        return None
    except (OSError, ValueError) as error:
        problems.append(Problem(file, "", "file.unreadable", {"why": _why(error)}))
        return None
    if len(content) > LARGEST:
        problems.append(Problem(file, "", "file.too_big", {"limit_mib": LARGEST // 1024 // 1024}))
        return None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem(file, "", "file.encoding", {"line": line}))
        return None


def _why(error: OSError | ValueError) -> str:
    # A name that cannot be one (it holds a NUL) names nothing that exists.
    return class_of(error) if isinstance(error, OSError) else "missing"


def as_path(base: Path, text: str) -> Path:
    """A path written in a settings file, relative to that file, wherever it leads."""
    return Path(os.path.realpath(base.parent / text)) if "\0" not in text else base.parent / "\ufffd"


def tables(raw: dict[str, Any], key: str) -> list[Any]:
    """The array of tables under a key; empty where it is missing or something else."""
    found = raw.get(key)
    return found if isinstance(found, list) else []


def is_folder(path: Path, report: Report, key: str) -> bool:
    """Whether a folder that ``key`` names is there to be read; a problem is noted where it is not."""
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            return True
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:
        report.add(key, "folder.unreadable", value=str(path), why=_why(error))
        return False
    report.add(key, "folder.missing", value=str(path))
    return False


def is_file(path: Path) -> bool:
    """Whether a file is there as far as can be seen."""
    try:
        return path.is_file()
    except OSError:
        return False
