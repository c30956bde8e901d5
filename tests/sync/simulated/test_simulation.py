"""Schedules of everything that can go wrong, in virtual time, over unmodified HTTP.

``KIOSKD_SCHEDULES=100000 make simulate`` runs more of them; a failure names its seed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sync.simulated.city import run, twins

SCHEDULES = int(os.environ.get("KIOSKD_SCHEDULES", "200"))
PARTS = 20
REPEATED = range(7, 47)


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


def test_a_twin_is_told_and_never_mixed_up(tmp_path: Path) -> None:
    folder = folder_in_memory(tmp_path)
    for seed in range(SCHEDULES // 10):
        try:
            run(seed, folder, twins)
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {error}") from error


def test_a_seed_is_the_same_schedule_in_every_process(tmp_path: Path) -> None:
    """Whatever ran before, and however that process hashes: a seed that failed fails again."""
    folder = folder_in_memory(tmp_path)
    other = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE, str(tmp_path), *map(str, reversed(REPEATED))],
        env=os.environ | {"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        cwd=Path(__file__).parents[3],
    )
    here = [str(run(seed, folder)) for seed in REPEATED]
    assert other.stdout.splitlines() == here[::-1]


_ELSEWHERE = """
import sys
from pathlib import Path
from tests.sync.simulated.city import run
for seed in sys.argv[2:]:
    print(run(int(seed), Path(sys.argv[1])))
"""
