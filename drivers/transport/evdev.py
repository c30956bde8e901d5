"""Lines over input devices, ``/dev/input/…``: every chunk is ``struct input_event`` records.

A keypad that looks like a keyboard to the kernel would type into whatever program has the screen, so
its files are grabbed: nobody else hears its keys. Many pads show up as two input devices, keys on
either; all files of one USB device are opened and grabbed together, found by the place the kernel
names for each (``usb-0000:00:14.0-2/input0``, ``…/input1``). The kernel makes them one after the other and
udev lets us open them later still, so those that come after the first join it. Event times are those of
the monotonic clock. Kernel interface: include/uapi/linux/input.h.
"""

from __future__ import annotations

import array
import asyncio
import errno
import fcntl
import os
import re
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from drivers.errors import ConfigurationError
from drivers.facts import errno_name, fact
from drivers.transport.address import format_address
from drivers.transport.api import Address
from drivers.transport.node import NodeLine, cannot_open, did_not_open
from drivers.transport.opening import open_in_thread
from drivers.transport.stream import Timing, Traffic

EVIOCGRAB = 0x40044590
EVIOCSCLOCKID = 0x400445A0
_LATER = (0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 4.0)
"""Pauses, in seconds, between looks for more files of a device that was just opened: ten seconds in all."""
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
) -> InputLine:
    """Open and grab all files of the device; see `drivers.transport.line.open_line` for the errors.

    Closing a file lets its grab go.
    """
    system = system or InputFiles()
    try:
        files = await open_in_thread(lambda: _open_all(address, system), _close_all, timing.connect)
    except TimeoutError:
        raise did_not_open(format_address(address), timing.connect) from None
    return InputLine(address, files, system, traffic, timing)


class InputLine(NodeLine):
    """A line on the files of one input device, by their paths without links."""

    def __init__(
        self,
        address: Address,
        files: dict[Path, int],
        system: InputFiles,
        traffic: Traffic | None,
        timing: Timing,
    ) -> None:
        super().__init__(address, tuple(files.values()), traffic, timing)
        self._system = system
        self._known = set(files)
        self._looking = asyncio.create_task(self._look(), name=f"more files of {self._where}")

    async def _look(self) -> None:
        denied: OSError | None = None
        for pause in _LATER:
            await asyncio.sleep(pause)
            denied = None
            try:
                more = await open_in_thread(
                    lambda: _open_more(self.address, self._system, self._known),
                    _close_all,
                    self._timing.connect,
                )
            except OSError as error:
                # Until udev has given the file to its group, for the first moments.
                denied = error
                continue
            for path, file in more.items():
                self._known.add(path)
                self._join(file)
        if denied is not None:
            # Keys that nobody hears must not look like a healthy pad; opening it anew says what is wrong.
            text = denied.strerror or denied
            self._lose(fact("input.other_file", error=errno_name(denied), text=text))

    async def _release(self) -> None:
        self._looking.cancel()
        await asyncio.gather(self._looking, return_exceptions=True)
        await super()._release()


def _open_all(address: Address, system: InputFiles) -> dict[Path, int]:
    where = format_address(address)
    try:
        return _open_more(address, system, ())
    except OSError as error:
        if error.errno in {errno.ENOTTY, errno.EINVAL}:
            raise ConfigurationError(
                "address.bad", fact("input.no_device"), fact("line.at", where=where)
            ) from error
        raise cannot_open(where, error, "input") from error


def _open_more(address: Address, system: InputFiles, known: Collection[Path]) -> dict[Path, int]:
    """Open and grab the files that are not ``known``, all or none. Raises OSError."""
    files: dict[Path, int] = {}
    try:
        for path in system.family(Path(address.target)):
            real = path.resolve()
            if real not in known:
                files[real] = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
                system.grab(files[real])
    except OSError:
        _close_all(files)
        raise
    return files


def _close_all(files: dict[Path, int]) -> None:
    for file in files.values():
        os.close(file)
