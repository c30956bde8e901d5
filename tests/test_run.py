"""``kioskd run`` as a process: what it says, and what it keeps to itself."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks.hubs import ROOT, bare_hall
from kioskd.app import STATION_STORE, SettingsRefusedError, own_urls, run_hub
from kioskd.commands.start_texts import explain
from kioskd.settings import load
from kioskd.station.clock import SystemClock
from kioskd.station.store import Store
from kioskd.web.settings import WebSettings

pytestmark = pytest.mark.on_disk

SAMPLE = ROOT / "config" / "sample" / "station.toml"
PATIENCE_S = 60.0


async def test_a_station_on_a_folder_that_another_has(tmp_path: Path) -> None:
    first = Store(tmp_path / STATION_STORE, SystemClock())
    await first.start()
    try:
        async with asyncio.timeout(PATIENCE_S):
            second = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "kioskd", "run", str(SAMPLE), "--data", str(tmp_path)),
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            ready, said = await second.communicate()
    finally:
        await first.close()
    assert second.returncode == 1
    assert ready == b"", "ready is said only by a station that is"
    assert f"数据目录 {tmp_path} 正被另一个 kioskd 使用" in said.decode()
    assert f"Another kioskd is using the data folder {tmp_path}" in said.decode()
    assert "Traceback" not in said.decode()


async def test_a_station_that_nobody_paired_says_how(tmp_path: Path) -> None:
    station = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "kioskd", "run", str(SAMPLE), "--data", str(tmp_path)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert station.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            assert await station.stdout.readline() == b"station ready: window-1\n"
    finally:
        station.send_signal(signal.SIGTERM)
        _, said = await station.communicate()
    assert "在主机上运行 kioskd pair window-1" in said.decode()
    assert station.returncode == 0


@pytest.mark.parametrize("nohup", [False, True], ids=["", "nohup"])
async def test_a_terminal_that_closes_ends_a_station_in_order(tmp_path: Path, nohup: bool) -> None:
    station = await asyncio.create_subprocess_exec(
        *(["nohup"] if nohup else []),
        *(sys.executable, "-m", "kioskd", "run", str(SAMPLE), "--data", str(tmp_path)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert station.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            assert await station.stdout.readline() == b"station ready: window-1\n"
            station.send_signal(signal.SIGHUP)
            if nohup:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.5):
                        await station.wait()
                station.send_signal(signal.SIGTERM)
            assert await station.wait() == 0
    finally:
        if station.returncode is None:
            station.kill()
        await station.communicate()


def test_a_hub_in_a_terminal_that_closes_ends_in_order(tmp_path: Path) -> None:
    words = (sys.executable, "-m", "kioskd", "run", bare_hall(tmp_path), "--data", tmp_path / "data")
    terminal, far_end = pty.openpty()
    hub = subprocess.Popen(
        ["setsid", "--ctty", *words, "--port", "0"], cwd=ROOT, stdin=far_end, stdout=far_end, stderr=far_end
    )
    os.close(far_end)
    said = b""
    while b"hall ready" not in said:
        said += os.read(terminal, 4096)
    os.close(terminal)
    assert hub.wait(PATIENCE_S) == 0


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /api/v1/tickets HTTP/1.1\r\nHost: hall\r\nContent-Length: 110101199001011234x\r\n\r\n",
        b"GET /api/v1/services?search=" + b"110101199001011234" * 600 + b" HTTP/1.1\r\nHost: hall\r\n\r\n",
        b"110101199001011234\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_answered_and_quoted_nowhere(tmp_path: Path, request_bytes: bytes) -> None:
    hub = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "kioskd", "run", str(bare_hall(tmp_path)), "--data", str(tmp_path / "data"), "--port", "0"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert hub.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            port = int((await hub.stdout.readline()).rsplit(b":", 1)[1].strip(b"/\n"))
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request_bytes)
            assert (await reader.readline()).split()[1] in (b"400", b"431")
            writer.close()
    finally:
        hub.send_signal(signal.SIGTERM)
        _, said = await hub.communicate()
    assert b"110101199001011234" not in said
    assert b"Traceback" not in said


async def refused(*arguments: object) -> str:
    """Run ``kioskd run``, which must not start; return what it says."""
    async with asyncio.timeout(PATIENCE_S):
        hub = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "kioskd", "run", *(str(argument) for argument in arguments)),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        ready, said = await hub.communicate()
    assert (hub.returncode, ready) == (1, b"")
    assert "Traceback" not in said.decode()
    return said.decode()


async def test_a_port_that_another_has(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = await refused(bare_hall(tmp_path), "--data", tmp_path / "data", "--port", port)
    assert f"地址 127.0.0.1:{port} 不能使用：正被别的程序使用。" in said
    assert f"127.0.0.1:{port} cannot be used: another program is using it." in said


async def test_a_data_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = await refused(bare_hall(tmp_path), "--data", tmp_path / "file" / "data", "--port", 0)
    assert f"不能启动：{tmp_path}/file/data：路径里有一段不是目录。" in said
    assert "a part of the path is no folder" in said


async def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    sentences = (
        f"不能启动：{file}：路径里有一段不是目录。\nCannot start: {file}: a part of the path is no folder.\n"
    )
    # With settings, and where there are none yet and a page would ask for them.
    assert await refused(bare_hall(tmp_path), "--data", file, "--port", 0) == sentences
    assert await refused(tmp_path / "none" / "hall.toml", "--data", file, "--port", 0) == sentences


async def test_links_that_lead_round_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "hall.toml").symlink_to("hall.toml")
    (tmp_path / "data").symlink_to("data")
    said = await refused(tmp_path, "--data", tmp_path / "new", "--port", 0)
    assert "hall.toml: 无法读取：链接绕成了一圈\n" in said, "and no page sets another hall up in its place"
    (tmp_path / "hall.toml").unlink()
    said = await refused(bare_hall(tmp_path), "--data", tmp_path / "data", "--port", 0)
    assert f"Cannot start: {tmp_path}/data: its links lead round in a circle." in said


async def test_rules_that_are_refused_with_no_others_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(bare_hall(tmp_path))
    # What the settings' own checks would never let through, lest the heart and they ever disagree.
    rules = msgspec.structs.replace(settings.rules, windows=())
    with pytest.raises(SettingsRefusedError) as refusal:
        async with run_hub(msgspec.structs.replace(settings, rules=rules), tmp_path / "data", port=0):
            pytest.fail("a hall without windows was run")
    assert refusal.value.code == "bad_rules"
    assert "设置未能生效：设置 windows 有误" in explain(refusal.value, tmp_path, "zh")
    assert "The settings were not applied: " in explain(refusal.value, tmp_path, "en")


@pytest.mark.parametrize(
    ("host", "url"), [("10.0.0.5", "http://10.0.0.5:8080"), ("::1", "http://[::1]:8080")]
)
def test_where_other_pcs_reach_a_hub(host: str, url: str) -> None:
    assert own_urls(WebSettings(host=host), 8080) == (url,)
    assert not any("::" in everywhere for everywhere in own_urls(WebSettings(host="::"), 8080))
