"""A disk that fails on demand, below SQLite and under the same code as in a hall."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import apsw

Hook = Callable[[str, str, int, bytes], None]
"""Called with an operation (write, sync, truncate, delete), the file's name, offset and data."""

_names = itertools.count()


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: str, flags: list[int]) -> None:
        super().__init__(disk.base, name, flags)
        self._disk = disk
        self._name = Path(name).name

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.hook("write", self._name, offset, bytes(data))
        super().xWrite(data, offset)
        self._disk.after("write", self._name, offset, bytes(data))

    def xSync(self, flags: int) -> None:
        self._disk.hook("sync", self._name, 0, b"")
        super().xSync(flags)
        self._disk.after("sync", self._name, 0, b"")

    def xTruncate(self, size: int) -> None:
        self._disk.hook("truncate", self._name, size, b"")
        super().xTruncate(size)


class Disk(apsw.VFS):
    """An SQLite file layer over the real one.

    ``hook`` sees every change before it is done and may raise instead; ``after`` may raise although a
    write or sync has been done.
    """

    def __init__(self) -> None:
        self.name = f"test-disk-{next(_names)}"
        # By name: it stays the one below even where a test makes this one everybody's.
        self.base = apsw.vfs_names()[0]
        super().__init__(self.name, self.base)
        self.hook: Hook = nothing
        self.after: Hook = nothing

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        text = name.filename() if isinstance(name, apsw.URIFilename) else name
        if text is None:
            return super().xOpen(name, flags)
        return _File(self, text, flags)

    def xDelete(self, name: str, sync_folder: bool) -> None:
        self.hook("delete", Path(name).name, 0, b"")
        super().xDelete(name, sync_folder)


def nothing(_operation: str, _name: str, _offset: int, _data: bytes) -> None:
    pass


class FailAt:
    """Fails the ``number``-th of some operations (from 1), once or from then on until `mend`."""

    def __init__(self, error: type[apsw.Error], operations: set[str], number: int, *, lasting: bool) -> None:
        self._error = error
        self._operations = operations
        self._left = number
        self._lasting = lasting
        self.fired = False

    def __call__(self, operation: str, _name: str, _offset: int, _data: bytes) -> None:
        if operation not in self._operations:
            return
        self._left -= 1
        if self._left == 0 or (self._left < 0 and self._lasting):
            self.fired = True
            raise self._error("the test says so")

    def mend(self) -> None:
        self._operations = set()
