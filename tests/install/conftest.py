"""Releases that are scripts around this very tree, and a PC that is a folder."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks.hubs import ROOT, bare_hall
from kioskd.install.layout import Layout
from kioskd.install.services import not_ready

GOOD = f'#!/bin/sh\ncd "{ROOT}"\nexec "{sys.executable}" -m kioskd "$@"\n'
DEAF = GOOD.replace("exec", 'if [ "$1" = run ]; then exec sleep 600; fi\nexec')
DEAD = GOOD.replace("exec", 'if [ "$1" = run ]; then exit 7; fi\nexec')
PICKY = GOOD.replace("exec", 'if [ "$1" = check ]; then echo "hall.toml: 新的规则" >&2; exit 1; fi\nexec')
BLIND = GOOD.replace(
    "exec", 'if [ "$1 $2" = "releases reads" ]; then echo unknown kind >&2; exit 1; fi\nexec'
)


def make_release(folder: Path, version: str, program: str = GOOD) -> Path:
    """Write a release folder whose program is a script."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "kioskd").write_text(program, "utf-8")
    (folder / "bin" / "kioskd").chmod(0o755)
    (folder / "VERSION").write_text(version + "\n")
    (folder / "FLOOR").write_text("2.17\n")
    (folder / "BUILT").write_text("0\n")
    for part in ("systemd", "config"):
        (folder / part).symlink_to(ROOT / part)
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    sums = "".join(f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.relative_to(folder)}\n" for f in files)
    (folder / "SHA256SUMS").write_text(sums)
    return folder


class Processes:
    """Runs the hub of whatever release is current, as a service manager would."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.running: subprocess.Popen[bytes] | None = None
        self.told: list[str] = []

    def stop(self, roles: Sequence[str]) -> None:
        self.told.append("stop")
        if self.running is not None:
            self.running.terminate()
            self.running.wait(30)
            self.running = None

    def start(self, roles: Sequence[str]) -> None:
        self.told.append("start " + str(self.layout.version()))
        program = self.layout.base / "bin" / "kioskd"
        settings, data = self.layout.settings / "hall.toml", self.layout.data
        self.running = subprocess.Popen(
            [str(program), "run", str(settings), "--data", str(data), "--port", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def well(self, roles: Sequence[str], patience_s: float) -> str:
        end = time.monotonic() + patience_s
        while why := not_ready(self.url):
            ended = self.running is not None and self.running.poll() is not None
            if ended or time.monotonic() > end:
                return why
            time.sleep(0.05)
        return ""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A PC with release 1 and a hall's settings."""
    layout = Layout(tmp_path / "pc")
    for place in (layout.releases, layout.settings, layout.data):
        place.mkdir(parents=True)
    bare_hall(layout.settings)
    layout.roles.write_text("hub\n")
    make_release(layout.release("1.0.0"), "1.0.0")
    return layout


@pytest.fixture
def services(layout: Layout) -> Iterator[Processes]:
    """What starts and stops the hall; ends it at last."""
    services = Processes(layout)
    yield services
    services.stop(["hub"])
