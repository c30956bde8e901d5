"""``kioskd demo`` as people and programs meet it."""

from __future__ import annotations

import asyncio
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from tests.demo.hall import DemoHall, command

ROLES = {"kiosk", "teller", "guide", "lead", "technician", "auditor", "integrator", "admin"}


async def test_a_hall_for_programs_that_goes_on_where_it_was(tmp_path: Path) -> None:
    data = tmp_path / "a folder with blanks"
    with DemoHall(data, "--headless") as hall:
        file = data / "tokens.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        open_to_others = [one for one in data.glob("*.db*") if stat.S_IMODE(one.stat().st_mode) != 0o600]
        assert open_to_others == []
        assert (data / "documents.db").exists()
        tokens = hall.tokens
        assert set(tokens) == ROLES
        status, body = await hall.ask("lead", "GET", "/api/v1/windows")
        assert status == 200
        assert all(window["teller"] for window in body), "staffed from the start"
        devices = await hall.until(
            "/api/v1/devices", lambda all_: all(one["status"]["state"] == "online" for one in all_)
        )
        assert len(devices) == 25
        assert (await hall.ask("kiosk", "GET", "/virtual/events"))[0] == 404, "headless: no virtual hall"
        numbers = []
        for _ in range(5):
            status, ticket = await hall.ask("kiosk", "POST", "/api/v1/tickets", {"queue": "general"})
            assert status == 201
            numbers.append(ticket["number"])
        status, called = await hall.ask("teller", "POST", "/api/v1/windows/1/call-next", {})
        assert (status, called["ticket"]["number"]) == (200, numbers[0])
        assert hall.end() == 0
        assert "Traceback" not in hall.errors
        assert "hall ready" not in hall.errors, "the ready line stands alone on stdout"
    with DemoHall(data, "--headless") as again:
        assert again.tokens == tokens
        status, body = await again.ask("kiosk", "GET", "/api/v1/hall")
        assert body["waiting"] == 4
        assert next(window for window in body["windows"] if window["id"] == "1")["number"] == numbers[0]
        status, ticket = await again.ask("kiosk", "POST", "/api/v1/tickets", {"queue": "general"})
        assert ticket["number"] == "A006"
        assert again.end(signal.SIGTERM) == 0


def refused(*arguments: str) -> str:
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_stands_in_the_way_is_said_in_one_sentence(tmp_path: Path) -> None:
    with DemoHall(tmp_path / "busy", "--headless") as hall:
        said = refused("--headless", "--port", "0", "--data", str(hall.data))
        assert f"进程 {hall.process.pid} 正在使用数据目录" in said
        said = refused(
            "--headless", "--port", str(hall.port), "--data", str(tmp_path / "other"), "--lang", "en"
        )
        assert f"port {hall.port} cannot be used" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--pad-3", "usb://1:2", "--lang", "en"), "a device's address is wrong (usb://1:2): “1:2” is wrong"),
        (("--printer", "tcp://10.0.0.9:9100", "--speed", "60"), "接真实设备时不能加快时间"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    assert sentence in refused("--headless", "--port", "0", "--data", str(tmp_path), *arguments)


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = refused("--headless", "--port", "0", "--data", str(tmp_path / "file" / "data"))
    assert "数据目录不能使用" in said


async def test_a_foreign_device_takes_a_simulators_place(tmp_path: Path) -> None:
    asked = asyncio.Event()
    left = asyncio.Event()

    async def printer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            if b"\x10\x04" in data:
                asked.set()
        writer.close()
        await writer.wait_closed()
        left.set()

    server = await asyncio.start_server(printer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        with DemoHall(tmp_path, "--headless", "--printer", f"tcp://127.0.0.1:{port}"):
            async with asyncio.timeout(20):
                await asked.wait()
        async with asyncio.timeout(20):
            await left.wait()
    finally:
        server.close()
        await server.wait_closed()
