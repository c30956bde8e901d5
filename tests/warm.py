"""Demo halls, kiosks and city servers of tests are forked off a process that has imported everything.

Each is a process of its own, started by arguments, folder, environment and three files like any other, killed
as dead as any other. What is saved is Python's start, three quarters of what a demo hall costs until it is
ready. Only where it is asked for and several processes share the tests; a test of the start itself is marked
``cold``, and `Popen` is as it always was for everything else.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import io
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
STARTS = (("kioskd", "demo"), ("kioskd", "central"), ("kioskd", "join"), ("tests.kiosk.driven", "kiosk"))
"""How the words after ``python -m`` begin of those that are forked."""
EARLY = (
    "kioskd.app",
    "kioskd.commands.central",
    "kioskd.commands.demo",
    "kioskd.commands.join",
    "kioskd.commands.kiosk",
    "kioskd.demo.city",
    "kioskd.demo.run",
    "ui.kiosk.app",
)
"""What most of them need; whatever else one needs, it imports itself."""
ASKED = "KIOSKD_FORK"
"""Set where tests shall do so: they are quicker and less like a PC that is switched on."""
MOST = 1 << 20
"""Bytes of a wish: arguments and environment."""
_SUBREAPER = 36
"""``PR_SET_CHILD_SUBREAPER`` of prctl(2)."""


class Nursery:
    """The process that others are forked off."""

    def __init__(self) -> None:
        self.environment = dict(os.environ)
        self._turn = threading.Lock()
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ready = False
        self._system = ctypes.CDLL(None)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd=ROOT,
            )

    @property
    def ready(self) -> bool:
        """Whether it has imported what it should; nobody waits for that."""
        if not self._ready:
            with contextlib.suppress(BlockingIOError):
                self._ready = bool(self._line.recv(16, socket.MSG_DONTWAIT))
        return self._ready

    def fork(
        self, words: Sequence[str], folder: str, environment: Mapping[str, str], files: list[int]
    ) -> int:
        """Begin ``python -m`` with these words; return the id of what is a child of this process."""
        wish = {"words": list(words), "folder": folder, "environment": dict(environment)}
        with self._turn:
            # Whoever forked it ends at once: it falls to us.
            self._system.prctl(_SUBREAPER, 1, 0, 0, 0)
            try:
                socket.send_fds(self._line, [json.dumps(wish).encode()], files)
                return int(self._line.recv(16))
            finally:
                self._system.prctl(_SUBREAPER, 0, 0, 0, 0)

    def close(self) -> None:
        self._line.close()
        self._process.wait()


def popen(nursery: Nursery) -> type[subprocess.Popen[Any]]:
    """Return a `subprocess.Popen` that forks what begins like `STARTS`, where that makes no difference."""

    class Popen(subprocess.Popen):  # type: ignore[type-arg]
        warm = True
        forked = 0

        def _execute_child(
            self, args: Any, executable: Any, preexec_fn: Any, close_fds: Any, pass_fds: Any,
            cwd: Any, env: Any, startupinfo: Any, creationflags: Any, shell: Any,
            p2cread: int, p2cwrite: int, c2pread: int, c2pwrite: int, errread: int, errwrite: int,
            *more: Any,
        ) -> None:  # fmt: skip
            words = [] if isinstance(args, (str, bytes, os.PathLike)) else [os.fspath(one) for one in args]
            folder = os.fspath(cwd) if cwd is not None else str(Path.cwd())
            environment = os.environ if env is None else env
            plain = executable is None and preexec_fn is None and not pass_fds and not shell
            if (
                plain
                and words[:2] == [sys.executable, "-m"]
                and tuple(words[2:4]) in STARTS
                and more[1:] == (None, None, None, -1, False, -1)
                and self.warm
                and Path(folder).is_dir()
                and _same_python(environment, nursery.environment)
                and nursery.ready
            ):
                pipes = ((p2cread, 0), (c2pwrite, 1), (errwrite, 2))
                files = [pipe if pipe != -1 else own for pipe, own in pipes]
                self.pid = nursery.fork(words[2:], folder, environment, files)
                self._child_created = True
                Popen.forked += 1
                self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)  # type: ignore[attr-defined]
                return
            super()._execute_child(  # type: ignore[misc]
                args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo, creationflags,
                shell, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, *more,
            )  # fmt: skip

    Popen.nursery = nursery  # type: ignore[attr-defined]
    return Popen


def _same_python(asked: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether Python starts in both in the same way.

    Where the linker looks is compared with this process as it is now: a library that a test imports may have
    added the place of its own ones.
    """

    def ways(environment: Mapping[str, str], prefix: str) -> dict[str, str]:
        return {
            name: value
            for name, value in environment.items()
            if name.startswith(prefix) and name != "PYTHONUNBUFFERED"
        }

    return ways(asked, "PYTHON") == ways(other, "PYTHON") and ways(asked, "LD_") == ways(os.environ, "LD_")


# --- hooks ---------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cold: processes of kioskd are started by Python itself")
    if hasattr(config, "workerinput") and os.environ.get(ASKED) and sys.platform == "linux":
        nursery = Nursery()
        config.add_cleanup(nursery.close)
        subprocess.Popen = popen(nursery)  # type: ignore[misc]


@pytest.fixture(autouse=True)
def started_cold(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("cold") and hasattr(subprocess.Popen, "warm"):
        monkeypatch.setattr(subprocess.Popen, "warm", False)


# --- in the process that others are forked off ---------------------------------------------------


def _wishes(line: socket.socket) -> Iterator[tuple[Any, list[int]]]:
    with contextlib.suppress(ConnectionResetError):  # it ended without having asked for anything
        while True:
            raw, files, _, _ = socket.recv_fds(line, MOST, 3)
            if not raw:
                return
            yield json.loads(raw), files


def _become(wish: Any, files: list[int]) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(wish["folder"])
    os.environ.clear()
    os.environ.update(wish["environment"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    through = bool(os.environ.get("PYTHONUNBUFFERED"))
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    for name, number, errors in (("stdout", 1, "strict"), ("stderr", 2, "backslashreplace")):
        bytes_ = os.fdopen(number, "wb", 0 if through else -1, closefd=False)
        text = io.TextIOWrapper(bytes_, "utf-8", errors, line_buffering=number == 2, write_through=through)
        setattr(sys, name, text)
    module, *words = wish["words"]
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _serve(line: socket.socket) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the keyboard's is for whoever was started
    for name in EARLY:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    try:
        line.send(b"ready")
    except BrokenPipeError:
        return  # the tests are over already
    for wish, files in _wishes(line):
        told, tell = os.pipe()
        between = os.fork()
        if between == 0:
            child = os.fork()
            if child:
                os.write(tell, str(child).encode())
                os._exit(0)
            line.close()
            os.close(told)
            os.close(tell)
            _become(wish, files)
            return
        os.waitpid(between, 0)
        line.send(os.read(told, 16))
        for file in (told, tell, *files):
            os.close(file)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
