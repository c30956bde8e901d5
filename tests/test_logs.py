"""What nobody waits for in the event loop: told once, where a technician looks, and not twice."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterator

import pytest
import serialx
import structlog

from kioskd import logs

PATIENCE_S = 30.0


@pytest.fixture
def book() -> Iterator[logs.LogBook]:
    before = structlog.get_config()
    logs.set_up()
    yield logs.kept()
    structlog.configure(**before)


class _Port(asyncio.Protocol):
    def __init__(self) -> None:
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def connection_lost(self, error: Exception | None) -> None:
        self.lost.set_result(error)


async def test_a_port_that_goes_while_written_to_tells_its_driver_and_nobody_else(
    book: logs.LogBook, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.hear_loop()
    far, near = os.openpty()
    try:
        transport, port = await serialx.create_serial_connection(
            asyncio.get_running_loop(), _Port, os.ttyname(near), baudrate=9600
        )

        def gone(_fd: int, _data: bytes) -> int:
            raise OSError(errno.ENODEV, "No such device")

        with monkeypatch.context() as pulled:
            pulled.setattr(os, "write", gone)
            transport.write(b"\xff\x68")
        async with asyncio.timeout(PATIENCE_S):
            error = await port.lost
    finally:
        os.close(far)
        os.close(near)
    assert isinstance(error, OSError)
    assert error.errno == errno.ENODEV
    assert book.lines() == []
    assert capfd.readouterr().err == ""


async def test_a_task_that_nobody_waits_for_is_in_the_log_that_technicians_read(book: logs.LogBook) -> None:
    logs.hear_loop()

    async def fails() -> None:
        raise OSError(errno.EIO, "Input/output error")

    task = asyncio.create_task(fails())
    await asyncio.wait({task})
    del task
    (line,) = book.lines()
    assert (line.level, line.event) == ("error", "loop.failed")
    assert "OSError" in line.fields["exception"]
