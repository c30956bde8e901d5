"""The driver and a real CUPS, where one is installed: a job is taken whole and reported as printed."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from drivers.office_printer.ipp.driver import IppPrinter
from drivers.outcome import Outcome

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
CUPSD, LPADMIN = shutil.which("cupsd", path=PATH), shutil.which("lpadmin", path=PATH)
FOLDERS = ("root", "spool", "cache", "state", "tmp")
PDF = b"%PDF-1.7\n" + b"one page\n" * 500

pytestmark = pytest.mark.skipif(
    CUPSD is None or LPADMIN is None or os.geteuid() != 0,
    reason="a CUPS of its own takes cupsd, lpadmin and root",
)


def _settings(folder: Path, port: int) -> None:
    for name in FOLDERS:
        (folder / name).mkdir(mode=0o755)
    may = "Order allow,deny\nAllow all\n"
    places = "".join(f"<Location {where}>\n{may}</Location>\n" for where in ("/", "/admin"))
    (folder / "root" / "cupsd.conf").write_text(
        f"Listen 127.0.0.1:{port}\nDefaultAuthType None\nWebInterface No\nBrowsing No\nPreserveJobFiles Yes\n"
        f"{places}<Policy default>\n<Limit All>\n{may}</Limit>\n</Policy>\n"
    )
    (folder / "root" / "cups-files.conf").write_text(
        f"ServerRoot {folder}/root\nRequestRoot {folder}/spool\nCacheDir {folder}/cache\n"
        f"StateDir {folder}/state\n"
        f"TempDir {folder}/tmp\nAccessLog {folder}/access\nErrorLog {folder}/error\nPageLog {folder}/page\n"
        "FileDevice Yes\nSystemGroup root\n"
    )


@pytest_asyncio.fixture
async def queue(tmp_path: Path) -> AsyncIterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    await asyncio.to_thread(_settings, tmp_path, port)
    root = tmp_path / "root"
    assert CUPSD is not None
    assert LPADMIN is not None
    process = await asyncio.create_subprocess_exec(
        CUPSD, "-f", "-c", str(root / "cupsd.conf"), "-s", str(root / "cups-files.conf")
    )
    try:
        async with asyncio.timeout(60):
            while True:  # until it listens
                made = await asyncio.create_subprocess_exec(
                    *(LPADMIN, "-h", f"127.0.0.1:{port}", "-p", "office", "-E"),
                    *("-v", f"file:{tmp_path}/paper", "-m", "raw"),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                if await made.wait() == 0:
                    break
                await asyncio.sleep(0.1)
        yield f"ipp://127.0.0.1:{port}/printers/office"
    finally:
        process.terminate()
        await process.wait()


async def test_a_job_is_taken_whole_and_reported_as_printed(queue: str, tmp_path: Path) -> None:
    result = await IppPrinter(queue, look_s=0.1).print(PDF, "A012 告知单", user="li")
    assert result.outcome is Outcome.DONE
    (spooled,) = (tmp_path / "spool").glob("d*")
    assert spooled.read_bytes() == PDF
    other = await IppPrinter(queue.replace("office", "nobody")).print(PDF, "A012")
    assert (other.outcome, other.code) == (Outcome.FAILED, "printer.refused")
