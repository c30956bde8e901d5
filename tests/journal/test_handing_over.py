"""Work that is queued while the writer's thread is busy, about to wait, or waiting: all is done, in order."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from kioskd.journal.upkeep import Upkeep
from kioskd.journal.writer import Task, Writer

JOBS = 10_000


class NothingToKeepUp:
    """An `Upkeep` that never has anything to do."""

    def wait(self) -> None:
        return None


def writer() -> Writer:
    absent = cast(Any, None)
    upkeep = cast(Upkeep, NothingToKeepUp())
    return Writer(absent, upkeep, absent, Path(), absent, lambda _: None, lambda _: None)


def test_the_thread_is_called_once_for_what_is_queued_together() -> None:
    waiting = writer()
    jobs = [Task(lambda _: None, None) for _ in range(3)]
    for job in jobs:
        waiting.put(job)
    assert waiting._calls.qsize() == 1
    assert [waiting._take() for _ in jobs] == jobs


@pytest.fixture
def restless() -> Iterator[None]:
    """The interpreter changes from one thread to the other as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_nothing_queued_is_left_lying() -> None:
    at_work = writer()
    taken: list[Task] = []

    def work() -> None:
        while isinstance(job := at_work._take(), Task):
            taken.append(job)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    chance, give_up, jobs = random.Random(0), time.monotonic() + 20, list[Task]()
    while len(jobs) < JOBS and time.monotonic() < give_up:
        jobs.append(Task(lambda _: None, None))
        at_work.put(jobs[-1])
        # Mostly the next one comes just when the thread has done the last and looks whether there is more.
        waits = chance.random() < 0.95
        while waits and len(taken) < len(jobs) and time.monotonic() < give_up:
            pass
    at_work.end()
    thread.join(20)
    assert len(taken) == JOBS
    assert taken == jobs
