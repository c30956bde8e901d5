"""The sound tables of a file, each with its path, so that cross-checks can go on beside broken ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

from kioskd.settings.examine import converted
from kioskd.settings.problems import Report

T = TypeVar("T")


class Entry(msgspec.Struct, Generic[T], frozen=True):
    """One table and where it stands."""

    path: str
    value: T


class Entries(Generic[T]):
    """An array of tables: those that are sound, and the ids of all that have one.

    A table with a mistake in it still counts as being there, or one slip of a finger would look
    like many.
    """

    def __init__(self, report: Report, path: str, kind: type[T], *, key: str = "id") -> None:
        self.report = report
        self.sound: list[Entry[T]] = []
        self.ids: set[str] = set()
        at: Any = report.raw
        for name in path.split("."):
            at = at.get(name) if isinstance(at, dict) else None
        for index, table in enumerate(at if isinstance(at, list) else ()):
            self._take(f"{path}[{index}]", table, kind, key)

    def __iter__(self) -> Iterator[Entry[T]]:
        return iter(self.sound)

    @property
    def values(self) -> tuple[T, ...]:
        """The sound tables in the order of the file."""
        return tuple(entry.value for entry in self.sound)

    def _take(self, path: str, table: Any, kind: type[T], key: str) -> None:
        if isinstance(table, dict) and isinstance(name := table.get(key), str):
            if name in self.ids:
                self.report.add(f"{path}.{key}", "twice", value=name)
            self.ids.add(name)
        if self.report.clean(path):
            value = converted(self.report, path, table, kind)
            if value is not None:
                self.sound.append(Entry(path, value))


def known(report: Report, path: str, name: str, ids: set[str], code: str) -> bool:
    """Whether a name is one of the ids; notes a problem otherwise."""
    if name in ids:
        return True
    report.add(path, code, near=sorted(ids), value=name)
    return False


def all_known(report: Report, path: str, names: tuple[str, ...], ids: set[str], code: str) -> None:
    """Check every name of a list, and that none stands there twice."""
    for index, name in enumerate(names):
        known(report, f"{path}[{index}]", name, ids, code)
    if len(set(names)) != len(names):
        report.add(path, "list.twice")


def unique(entries: Entries[T], key: Callable[[T], str], name: str, code: str) -> None:
    """Check that no two tables agree in a key other than their id."""
    first: set[str] = set()
    for entry in entries:
        value = key(entry.value)
        if value in first:
            entries.report.add(f"{entry.path}.{name}", code, value=value)
        first.add(value)
