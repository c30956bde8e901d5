"""``kioskd central``, ``enrol`` and ``join`` as processes: a hall joins a city."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kioskd.hub.appointments import appointment_digest, new_code

KIOSKD = (sys.executable, "-m", "kioskd")


def kioskd(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*KIOSKD, *arguments], capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def central(data: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [*KIOSKD, "central", "--data", str(data), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        line = next(line for line in process.stdout if line.startswith("central ready: "))
        yield line.removeprefix("central ready: ").strip()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_hall_joins_a_running_server_with_a_code_good_once(tmp_path: Path) -> None:
    with central(tmp_path / "city") as url:
        place = ("--data", str(tmp_path / "city"))
        unknown = kioskd("central", "enrol", *place, "hall-1")
        assert unknown.returncode == 1
        assert "--name" in unknown.stderr
        enrolled = kioskd("central", "enrol", *place, "hall-1", "--name", "测试大厅", "--url", url)
        assert enrolled.returncode == 0, enrolled.stderr
        code = enrolled.stdout.strip()
        hall = str(tmp_path / "hall")
        joined = kioskd("join", url, code.lower().replace("-", " "), "--data", hall)
        assert joined.returncode == 0, joined.stderr
        assert 'hall = "hall-1"' in joined.stdout
        token = tmp_path / "hall" / "central.token"
        assert token.stat().st_mode & 0o077 == 0
        assert token.read_text().startswith("kc_")
        again = kioskd("join", url, code, "--data", hall)
        assert again.returncode == 1
        assert "code_wrong" in again.stderr
        busy = kioskd("central", *place, "--port", "0")
        assert busy.returncode == 1
        assert "另一个中心" in busy.stderr


def test_a_server_that_is_not_running_enrols_all_the_same(tmp_path: Path) -> None:
    place = ("--data", str(tmp_path))
    enrolled = kioskd("central", "enrol", *place, "hall-2", "--name", "二号大厅")
    assert enrolled.returncode == 0, enrolled.stderr
    assert kioskd("central", "revoke", *place, "hall-2").returncode == 0
    away = kioskd("join", "http://127.0.0.1:9", enrolled.stdout.strip(), "--data", str(tmp_path / "hall"))
    assert away.returncode == 1
    assert "连不上中心" in away.stderr


def test_who_an_appointment_is_for_is_erased_by_the_command_whether_the_server_runs_or_not(
    tmp_path: Path,
) -> None:
    place, file, codes = (
        ("--data", str(tmp_path)),
        tmp_path / "central.db",
        (new_code(987654321012), new_code(2)),
    )
    assert kioskd("central", "erase", *place, codes[0]).returncode == 1, "no such appointment"
    counted = kioskd("central", "retention", *place, "--dry-run")
    assert counted.returncode == 0
    assert all(" · " in line for line in counted.stdout.splitlines()), "each kind has words"
    with contextlib.closing(sqlite3.connect(file)) as city:
        for n, code in enumerate(codes):
            booked = (f"a_{n}", "h1", appointment_digest(code), f"hash{n}", "general", "2026-03-09")
            city.execute(
                "INSERT INTO appointment"
                "(id, hall, code, person, queue, date, start, end, state, made, changed)"
                " VALUES(?, ?, ?, ?, ?, ?, 540, 555, 'booked', 1, 1)",
                booked,
            )
        city.commit()

    def persons() -> list[str | None]:
        with contextlib.closing(sqlite3.connect(file)) as city:
            return [row[0] for row in city.execute("SELECT person FROM appointment ORDER BY id")]

    assert kioskd("central", "erase", *place, codes[0].lower()).returncode == 0
    assert persons() == [None, "hash1"]
    with central(tmp_path):
        assert kioskd("central", "erase", *place, codes[1]).returncode == 0
    assert persons() == [None, None]
