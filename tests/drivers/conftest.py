"""A test of a driver leaves nothing behind: no task, no open file or socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio


def open_files() -> set[str]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.add(f"{entry.name} {entry.readlink()}")
        except OSError:
            continue
    return {name for name in found if "/proc/" not in name}


@pytest_asyncio.fixture(autouse=True)
async def nothing_left() -> AsyncIterator[None]:
    before = open_files()
    tasks = asyncio.all_tasks()
    yield
    for _ in range(1000):
        left = asyncio.all_tasks() - tasks - {asyncio.current_task()}
        files = open_files() - before
        if not left and not files:
            return
        await asyncio.sleep(0.01)
    assert not left, f"tasks left: {left}"
    assert not files, f"files left open: {files}"
