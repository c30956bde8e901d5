"""``kioskd run`` where it cannot: one sentence, never a traceback."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from benchmarks.hubs import ROOT
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
