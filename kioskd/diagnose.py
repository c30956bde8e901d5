"""The bundle that a hall sends to whoever helps it from outside: a ZIP of a few JSON files.

Built by allow-list: only what is named here gets in, and no text that a person wrote. What could not be
had stands in ``README.txt`` instead of being left out silently.
"""

from __future__ import annotations

import asyncio
import io
import platform
import sqlite3
import sys
import zipfile
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import apsw
import msgspec

from drivers.status import DeviceStatus
from kioskd.journal.database import DATABASE_NAME
from kioskd.journal.errors import JournalError
from kioskd.journal.guard import GUARD_NAME, read_guard
from kioskd.journal.keys import KEY_NAME, load_keys
from kioskd.journal.verify import Report, verify
from kioskd.logs import LogLine

VERIFY_S = 120.0
"""A year of a busy hall takes longer; then the bundle goes without, and says so."""

PACKAGES = ("kioskd", "aiohttp", "msgspec", "apsw", "cryptography", "structlog")

_README = """kioskd {version}: 诊断包 · diagnose bundle

只收入列明的内容：版本、设置（不含姓名、文字、密钥）、设备状态、最近的日志、日志库核对结果。
没有群众和工作人员的个人信息。
Only what is listed gets in: versions, settings (no names, texts or secrets), states of devices, the last
log lines, and whether the journal is sound. Nothing personal of citizens or staff.

文件 · files
{files}
"""


class DeviceState(msgspec.Struct, frozen=True, kw_only=True):
    """One device without words: ``since`` is UTC in milliseconds."""

    id: str
    device_class: str
    driver: str
    station: str
    window: str | None
    state: str
    code: str
    action: str
    paper: str | None
    since: int


def device_state(
    *,
    id: str,  # noqa: A002
    device_class: str,
    driver: str,
    station: str,
    window: str | None,
    status: DeviceStatus,
    since: int,
) -> DeviceState:
    """Return what of a device goes into a bundle; its ``detail`` doesn't."""
    return DeviceState(
        id=id,
        device_class=device_class,
        driver=driver,
        station=station,
        window=window,
        state=status.state.value,
        code=status.code,
        action=status.action.value,
        paper=status.paper.value if status.paper is not None else None,
        since=since,
    )


class Soundness(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of the journal found: how many findings of each code, and no more of them."""

    events: int
    head: str
    epochs: int
    checkpoints: int
    proven: str
    after_proof: int
    first_bad: str
    found: dict[str, int]


def soundness(report: Report) -> Soundness:
    """Return a report's numbers."""
    return Soundness(
        events=report.events,
        head=str(report.head),
        epochs=report.epochs,
        checkpoints=report.checkpoints,
        proven=str(report.proven.position) if report.proven is not None else "",
        after_proof=report.after_proof,
        first_bad=str(report.first_bad) if report.first_bad is not None else "",
        found=report.found,
    )


def versions() -> dict[str, str]:
    """Return what runs here."""
    return {
        **{name: _version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
        "system_sqlite": sqlite3.sqlite_version,
        "kernel": platform.release(),
        "machine": platform.machine(),
        "system": platform.freedesktop_os_release().get("ID", "") if Path("/etc/os-release").exists() else "",
    }


def check_journal(folder: Path) -> Soundness:
    """Check the journal of a data folder, also while the hall runs. Raises `JournalError` and OSError."""
    report = verify(
        folder / DATABASE_NAME, keys=load_keys(folder / KEY_NAME), guard=read_guard(folder / GUARD_NAME)
    )
    return soundness(report)


async def checked_aside(folder: Path, limit: float = VERIFY_S) -> Soundness | None:
    """Check a journal in a process of its own, politely; None when it did not end in time or failed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "kioskd.diagnose",
        str(folder),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(limit):
            said, _ = await process.communicate()
        return msgspec.json.decode(said, type=Soundness) if process.returncode == 0 else None
    except (TimeoutError, msgspec.DecodeError):
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def bundle(
    *,
    settings: Mapping[str, Any] | None,
    devices: Iterable[DeviceState] | None,
    hub: Mapping[str, Any] | None,
    lines: Iterable[LogLine] | None,
    journal: Soundness | None,
) -> bytes:
    """Return the ZIP; ``settings`` as `kioskd.settings.shown` chose them, None for what is not to be had."""
    parts: dict[str, bytes | None] = {
        "versions.json": _json(versions()),
        "settings.json": _json(settings),
        "devices.json": _json(None if devices is None else list(devices)),
        "hub.json": _json(hub),
        "log.jsonl": None
        if lines is None
        else b"".join(msgspec.json.encode(line.strict()) + b"\n" for line in lines),
        "journal.json": _json(journal),
    }
    told = "\n".join(
        f"{name}{'' if data is not None else '  没有取到 · not to be had'}" for name, data in parts.items()
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _README.format(version=_version("kioskd"), files=told))
        for name, data in parts.items():
            if data is not None:
                archive.writestr(name, data)
    return made.getvalue()


def _json(value: object) -> bytes | None:
    return None if value is None else msgspec.json.format(msgspec.json.encode(value), indent=2)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _check_and_print() -> int:
    import os

    os.nice(10)
    try:
        found = check_journal(Path(sys.argv[1]))
    except (JournalError, OSError, apsw.Error):
        return 1
    sys.stdout.buffer.write(msgspec.json.encode(found))
    return 0


if __name__ == "__main__":
    sys.exit(_check_and_print())
