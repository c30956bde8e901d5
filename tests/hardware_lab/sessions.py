"""What the lab does, one virtual PC each."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from tests.hardware_lab import monitor
from tests.hardware_lab.kernel import Kernel
from tests.hardware_lab.machine import machine

ROOT = Path(__file__).parents[2]
Say = Callable[[str], None]

_MODULES = "vhci-hcd xhci_pci ftdi_sio usbhid usblp uinput evdev"


class Lab(msgspec.Struct, frozen=True):
    """What every session needs."""

    kernel: Kernel
    accelerator: str
    cache: Path
    pytest: str = ""
    """Further words for pytest."""


async def devices(lab: Lab, say: Say) -> None:
    """The drivers, in the tests' own process, against devices of the kernel; udevd makes their files."""
    rules = ROOT / "config" / "udev" / "70-kioskd.rules"
    script = f"""
        set -e
        systemd-sysusers {ROOT}/systemd/kioskd.sysusers
        mkdir -p /etc/udev/rules.d
        cp {rules} /etc/udev/rules.d/
        /lib/systemd/systemd-udevd --daemon
        modprobe -a {_MODULES}
        {pytest_in("devices", lab.pytest)}
    """
    async with machine(
        lab.kernel, script, say, accelerator=lab.accelerator, hardware=monitor.hardware()
    ) as pc:
        await pc.session()


def pytest_in(folder: str, words: str) -> str:
    """A shell line that runs the tests of a folder of the lab."""
    python, root = shlex.quote(sys.executable), shlex.quote(str(ROOT))
    return (
        f"cd {root} && export KIOSKD_HARDWARE_LAB=1 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 && {python} -m pytest"
        f" -p pytest_asyncio.plugin -p pytest_timeout -p no:cacheprovider --confcutdir tests/hardware_lab"
        f" -vv --tb short --durations 5 {words} tests/hardware_lab/{folder}"
    )


SESSIONS: dict[str, Callable[[Lab, Say], Awaitable[None]]] = {"devices": devices}
