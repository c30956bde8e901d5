"""A scanner on a serial port: each line it sends is a scan. One that goes is looked for until it is back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import serial

AGAIN_S = 2.0
LONGEST = 512

log = logging.getLogger("kiosk")


async def follow(port: str, baudrate: int, scanned: Callable[[str], None]) -> None:
    """Report what a scanner reads, for ever."""
    there: bool | None = None
    while True:
        try:
            with serial.Serial(port, baudrate, timeout=0, exclusive=True) as line:
                if there is not True:
                    log.info("scanner there: %s", port)
                there = True
                await _read(line, scanned)
        except (serial.SerialException, OSError) as error:
            if there is not False:
                log.warning("scanner away: %s: %s", port, error)
            there = False
        await asyncio.sleep(AGAIN_S)


async def _read(line: serial.Serial, scanned: Callable[[str], None]) -> None:
    """Read lines until the port is gone."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(line.fileno(), readable.set)
    kept = b""
    try:
        while True:
            await readable.wait()
            readable.clear()
            some = line.read(4096)
            if not some:
                # Told twice of the same bytes; a port that is gone makes `read` raise.
                continue
            *whole, kept = (kept + some).replace(b"\r", b"\n").split(b"\n")
            kept = kept[-LONGEST:]
            for text in whole:
                if text.strip():
                    scanned(text.decode("ascii", "replace").strip())
    finally:
        loop.remove_reader(line.fileno())
