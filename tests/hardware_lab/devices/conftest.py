"""Devices of the lab's PC for the tests of drivers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest_asyncio

from tests.hardware_lab.monitor import Monitor, monitor

PATIENCE_S = 30.0


async def until(true: Callable[[], object], what: str) -> None:
    """Wait until the kernel or udevd has done something, which nobody tells us of."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"never came: {what}") from None


async def file_like(folder: str, pattern: str) -> Path:
    """Wait for a device's file and return it."""
    found: list[Path] = []

    def there() -> bool:
        # A name that udevd has not yet taken away may lead nowhere.
        found[:] = sorted(path for path in Path(folder).glob(pattern) if path.exists())
        return bool(found)

    await until(there, f"{folder}/{pattern}")
    return found[0]


@pytest_asyncio.fixture
async def hands() -> AsyncIterator[Monitor]:
    """Hands that plug QEMU's own devices."""
    async with monitor() as hands:
        yield hands
