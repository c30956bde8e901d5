from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

from kioskd.journal.database import connect_reader
from tests.journal.halls import examine, issued, opened

RUNS = 20


async def test_kill_minus_nine_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Twenty times in the same folder, under sixteen clients, at a random moment."""
    chance = random.Random(7)
    acknowledged: set[int] = set()
    for run in range(RUNS):
        acknowledged |= kill_under_load(tmp_path, run, lines=chance.randrange(1, 400))
    found = issued(tmp_path)
    assert acknowledged <= set(found)
    assert len(found) == len(set(found))
    async with opened(tmp_path) as journal:
        assert journal.opened.unclean
        assert journal.opened.behind is None
        assert journal.head.epoch == 1
        for number in acknowledged:
            assert journal.request(f"key-{number}") is not None
    report = examine(tmp_path)
    assert not report.found
    connection = connect_reader(tmp_path / "journal.db")
    half = connection.execute("SELECT count(*) FROM event WHERE kind = 'ticket.printed'").fetchall()
    connection.close()
    assert half == [(len(found),)], "the two events of a batch are stored together or not at all"


def kill_under_load(folder: Path, run: int, lines: int) -> set[int]:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.journal.hall_to_kill", str(folder), str(run)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        seen = [child.stdout.readline() for _ in range(lines)]
        child.send_signal(signal.SIGKILL)
        # By the same reader: it is ahead of the lines it gave, and ends where a line need not.
        rest, errors = child.stdout.read(), child.stderr.read()
        assert all(seen), errors.decode()
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
        child.stderr.close()
    # A last line cut short by the kill was never said.
    whole = (b"".join(seen) + rest).rpartition(b"\n")[0]
    return {int(line) for line in whole.split()}
