"""The log has its room before it is written to, gets it again once it was emptied, and can do without."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kioskd.journal import Batch, PrivateValue
from kioskd.journal.database import DATABASE_NAME
from kioskd.journal.files import lengthen
from kioskd.journal.upkeep import LOG_ROOM as PAGES
from tests.journal.halls import examine, issue, issued, opened

LOG = DATABASE_NAME + "-wal"
LOG_ROOM = PAGES * 4_120


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_log_has_its_room_from_the_first_commit_on_and_none_after_a_stop(tmp_path: Path) -> None:
    log = tmp_path / LOG
    for start in range(2):
        async with opened(tmp_path) as journal:
            assert log.stat().st_size == LOG_ROOM
            await issue(journal, *range(start * 10, start * 10 + 10))
            assert log.stat().st_size == LOG_ROOM
        assert log.stat().st_size == 0
    assert issued(tmp_path) == [*range(20)]


async def test_a_log_that_was_emptied_gets_its_room_again_and_nothing_of_before(tmp_path: Path) -> None:
    log = tmp_path / LOG
    async with opened(tmp_path) as journal:
        value = PrivateValue("gone", "notes", None, b"what nobody may read any more", b"s" * 16)
        await journal.submit(Batch(private=(value,))).durable
        assert b"gone" in log.read_bytes()
        await journal.submit(Batch(erase=("gone",))).durable
        await journal.secret("x")  # the writer has made room when it takes the next job
        assert log.stat().st_size == LOG_ROOM
        assert b"gone" not in log.read_bytes()
        await issue(journal, 1)
        assert log.stat().st_size == LOG_ROOM
    assert issued(tmp_path) == [1]
    assert not examine(tmp_path).found


async def test_a_disk_without_room_for_it_stops_nothing(tmp_path: Path) -> None:
    log = tmp_path / LOG
    async with opened(tmp_path) as journal:
        await issue(journal, 1)
    with no_file_longer_than(LOG_ROOM // 2):
        async with opened(tmp_path) as journal:
            await issue(journal, *range(2, 30))
            assert 0 < log.stat().st_size < LOG_ROOM // 4, "what did not fit was given back"
    assert issued(tmp_path) == [*range(1, 30)]
    assert not examine(tmp_path).found


async def test_a_log_that_is_nothing_but_room_is_an_empty_one(tmp_path: Path) -> None:
    """What is left when the power goes between making room and the first commit."""
    async with opened(tmp_path) as journal:
        await issue(journal, 1)
    (tmp_path / LOG).write_bytes(bytes(LOG_ROOM))
    async with opened(tmp_path) as journal:
        assert journal.opened.unclean
        await issue(journal, 2)
    assert issued(tmp_path) == [1, 2]
    assert not examine(tmp_path).found


def test_a_file_is_lengthened_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"what is there stays")
    with no_file_longer_than(2_500_000), pytest.raises(OSError, match="File too large"):
        lengthen(file, 3_000_000)
    assert file.read_bytes() == b"what is there stays"
    lengthen(file, 2_500_000)
    assert file.read_bytes() == b"what is there stays".ljust(2_500_000, b"\0")
    lengthen(file, 10)
    assert file.stat().st_size == 2_500_000
