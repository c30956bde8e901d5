"""A central server in a process of its own, which can be killed and started again at the same address."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

KIOSKD = (sys.executable, "-m", "kioskd")


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


class City:
    """One process; ``database`` is a PostgreSQL address, empty for the embedded database."""

    def __init__(self, data: Path, database: str = "") -> None:
        self._place = ["--data", str(data), *(["--database", database] if database else [])]
        self.port = free_port()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it; return once it serves."""
        self._process = subprocess.Popen(
            [*KIOSKD, "central", *self._place, "--port", str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert self._process.stdout is not None
        assert any(line.startswith("central ready") for line in self._process.stdout)

    def kill(self) -> None:
        """Kill it where it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def enrol(self, hall: str = "hall-1") -> str:
        """Return the code that the hall joins with."""
        return kioskd("central", "enrol", *self._place, hall, "--name", "测试大厅")


def kioskd(*arguments: str) -> str:
    """Run a command to its end; return what it printed."""
    done = subprocess.run([*KIOSKD, *arguments], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.strip()
