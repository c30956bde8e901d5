"""Schedules of everything that can go wrong, in virtual time, over unmodified HTTP.

``KIOSKD_SCHEDULES=100000 make simulate`` runs more of them; a failure names its seed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.sync.simulated.city import run

SCHEDULES = int(os.environ.get("KIOSKD_SCHEDULES", "200"))
PARTS = 20


def folder_in_memory(tmp_path: Path) -> Path:
    """What is written here is tiny and often synced; a disk would only slow it down."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        return tmp_path
    folder = memory / f"kioskd-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize("part", range(PARTS))
def test_the_city_knows_what_the_hall_knows_whatever_happens(part: int, tmp_path: Path) -> None:
    folder = folder_in_memory(tmp_path)
    for seed in range(part, SCHEDULES, PARTS):
        try:
            run(seed, folder)
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {error}") from error


@pytest.mark.parametrize("seed", [88580, 88760])
def test_a_hall_that_asks_from_before_its_own_epoch_goes_on_at_once(seed: int, tmp_path: Path) -> None:
    """Put back and restarted, it knows an older place only: that once passed for another hall's log."""
    run(seed, folder_in_memory(tmp_path))


def test_the_same_seed_is_the_same_day(tmp_path: Path) -> None:
    folder = folder_in_memory(tmp_path)
    assert run(7, folder) == run(7, folder)
