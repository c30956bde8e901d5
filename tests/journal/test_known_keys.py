"""Which keys have an answer, known by heart: never a key forgotten, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from kioskd.journal.journal import Journal
from kioskd.journal.records import Batch, NewEvent, RequestRecord
from tests.journal.disk import Disk

WALL = 1_773_000_000_000


def asked(key: str, *, keep_ms: int = 1000, at: int = 0, event: bool = True) -> Batch:
    events = (NewEvent("test.event", 1, b"{}", at, WALL),) if event else ()
    return Batch(events=events, request=RequestRecord(key, b"f", b"r", keep_ms), at=at)


async def test_known_keys_are_found_and_new_ones_are_not_looked_for(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, now_wall=WALL, boot="b")
    await journal.submit(asked("old")).durable
    await journal.close()
    journal = await Journal.open(tmp_path, now_wall=WALL, boot="b")
    try:
        assert journal.request("old") is not None
        await journal.learn_requests()
        assert journal.request("old") is not None
        assert journal.request("new") is None
        await journal.submit(asked("new")).durable
        assert journal.request("new") is not None
    finally:
        await journal.close()


async def test_what_is_known_stays_known_while_keys_are_learned_again(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, now_wall=WALL, boot="b")
    try:
        await journal.learn_requests()
        await journal.submit(asked("before")).durable
        learning = asyncio.ensure_future(journal.learn_requests())
        await asyncio.sleep(0)
        assert not learning.done()
        assert journal.request("before") is not None
        await journal.submit(asked("during")).durable
        assert journal.request("during") is not None
        await learning
        assert journal.request("before") is not None
        assert journal.request("during") is not None
    finally:
        await journal.close()


async def test_an_answer_on_its_way_to_the_disk_is_not_missed(tmp_path: Path) -> None:
    disk, sync = Disk(), threading.Event()
    journal = await Journal.open(tmp_path, now_wall=WALL, boot="b", vfs=disk.name)
    try:
        await journal.learn_requests()
        disk.hook = lambda operation, *_: sync.wait(10) if operation == "sync" else None
        slow = journal.submit(asked("slow", event=False))
        learning = asyncio.ensure_future(journal.learn_requests())
        await asyncio.wait({learning}, timeout=0.1)
        sync.set()
        await slow.durable
        await learning
        assert journal.request("slow") is not None
    finally:
        sync.set()
        await journal.close()


async def test_a_purge_forgets_only_what_is_over(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, now_wall=WALL, boot="b")
    try:
        await journal.submit(asked("short", keep_ms=10)).durable
        await journal.submit(asked("long", keep_ms=10_000)).durable
        await journal.learn_requests()
        purging = asyncio.ensure_future(journal.purge(500))
        await asyncio.sleep(0)
        await journal.submit(asked("during", keep_ms=10_000, at=1)).durable
        assert (await purging).requests == 1
        assert journal.request("short") is None
        assert journal.request("long") is not None
        assert journal.request("during") is not None
    finally:
        await journal.close()
