from __future__ import annotations

import asyncio
import hashlib
from functools import partial
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kioskd.journal import (
    BEFORE_ALL,
    Batch,
    DataFolderBusy,
    EpochOpen,
    Journal,
    NewEvent,
    NotSaved,
    Position,
    RequestRecord,
)
from kioskd.journal.database import connect_reader, last_event
from tests.journal.halls import SMALL, WALL, batch, event, everything, examine, issue, issued, opened


@given(st.integers(0, (1 << 22) - 1), st.integers(0, (1 << 40) - 1))
def test_a_position_survives_its_text_and_its_number(epoch: int, seq: int) -> None:
    position = Position(epoch, seq)
    assert Position.parse(str(position)) == position
    assert Position.from_number(position.number) == position


@given(
    st.tuples(st.integers(0, 9), st.integers(0, 1 << 39)),
    st.tuples(st.integers(0, 9), st.integers(0, 1 << 39)),
)
def test_positions_order_like_their_numbers(one: tuple[int, int], two: tuple[int, int]) -> None:
    assert (Position(*one) < Position(*two)) == (Position(*one).number < Position(*two).number)


@pytest.mark.parametrize(
    "text", ["", "1", "1.", ".1", "1.2.3", "-1.2", "1.x", "１.2", "99999999.1", "1.9999999999999"]
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a journal position"):
        Position.parse(text)


async def test_a_new_journal_begins_with_its_first_epoch(tmp_path: Path) -> None:
    async with opened(tmp_path / "new" / "data") as journal:
        assert journal.head == journal.durable == Position(1, 1)
        assert journal.opened.epoch is not None
        assert journal.opened.epoch.reason == "first"
        (first,) = journal.read(BEFORE_ALL)
    body = msgspec.json.decode(first.body, type=EpochOpen)
    assert first.kind == "epoch.open"
    assert body.parent is None
    assert body.guard is None


async def test_places_are_given_at_once_and_in_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        one = journal.submit(Batch((event(1), event(2))))
        two = journal.submit(Batch((event(3),)))
        assert (one.first, one.last, two.first) == (Position(1, 2), Position(1, 3), Position(1, 4))
        assert journal.head == Position(1, 4)
        assert journal.durable == Position(1, 1)
        await two.durable
        assert one.durable.done()
        assert journal.durable == Position(1, 4)
        assert tuple(journal.read(Position(1, 1))) == one.events + two.events


async def test_bytes_come_back_as_they_went_in(tmp_path: Path) -> None:
    body = '{ "名" : "值",\n "n":1.0 }'.encode()
    async with opened(tmp_path) as journal:
        await journal.submit(Batch((NewEvent("x.y", 7, body, at=-5, wall=WALL),))).durable
        (stored,) = journal.read(Position(1, 1))
    assert (stored.kind, stored.version, stored.body, stored.at, stored.wall, stored.boot) == (
        "x.y",
        7,
        body,
        -5,
        WALL,
        "boot-1",
    )


async def test_the_chain_is_what_its_description_says(tmp_path: Path) -> None:
    """Recomputed here from the words of the contract alone, so that other programs can do the same."""
    async with opened(tmp_path) as journal:
        await issue(journal, 1, 2)
    before = bytes(32)
    for e in everything(tmp_path):
        header = f"kioskd.event.1 {e.position} {e.kind} {e.version} {e.at} {e.wall} {e.boot} {len(e.body)}\n"
        before = hashlib.sha256(before + header.encode() + e.body).digest()
        assert e.chain == before
        assert e.id == before.hex()[:32]


@pytest.mark.parametrize(
    "bad", [NewEvent("", 1, b"{}", 0, 0), NewEvent("a b", 1, b"{}", 0, 0), NewEvent("a", 1, "{}", 0, 0)]
)  # type: ignore[arg-type]
async def test_a_bad_event_harms_only_its_own_batch(tmp_path: Path, bad: NewEvent) -> None:
    async with opened(tmp_path) as journal:
        with pytest.raises(ValueError, match="an event's"):
            journal.submit(Batch((event(1), bad)))
        assert journal.head == Position(1, 1)
        await issue(journal, 2)
    assert issued(tmp_path) == [2]
    assert not examine(tmp_path).found


async def test_an_answer_is_kept_with_the_events_it_answers(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.submit(batch(1, keyed=True)).durable
        empty = journal.submit(Batch(request=RequestRecord("k2", b"f", b"", 5), at=WALL))
        assert (empty.first, empty.last) == (None, Position(1, 2))
        await empty.durable
    async with opened(tmp_path) as journal:
        assert journal.request("key-1") == RequestRecord("key-1", b"print", b"answer 1", 1_000)
        assert journal.request("k2") == RequestRecord("k2", b"f", b"", 5)
        assert journal.request("k3") is None


async def test_answers_go_when_their_time_is_over_and_not_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        for number in range(3):
            await journal.submit(batch(number, keyed=True)).durable
        assert (await journal.purge(WALL + 1_000 + 1)).requests == 2
        assert journal.request("key-1") is None
        assert journal.request("key-2") is not None
        # An answer without events counts from the batch's own time, else from the last event's.
        await journal.submit(Batch(request=RequestRecord("late", b"f", b"", 10), at=WALL + 9_000)).durable
        assert (await journal.purge(WALL + 9_009)).requests == 1
        assert journal.request("late") is not None


async def test_a_barrier_waits_for_all_before_it_and_stands_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        assert journal.barrier().done()
        submitted = journal.submit(batch(1))
        barrier, other = journal.barrier(), journal.barrier()
        assert not barrier.done()
        other.cancel()
        await barrier
        assert submitted.durable.done()
        assert journal.durable == Position(1, 2)


async def test_a_cancelled_wait_does_not_cancel_the_event(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        journal.submit(batch(1)).durable.cancel()
        await issue(journal, 2)
    assert issued(tmp_path) == [1, 2]


async def test_one_who_fails_to_listen_keeps_nobody_else_from_hearing(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        heard: list[tuple[int, BaseException | None, Position]] = []

        def deaf(error: BaseException | None) -> None:
            raise RuntimeError("not listening")

        def listen(number: int, error: BaseException | None) -> None:
            heard.append((number, error, journal.durable))

        journal.put(batch(1), deaf)
        events, last = journal.put(batch(2), partial(listen, 2))
        assert last == events[-1].position == journal.head
        await journal.submit(batch(3)).durable
        assert heard == [(2, None, last)]
    assert issued(tmp_path) == [1, 2, 3]


async def test_a_second_daemon_is_told_who_has_the_folder(tmp_path: Path) -> None:
    async with opened(tmp_path):
        with pytest.raises(DataFolderBusy) as refusal:
            await Journal.open(tmp_path, now_wall=WALL, boot="b", settings=SMALL)
        assert refusal.value.code == "data_folder_busy"
        assert refusal.value.pid > 0
    async with opened(tmp_path):
        pass  # free again


async def test_an_orderly_stop_saves_what_is_queued_and_takes_no_more(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, now_wall=WALL, boot="b", settings=SMALL)
    waiting = [journal.submit(batch(number)).durable for number in range(200)]
    await journal.close()
    assert all(future.done() and future.exception() is None for future in waiting)
    with pytest.raises(NotSaved) as refusal:
        journal.submit(batch(1))
    assert refusal.value.code == journal.closed_for == "stopped"
    with pytest.raises(NotSaved):
        await journal.reopen(WALL)
    assert issued(tmp_path) == list(range(200))
    async with opened(tmp_path) as again:
        assert not again.opened.unclean
        assert again.opened.epoch is None
        assert again.head == Position(1, 201)


async def test_the_futures_of_a_group_are_set_in_one_turn_of_the_loop(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        for _ in range(20):
            futures = [journal.submit(batch(number)).durable for number in range(10)]
            await futures[-2]
            if futures[-1].done():
                return  # the last two were in one group, and nothing ran between their answers
        pytest.fail("ten batches queued at once were never committed together")


async def test_streaming_stops_where_it_should(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        for number in range(1_200):
            last = journal.submit(batch(number))
        await last.durable
        seen = [e.position.seq async for e in journal.stream(Position(1, 3), Position(1, 1_100))]
        assert seen == list(range(4, 1_101))
        assert [e async for e in journal.stream(journal.head)] == []
        assert len(journal.read(BEFORE_ALL, 7)) == 7


async def test_a_void_position_is_not_known(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        assert journal.knows(Position(1, 1))
        assert not journal.knows(Position(1, 2))
        assert not journal.knows(BEFORE_ALL)


async def test_readers_cannot_write(tmp_path: Path) -> None:
    async with opened(tmp_path):
        connection = connect_reader(tmp_path / "journal.db")
        try:
            with pytest.raises(Exception, match="readonly"):
                connection.execute("DELETE FROM event")
            assert last_event(connection) is not None
        finally:
            connection.close()


async def test_snapshots_keep_the_last_two_and_fit_the_chain(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        assert await journal.snapshot_load() is None
        await issue(journal, *range(4))
        for seq in (2, 3, 5):
            await journal.snapshot_save(Position(1, seq), 9, b"state %d" % seq)
        with pytest.raises(ValueError, match="no event"):
            await journal.snapshot_save(Position(1, 77), 9, b"nowhere")
        await issue(journal, 5)  # the failure above harmed nothing
    async with opened(tmp_path) as journal:
        snapshot = await journal.snapshot_load()
        assert snapshot is not None
        assert (snapshot.position, snapshot.apply_version, snapshot.data) == (Position(1, 5), 9, b"state 5")
    connection = connect_reader(tmp_path / "journal.db")
    assert [p & 0xFF for (p,) in connection.execute("SELECT position FROM snapshot ORDER BY 1")] == [3, 5]
    connection.close()


async def test_a_snapshot_may_be_taken_of_what_is_only_queued(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        last = journal.submit(batch(1)).last
        await journal.snapshot_save(last, 1, b"s")
        assert await journal.snapshot_load() is not None


async def test_many_tasks_at_once_all_get_their_own_place(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:

        async def client(number: int) -> Position:
            submitted = journal.submit(batch(number, keyed=True))
            await submitted.durable
            return submitted.last

        places = await asyncio.gather(*(client(number) for number in range(300)))
        assert sorted(places) == [Position(1, seq) for seq in range(2, 302)]
    assert not examine(tmp_path).found


async def test_a_boot_name_with_white_space_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="boot"):
        await Journal.open(tmp_path, now_wall=WALL, boot="a b")
