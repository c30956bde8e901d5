"""Power fails at every moment: the disk is rebuilt as it may look then, and recovered.

Every write and sync of the database and the guard is recorded, together with the moments at which events
were acknowledged. What was synced is on the disk; of what was not, nothing, all, some, or a torn part is.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
import tempfile
from pathlib import Path

import apsw
import pytest

from kioskd.journal import Journal, JournalError, opening, upkeep
from kioskd.journal.database import DATABASE_NAME
from kioskd.journal.guard import GUARD_NAME
from tests.journal.disk import Disk, FailAt, nothing
from tests.journal.halls import WALL, batch, examine, issued, numbers, opened

SECTOR = 512
GROUPS = 40
LOG = DATABASE_NAME + "-wal"
OPERATIONS = {"write", "truncate"}
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where images are recovered: no need to wear a disk with hundreds of them."""

Operation = tuple[str, str, int, bytes]


class Recorder:
    """Collects operations in the order they reach the operating system."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def __call__(self, operation: str, name: str, offset: int, data: bytes) -> None:
        self.operations.append((operation, name, offset, data))

    def take(self) -> list[Operation]:
        taken, self.operations = self.operations, []
        return taken

    def acknowledge(self, ticket: int) -> None:
        self.operations.append(("acknowledge", "", ticket, b""))

    def watch_guard(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pwrite, fdatasync, fsync = os.pwrite, os.fdatasync, os.fsync

        def is_guard(fd: int) -> bool:
            return Path(f"/proc/self/fd/{fd}").readlink().name == GUARD_NAME

        def watched_pwrite(fd: int, data: bytes, offset: int) -> int:
            if is_guard(fd):
                self("write", GUARD_NAME, offset, bytes(data))
            return pwrite(fd, data, offset)

        def watched_fdatasync(fd: int) -> None:
            fdatasync(fd)
            if is_guard(fd):
                self("sync", GUARD_NAME, 0, b"")

        monkeypatch.setattr(os, "pwrite", watched_pwrite)
        monkeypatch.setattr(os, "fdatasync", watched_fdatasync)
        monkeypatch.setattr(os, "fsync", lambda fd: watched_fdatasync(fd) if is_guard(fd) else fsync(fd))


class Model:
    """A disk whose writes are certain only once they are synced."""

    def __init__(self, folder: Path) -> None:
        self.certain = {path.name: bytearray(path.read_bytes()) for path in folder.iterdir()}
        self.pending: dict[str, list[Operation]] = {}

    def do(self, operation: Operation) -> None:
        kind, name = operation[0], operation[1]
        if kind in OPERATIONS:
            self.pending.setdefault(name, []).append(operation)
        elif kind == "sync":
            for done in self.pending.pop(name, []):
                _apply(self.certain.setdefault(name, bytearray()), done)

    def image(self, mode: str, chance: random.Random) -> dict[str, bytes]:
        image = {}
        for name in self.certain:
            content = bytearray(self.certain[name])
            for operation in _surviving(self.pending.get(name, []), mode, chance):
                _apply(content, operation)
            image[name] = bytes(content)
        return image


def _apply(content: bytearray, operation: Operation) -> None:
    kind, _, offset, data = operation
    if kind == "truncate":
        del content[offset:]
        content.extend(bytes(offset - len(content)))
    else:
        content.extend(bytes(max(0, offset - len(content))))
        content[offset : offset + len(data)] = data


def _surviving(pending: list[Operation], mode: str, chance: random.Random) -> list[Operation]:
    if mode == "none" or not pending:
        return []
    if mode == "some":
        return [operation for operation in pending if chance.random() < 0.5]
    if mode == "torn":
        kept = pending[: chance.randrange(len(pending)) + 1]
        kind, name, offset, data = kept[-1]
        whole = max(1, chance.randrange(len(data) // SECTOR + 1)) * SECTOR
        kept[-1] = (kind, name, offset, data[:whole])
        return kept
    return pending


async def record(folder: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> list[Operation]:
    """A busy quarter of an hour: lone presses and crowds, the guard synced and the log moved in between."""
    time = itertools.count(0, 0.3)
    recorder = Recorder()
    monkeypatch.setattr(upkeep, "LOG_PAGES", 12)
    monkeypatch.setattr(upkeep, "LOG_PAGES_AT_ONCE", 0)
    ticket = itertools.count(1)
    with monkeypatch.context() as patch:
        async with opened(folder, vfs=disk.name, clock=lambda: next(time)) as journal:
            disk.after = recorder
            recorder.watch_guard(patch)
            for group in range(GROUPS):
                waiting = []
                for number in itertools.islice(ticket, 1 + group % 4):
                    waiting.append(
                        (number, journal.submit(batch(number, keyed=True), numbers=numbers(number)))
                    )
                for number, submitted in waiting:
                    await submitted.durable
                    recorder.acknowledge(number)
        disk.after = nothing
    return recorder.operations


@pytest.mark.parametrize("room", [0, 40])
async def test_what_was_acknowledged_is_there_whenever_power_fails(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """With a log that grows, and with one that is written over the zeros of its room."""
    monkeypatch.setattr(opening, "LOG_ROOM", room)
    hall = tmp_path / "hall"
    async with opened(hall):
        pass
    model = Model(hall)
    model.certain[LOG] = bytearray(room * 4_120)
    operations = await record(hall, disk, monkeypatch)
    assert sum(kind == "sync" and name == "journal.db" for kind, name, _, _ in operations) > 2
    assert sum(kind == "sync" and name == GUARD_NAME for kind, name, _, _ in operations) > 2
    chance = random.Random(1)
    acknowledged: list[int] = []
    images: set[int] = set()
    with tempfile.TemporaryDirectory(dir=MEMORY) as memory:
        for operation in operations:
            if operation[0] == "acknowledge":
                acknowledged.append(operation[2])
                continue
            model.do(operation)
            for mode in ("none", "all", "some", "torn"):
                image = model.image(mode, chance)
                same = hash((len(acknowledged), *sorted(image.items())))
                if same in images:
                    continue
                images.add(same)
                folder = Path(memory) / "image"
                folder.mkdir()
                for name, content in image.items():
                    (folder / name).write_bytes(content)
                async with opened(folder) as journal:
                    assert journal.opened.behind is None, f"an honest database is behind its guard ({mode})"
                    assert not journal.opened.set_aside
                    for number in acknowledged:
                        assert journal.request(f"key-{number}") is not None
                assert issued(folder)[: len(acknowledged)] == acknowledged
                assert not examine(folder).found
                shutil.rmtree(folder)
    assert len(images) > 300


@pytest.mark.parametrize("process_dies", [False, True])
async def test_pages_that_a_failed_fsync_forgot_take_nothing_later_with_them(
    tmp_path: Path, disk: Disk, process_dies: bool
) -> None:
    """After a failed fsync Linux may call the pages clean though they are not on the disk.

    The log then reads well until power fails. Whatever is appended to it would be lost with the hole.
    """
    for failing in range(1, 9):
        hall = tmp_path / f"{failing}"
        async with opened(hall):
            pass
        model = Model(hall)
        recorder = Recorder()
        acknowledged: list[int] = []
        fault = FailAt(apsw.IOError, {"sync"}, failing, lasting=False)

        def forgetful(
            operation: str,
            name: str,
            offset: int,
            data: bytes,
            model: Model = model,
            recorder: Recorder = recorder,
            fault: FailAt = fault,
        ) -> None:
            try:
                fault(operation, name, offset, data)
            except apsw.IOError:
                for done in recorder.take():
                    model.do(done)
                model.pending.pop(name, None)
                raise
            recorder(operation, name, offset, data)

        async with opened(hall, vfs=disk.name) as journal:
            disk.after = forgetful
            for number in range(20):
                await press(journal, number, acknowledged)
                if journal.closed_for is not None and process_dies:
                    break
                if journal.closed_for is not None:
                    await journal.reopen(WALL)
            disk.after = nothing
            if process_dies:
                # What the next process sees is the page cache; what is certain is known to the model.
                shutil.copytree(hall, tmp_path / f"{failing}-next")
        assert fault.fired
        if process_dies:
            async with opened(tmp_path / f"{failing}-next", vfs=disk.name) as journal:
                disk.after = recorder
                for number in range(100, 110):
                    await press(journal, number, acknowledged)
                disk.after = nothing
        for done in recorder.take():
            model.do(done)
        image = tmp_path / f"{failing}-image"
        image.mkdir()
        for name, content in model.image("none", random.Random(1)).items():
            (image / name).write_bytes(content)
        async with opened(image):
            pass
        assert set(acknowledged) <= set(issued(image))
        assert not examine(image).found


async def press(journal: Journal, number: int, acknowledged: list[int]) -> None:
    with contextlib.suppress(JournalError):
        await journal.submit(batch(number)).durable
        acknowledged.append(number)
