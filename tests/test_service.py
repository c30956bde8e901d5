"""What the service manager is told, over a real socket: ready, alive while it gets on, stopping."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.hubs import ROOT, bare_hall
from kioskd import service

pytestmark = pytest.mark.on_disk

PATIENCE_S = 30.0


class Manager:
    """The far end of ``NOTIFY_SOCKET``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(PATIENCE_S)

    def hear(self) -> str:
        return self._socket.recv(4096).decode()

    def heard(self) -> list[str]:
        """Return what has come so far."""
        self._socket.setblocking(False)
        said = []
        try:
            while True:
                said.append(self._socket.recv(4096).decode())
        except BlockingIOError:
            return said
        finally:
            self._socket.settimeout(PATIENCE_S)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


def test_a_hub_says_ready_then_that_it_lives_then_that_it_stops(tmp_path: Path, manager: Manager) -> None:
    hall, data = bare_hall(tmp_path), tmp_path / "data"
    running = subprocess.Popen(
        [sys.executable, "-m", "kioskd", "run", str(hall), "--data", str(data), "--port", "0"],
        env=dict(os.environ, NOTIFY_SOCKET=str(manager.path), WATCHDOG_USEC="300000"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    try:
        assert manager.hear().startswith("READY=1\nSTATUS=ready at http://127.0.0.1:")
        assert [manager.hear(), manager.hear()] == ["WATCHDOG=1"] * 2
    finally:
        running.terminate()
        assert running.wait(PATIENCE_S) == 0
    assert manager.heard()[-1] == "STOPPING=1"


async def test_a_stalled_loop_starves_the_watchdog(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(manager.path))
    monkeypatch.setenv("WATCHDOG_USEC", "3000")
    stuck: tuple[str, ...] = ("journal",)
    looked: asyncio.Queue[None] = asyncio.Queue()

    def stalled() -> tuple[str, ...]:
        looked.put_nowait(None)
        return stuck

    feeding = asyncio.create_task(service.feed_watchdog(stalled))
    try:
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(5):
                await looked.get()
            assert manager.heard() == []
            stuck = ()
            for _ in range(5):
                await looked.get()
        assert "WATCHDOG=1" in manager.heard()
    finally:
        feeding.cancel()


async def test_nobody_asked_for_a_watchdog(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(manager.path))
    monkeypatch.setenv("WATCHDOG_USEC", "3000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid() + 1))
    async with asyncio.timeout(PATIENCE_S):
        await service.feed_watchdog(tuple)
    assert manager.heard() == []


def test_a_manager_that_is_gone_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not service.notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    assert not service.notify("READY=1")
