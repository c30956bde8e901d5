"""What is wrong with settings: problems with a place, collected all together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing wrong.

    ``path`` leads to it inside ``file`` (``window[3].skills[0]``, counted from 0; empty: the file
    itself) and ``item`` names the table it lies in by its own id, where that has one. ``code`` is
    stable; `kioskd.settings.sentences.sentence` makes words of it and ``params``. ``nearest`` is
    the valid key or value closest to what was written.
    """

    file: Path
    path: str
    code: str
    params: dict[str, Any] = {}
    nearest: str | None = None
    item: str = ""


class SettingsError(Exception):
    """Settings cannot be used; ``problems`` says everything that is wrong, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{len(problems)} problems in the settings")
        self.problems = problems


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice most like a word, None where nothing is alike.

    Six letters of ten must agree, and one of two.
    """
    cutoff = 0.6 if len(word) > 2 else 0.5
    by_folded = {choice.casefold(): choice for choice in choices}
    found = get_close_matches(word.casefold()[:100], by_folded, n=1, cutoff=cutoff)
    return by_folded[found[0]] if found else None


_FIRST_TABLE = re.compile(r"^((?:[A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+)\[([0-9]+)\]")
_ID_KEYS = ("id", "code", "window")


class Report:
    """Collects the problems of one file. ``raw`` is the file's content, to name tables by their id."""

    def __init__(self, file: Path, raw: dict[str, Any], problems: list[Problem]) -> None:
        self.file = file
        self.raw = raw
        self._problems = problems
        self._paths: set[str] = set()

    def add(self, path: str, code: str, *, near: Iterable[str] | None = None, **params: Any) -> None:
        """Note a problem. ``near`` are the valid keys or values to compare ``params["value"]`` with."""
        choices = list(near) if near is not None else []
        closest = nearest(str(params.get("value", "")), choices) if choices else None
        if choices and closest is None:
            params["choices"] = ", ".join([*choices[:12], "…"] if len(choices) > 12 else choices)
        self._problems.append(Problem(self.file, path, code, params, closest, self._item(path)))
        self._paths.add(path)

    def clean(self, path: str) -> bool:
        """Whether no problem was found at a path or below it; an empty path is the whole file."""
        if not path:
            return not self._paths
        return not any(found == path or found.startswith((path + ".", path + "[")) for found in self._paths)

    def _item(self, path: str) -> str:
        match = _FIRST_TABLE.match(path)
        if match is None:
            return ""
        at: Any = self.raw
        for key in match[1].split("."):
            at = at.get(key) if isinstance(at, dict) else None
        index = int(match[2])
        table = at[index] if isinstance(at, list) and index < len(at) else None
        if not isinstance(table, dict):
            return ""
        return next((str(table[key])[:40] for key in _ID_KEYS if isinstance(table.get(key), str)), "")
