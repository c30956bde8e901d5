"""Hubs to measure: a process of its own, as a hall runs it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from kioskd.access.roles import Role
from kioskd.access.tokens import FILE_NAME, TokenStore

ROOT = Path(__file__).parent.parent
DEMO_HALL = ROOT / "config" / "demo" / "hall.toml"
SAMPLE_HALL = ROOT / "config" / "sample" / "hall.toml"


class HubProcess:
    """A running ``kioskd run``."""

    def __init__(self, process: subprocess.Popen[str], port: int, token: str) -> None:
        self.process = process
        self.port = port
        self.token = token


def _token(data: Path) -> str:
    """Return the caller's token, the same at every start on the same data: requests are known by caller."""
    kept = data / "caller.token"
    if not kept.exists():
        data.mkdir(parents=True, exist_ok=True)
        tokens = TokenStore.open(data / FILE_NAME)
        kept.write_text(tokens.add(Role.ADMIN, "caller")[1])
        tokens.close()
    return kept.read_text()


def bare_hall(folder: Path) -> Path:
    """Write the demo hall without its devices and return the file: what is measured is the hub alone."""
    return hall_with(DEMO_HALL, {}, folder)


def hall_with(hall: Path, devices: Mapping[str, str], folder: Path) -> Path:
    """Write a hall with only these of its devices, at these addresses, and return the file."""
    head, *tables = hall.read_text("utf-8").split("\n[[device]]\n")
    text = head.replace('"../', f'"{hall.parent.parent}/')
    text = re.sub(r'"((?:services|calendar-\d+)\.toml)"', rf'"{hall.parent}/\1"', text)
    for table in tables:
        name = table.removeprefix('id = "').partition('"')[0]
        if name in devices:
            text += "\n[[device]]\n" + re.sub(r'(?m)^address = ".*"', f'address = "{devices[name]}"', table)
    file = folder / "hall.toml"
    file.write_text(text, "utf-8")
    return file


@contextlib.contextmanager
def hub(file: Path, data: Path) -> Iterator[HubProcess]:
    """Run a hub until the block is left."""
    token = _token(data)
    process = subprocess.Popen(
        [sys.executable, "-m", "kioskd", "run", str(file), "--data", str(data), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=dict(os.environ, PYTHONUNBUFFERED="1"),
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("hall ready: "):
            raise RuntimeError(f"the hub did not start: {line!r}")
        yield HubProcess(process, int(line.rsplit(":", 1)[1].strip("/\n")), token)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


@contextlib.contextmanager
def floor(kind: str, folder: Path) -> Iterator[tuple[int, str]]:
    """Run one of the servers of `benchmarks.floor` and give its port and the caller's token."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.floor", kind, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        _, port, token = next(line for line in process.stdout if line.startswith("ready ")).split()
        yield int(port), token
    finally:
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
