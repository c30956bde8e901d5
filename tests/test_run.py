"""``kioskd run`` as a process: what it says, and what it keeps to itself."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.hubs import ROOT, bare_hall
from kioskd.app import STATION_STORE
from kioskd.station.clock import SystemClock
from kioskd.station.store import Store

SAMPLE = ROOT / "config" / "sample" / "station.toml"
PATIENCE_S = 60.0


async def test_a_station_on_a_folder_that_another_has(tmp_path: Path) -> None:
    first = Store(tmp_path / STATION_STORE, SystemClock())
    await first.start()
    try:
        async with asyncio.timeout(PATIENCE_S):
            second = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "kioskd", "run", str(SAMPLE), "--data", str(tmp_path)),
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            _, said = await second.communicate()
    finally:
        await first.close()
    assert second.returncode == 1
    assert "数据目录不能使用 · data folder cannot be used (store.busy)" in said.decode()
    assert "Traceback" not in said.decode()


async def test_a_station_that_nobody_paired_says_how(tmp_path: Path) -> None:
    station = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "kioskd", "run", str(SAMPLE), "--data", str(tmp_path)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert station.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            assert await station.stdout.readline() == b"station ready: window-1\n"
    finally:
        station.send_signal(signal.SIGTERM)
        _, said = await station.communicate()
    assert "在主机上运行 kioskd pair window-1" in said.decode()
    assert station.returncode == 0


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /api/v1/tickets HTTP/1.1\r\nHost: hall\r\nContent-Length: 110101199001011234x\r\n\r\n",
        b"GET /api/v1/services?search=" + b"110101199001011234" * 600 + b" HTTP/1.1\r\nHost: hall\r\n\r\n",
        b"110101199001011234\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_answered_and_quoted_nowhere(tmp_path: Path, request_bytes: bytes) -> None:
    hub = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "kioskd", "run", str(bare_hall(tmp_path)), "--data", str(tmp_path / "data"), "--port", "0"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert hub.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            port = int((await hub.stdout.readline()).rsplit(b":", 1)[1].strip(b"/\n"))
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request_bytes)
            assert (await reader.readline()).split()[1] == b"400"
            writer.close()
    finally:
        hub.send_signal(signal.SIGTERM)
        _, said = await hub.communicate()
    assert b"110101199001011234" not in said
    assert b"Traceback" not in said
