"""Lines over input devices, ``/dev/input/…``: every chunk is ``struct input_event`` records.

A keypad that looks like a keyboard to the kernel would type into whatever program has the screen, so
its files are grabbed: nobody else hears its keys. Many pads show up as two input devices, keys on
either; all files of one USB device are opened and grabbed together, found by the place the kernel
names for each (``usb-0000:00:14.0-2/input0``, ``…/input1``). Event times are those of the monotonic
clock. Kernel interface: include/uapi/linux/input.h.
"""

from __future__ import annotations

import array
import errno
import fcntl
import os
import re
import time
from contextlib import suppress
from pathlib import Path

from drivers.errors import ConfigurationError
from drivers.transport.address import format_address
from drivers.transport.api import Address
from drivers.transport.node import NodeLine, cannot_open, did_not_open
from drivers.transport.opening import open_in_thread
from drivers.transport.stream import Timing, Traffic

EVIOCGRAB = 0x40044590
EVIOCSCLOCKID = 0x400445A0
_PLACE = re.compile(r"(.+)/input[0-9]+")


class InputFiles:
    """How the system's input devices are found and grabbed."""

    def __init__(self, sysfs: Path = Path("/sys"), folder: Path = Path("/dev/input")) -> None:
        self._sysfs = sysfs
        self._folder = folder

    def family(self, path: Path) -> list[Path]:
        """``path`` and the other files of the same device, ``path`` first."""
        own = path.resolve()
        place = self._place(own.name)
        found = [path]
        if place:
            classes = self._sysfs / "class" / "input"
            for name in sorted(entry.name for entry in classes.glob("event*")):
                if name != own.name and self._place(name) == place:
                    found.append(self._folder / name)
        return found

    def grab(self, file: int) -> None:
        """Take a device's keys for ourselves. Raises OSError, EBUSY where somebody else has them."""
        fcntl.ioctl(file, EVIOCGRAB, 1)
        with suppress(OSError):
            fcntl.ioctl(file, EVIOCSCLOCKID, array.array("i", [time.CLOCK_MONOTONIC]))

    def _place(self, name: str) -> str:
        """Where the kernel says the device is plugged in; empty when it doesn't say."""
        try:
            phys = (self._sysfs / "class" / "input" / name / "device" / "phys").read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""
        found = _PLACE.fullmatch(phys)
        return found[1] if found else ""


async def open_evdev(
    address: Address, traffic: Traffic | None, timing: Timing, system: InputFiles | None = None
) -> NodeLine:
    """Open and grab all files of the device; see `drivers.transport.line.open_line` for the errors.

    Closing a file lets its grab go.
    """
    try:
        files = await open_in_thread(
            lambda: _open_all(address, system or InputFiles()), _close_all, timing.connect
        )
    except TimeoutError:
        raise did_not_open(format_address(address), timing.connect) from None
    return NodeLine(address, files, traffic, timing)


def _open_all(address: Address, system: InputFiles) -> list[int]:
    where = format_address(address)
    files: list[int] = []
    try:
        for path in system.family(Path(address.target)):
            files.append(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY))
            system.grab(files[-1])
    except OSError as error:
        _close_all(files)
        if error.errno in {errno.ENOTTY, errno.EINVAL}:
            raise ConfigurationError("address.bad", f"{where}: this is not an input device") from error
        raise cannot_open(where, error, "input") from error
    return files


def _close_all(files: list[int]) -> None:
    for file in files:
        os.close(file)
