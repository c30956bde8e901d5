"""What the station writes down is there after any end, and a bad file stops nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest
import structlog

from kioskd.station.store import KEPT_ALWAYS, InputRow, JobRow, Store
from kioskd.station.writer import StoreError
from tests.station.timing import FakeClock, until


@asynccontextmanager
async def opened(path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    store = Store(path, clock)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


def row(name: str) -> InputRow:
    return InputRow(name, "pad", '{"reading":"rated","level":5}', "{}", 1.5, 2.5, "boot-1")


async def test_jobs(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "deep" / "station.db"
    async with opened(path, clock) as store:
        assert await store.begin_job("1", "printer") is None
        assert await store.begin_job("1", "printer") == JobRow("started")
        await store.end_job("1", JobRow("done"))
        assert await store.begin_job("1", "printer") == JobRow("done")
        assert await store.refuse_job("1", "printer", "job.expired") == JobRow("done")
        assert await store.refuse_job("2", "printer", "job.expired") is None
        assert await store.begin_job("3", "printer") is None
        await store.release_job("3")
        await store.release_job("1")
        assert await store.begin_job("4", "printer") is None
        name = store.incarnation
    assert path.stat().st_mode & 0o777 == 0o600
    async with opened(path, clock) as store:
        assert store.incarnation == name
        assert await store.jobs(("1", "2", "3", "4", "5")) == {
            "1": JobRow("done"),
            "2": JobRow("failed", "job.expired"),
            "4": JobRow("unknown", "job.interrupted"),
        }


async def test_the_same_name_is_another_job_at_another_hub(tmp_path: Path, clock: FakeClock) -> None:
    """A hub whose data was wiped counts from one again: its first slip must not pass for an old one."""
    path = tmp_path / "station.db"
    async with opened(path, clock) as store:
        await store.begin_job("1.5.1", "printer")
        await store.end_job("1.5.1", JobRow("done"))
        await store.serve("hall/old")
        assert await store.jobs(("1.5.1",)) == {"1.5.1": JobRow("done")}, "whose it was nobody had said"
        await store.serve("hall/new")
        assert await store.jobs(("1.5.1",)) == {}
        assert await store.refuse_job("1.5.1", "printer", "job.expired") is None
        await store.serve("hall/new")
        await store.serve("hall/old")
        assert await store.jobs(("1.5.1",)) == {"1.5.1": JobRow("done")}
    async with opened(path, clock) as store:
        await store.serve("hall/new")
        assert await store.jobs(("1.5.1",)) == {"1.5.1": JobRow("failed", "job.expired")}


async def test_inputs(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "station.db"
    async with opened(path, clock) as store:
        await asyncio.gather(*(store.keep_input(row(name)) for name in "abcab"))
        await store.drop_input("b")
    async with opened(path, clock) as store:
        assert await store.inputs() == [row("a"), row("c")]


async def test_what_is_written_takes_no_room_that_was_not_there(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "station.db"
    log = tmp_path / "station.db-wal"
    async with opened(path, clock) as store:
        room = log.stat().st_size
        assert room == 1000 * 4_120
        for n in range(50):
            await store.keep_input(row(f"{n}"))
        assert log.stat().st_size == room
    assert not log.exists()
    async with opened(path, clock) as store:
        assert len(await store.inputs()) == 50


async def test_what_nobody_awaits_is_written_all_the_same(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "station.db"
    async with opened(path, clock) as store:
        for n in range(500):
            store.keep_input(row(str(n)))
        abandoned = asyncio.ensure_future(store.keep_input(row("abandoned")))
        abandoned.cancel()
    async with opened(path, clock) as store:
        assert len(await store.inputs()) == 501


async def test_only_one_process_has_it(tmp_path: Path, clock: FakeClock) -> None:
    async with opened(tmp_path / "station.db", clock):
        with pytest.raises(StoreError) as caught:
            await Store(tmp_path / "station.db", clock).start()
        assert caught.value.code == "store.busy"


async def test_a_later_schema_is_left_alone(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "station.db"
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", 99)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        await Store(path, clock).start()
    assert caught.value.code == "store.newer"
    assert path.read_bytes() == before


async def test_a_broken_file_is_set_aside(
    tmp_path: Path, clock: FakeClock, logs: list[structlog.typing.EventDict]
) -> None:
    path = tmp_path / "station.db"
    async with opened(path, clock) as store:
        old = store.incarnation
        for n in range(200):
            store.keep_input(row(str(n)))
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    async with opened(path, clock) as store:
        assert store.incarnation != old
        assert await store.inputs() == []
    assert (tmp_path / "station.db.unreadable-1").read_bytes() == bytes(data)
    assert [entry["event"] for entry in logs] == ["store.set_aside"]
    path.write_bytes(b"no database at all" * 100)
    (tmp_path / "station.db-wal").write_bytes(b"left over")
    async with opened(path, clock):
        assert (tmp_path / "station.db.unreadable-2").exists()
        assert (tmp_path / "station.db-wal").read_bytes()[:4] != b"left"


async def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as caught:
        await Store(tmp_path / "file" / "station.db", clock).start()
    assert caught.value.code == "store.failed"


async def test_a_full_disk_is_said_once_and_mends_itself(
    tmp_path: Path, clock: FakeClock, logs: list[structlog.typing.EventDict]
) -> None:
    async with opened(tmp_path / "station.db", clock) as store:
        await store._writer.ask(lambda c: c.pragma("max_page_count", c.pragma("page_count")))
        big = InputRow("big", "pad", "x" * 100_000, "{}", 1, 1, "boot-1")
        for _ in range(3):
            with pytest.raises(StoreError):
                await store.keep_input(big)
        await store._writer.ask(lambda c: c.pragma("max_page_count", 1_000_000))
        await store.keep_input(big)
        assert await store.inputs() == [big]
    told = [entry["event"] for entry in logs]
    assert told == ["store.failed", "store.works_again"]


async def test_after_the_end_nothing_waits_for_ever(tmp_path: Path, clock: FakeClock) -> None:
    store = Store(tmp_path / "station.db", clock)
    with pytest.raises(StoreError):
        await store.inputs()
    await store.start()
    await store.close()
    await store.close()
    with pytest.raises(StoreError) as caught:
        await store.inputs()
    assert caught.value.code == "store.closed"


async def test_the_longest_wait_is_known(tmp_path: Path, clock: FakeClock) -> None:
    async with opened(tmp_path / "station.db", clock) as store:
        assert store.oldest_wait() == 0
        waiting = store.keep_input(row("a"))
        clock.now += 40
        assert store.oldest_wait() == 40
        await waiting
        await until(lambda: store.oldest_wait() == 0)


async def test_old_outcomes_go_but_never_the_newest(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "station.db"
    async with opened(path, clock) as store:
        for n in range(10):
            store.refuse_job(f"old-{n}", "printer", "job.expired")
        clock.date += 15 * 86400
        for n in range(KEPT_ALWAYS - 5):
            store.refuse_job(f"new-{n}", "printer", "job.expired")
    async with opened(path, clock) as store:
        kept = await store.jobs(tuple(f"old-{n}" for n in range(10)))
        assert sorted(kept) == [f"old-{n}" for n in range(5, 10)]
        clock.date += 50 * 365 * 86400
    async with opened(path, clock) as store:
        assert await store.jobs(("old-9", "new-0")) == {
            name: JobRow("failed", "job.expired") for name in ("old-9", "new-0")
        }
