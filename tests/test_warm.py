"""A process that was forked is as one that Python started."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

REFUSED = (
    *(sys.executable, "-m", "kioskd", "demo", "--headless", "--port", "0", "--data", "data"),
    *("--pad-3", "usb://1:2", "--lang", "en"),
)
WARM: Any = subprocess.Popen
PATIENCE_S = 60.0

pytestmark = pytest.mark.skipif(
    not hasattr(WARM, "warm"), reason="nothing is forked without KIOSKD_FORK and several processes of tests"
)


@pytest.fixture(autouse=True)
def ready() -> None:
    end = time.monotonic() + PATIENCE_S
    while not WARM.nursery.ready:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("more", "sentence"), [((), b"a device's address is wrong"), (("--speed", "x"), b"usage: ")]
)
def test_it_has_its_folder_its_environment_and_its_files_and_ends_as_it_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], sentence: bytes
) -> None:
    narrow = {**os.environ, "COLUMNS": "50"}
    ended = []
    for warm in (True, False):
        monkeypatch.setattr(WARM, "warm", warm)
        before = WARM.forked
        done = subprocess.run([*REFUSED, *more], cwd=tmp_path, env=narrow, capture_output=True, check=False)
        assert WARM.forked - before == warm
        ended.append((done.returncode, done.stdout, done.stderr))
    assert ended[0] == ended[1]
    assert ended[0][0] == 2
    assert sentence in ended[0][2]


def parent(process: int) -> int | None:
    """Return whose child a process is, None when it is no more."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return None
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))


async def test_it_is_a_child_that_is_waited_for_killed_and_gone(tmp_path: Path) -> None:
    before = WARM.forked
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kioskd", "central", "--data", str(tmp_path / "city"), "--port", "0"),
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
    )
    assert WARM.forked == before + 1
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        while not (await process.stdout.readline()).startswith(b"central ready"):
            pass
        assert parent(process.pid) == os.getpid()
        process.kill()
        assert await process.wait() == -9
        assert await process.stdout.read() == b""
    assert parent(process.pid) is None


def test_what_asks_for_another_python_is_started_by_python(tmp_path: Path) -> None:
    before = WARM.forked
    for more in ({"PYTHONHASHSEED": "1"}, {"LD_LIBRARY_PATH": str(tmp_path)}):
        subprocess.run(
            [*REFUSED, "--speed", "x"],
            cwd=tmp_path,
            env={**os.environ, **more},
            capture_output=True,
            check=False,
        )
    assert WARM.forked == before


@pytest.mark.cold
def test_what_is_marked_cold_is_started_by_python(tmp_path: Path) -> None:
    before = WARM.forked
    subprocess.run([*REFUSED, "--speed", "x"], cwd=tmp_path, capture_output=True, check=False)
    assert WARM.forked == before


def test_a_library_that_tells_the_linker_of_its_own_ones_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    before = WARM.forked
    subprocess.run([*REFUSED, "--speed", "x"], cwd=tmp_path, stderr=subprocess.DEVNULL, check=False)
    assert WARM.forked == before + 1
