"""``kioskd run`` on a folder without a hall, in a process of its own."""

from __future__ import annotations

import queue
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
START_S = 60.0
PASSWORD = "Hall-2026-admin"


class NewHub:
    """``with NewHub(folder) as hub:`` waits until it can be set up; ``password`` is the printed one. With
    ``plugged`` its PC has the devices that are plugged in there, see `tests.setup.plugged`.
    """

    def __init__(self, folder: Path, plugged: Path | None = None) -> None:
        self.settings, self.data = folder / "etc", folder / "data"
        self._program = ["kioskd"] if plugged is None else ["tests.setup.plugged", str(plugged)]
        self.settings.mkdir(exist_ok=True)
        self.lines: queue.Queue[str] = queue.Queue()
        self.said: list[str] = []

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", *self._program, "run", str(self.settings), "--data", str(self.data)]
        self.process = subprocess.Popen(
            [*command, "--in-memory", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            self.url = self.wait(r"hall to set up: (http://127\.0\.0\.1:\d+/)setup")
            self.password = self.wait(r"one-time password.*: (\S+)")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(START_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def wait(self, pattern: str) -> str:
        """Return what the process says that fits."""
        while True:
            try:
                line = self.lines.get(timeout=START_S)
            except queue.Empty:
                raise AssertionError(f"{pattern} not said: {''.join(self.said)}") from None
            found = re.search(pattern, line)
            if found is not None:
                return found[1]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            self.lines.put(line)
