"""The project's udev rules under a real udevd: names that stay, and files that the daemon's user may open."""

from __future__ import annotations

import grp
import pwd
import stat
import subprocess
from pathlib import Path

from drivers.printer.escpos.simulator import EscposSimulator
from tests.hardware_lab.devices.conftest import file_like, until
from tests.hardware_lab.monitor import LINES, Monitor
from tests.hardware_lab.usb.keyboard import UsbKeyboard
from tests.hardware_lab.usb.printer import UsbPrinter


def may_open(path: Path, user: str) -> bool:
    """Whether a user with the groups it has may open a file for reading and writing."""
    groups = [group.gr_gid for group in grp.getgrall() if user in group.gr_mem]
    opened = subprocess.run(
        ["sh", "-c", f": <> {path}"],
        user=user,
        group=pwd.getpwnam(user).pw_gid,
        extra_groups=groups,
        stderr=subprocess.DEVNULL,
        timeout=30,
        check=False,
    )
    return opened.returncode == 0


async def is_given_to(path: Path, group: str) -> None:
    """Wait for udevd to have given a device to its group, then see who may open it."""
    real = path.resolve()
    await until(lambda: real.group() == group, f"{real} in group {group}")
    assert stat.S_IMODE(real.stat().st_mode) == 0o660
    assert may_open(real, "kioskd")
    assert not may_open(real, "nobody")


async def test_a_serial_adapter_belongs_to_dialout(hands: Monitor) -> None:
    await hands.plug_serial("adapter", LINES[0])
    await is_given_to(await file_like("/dev/serial/by-path", "*-port0"), "dialout")
    await hands.unplug("adapter")
    await until(lambda: not list(Path("/dev").glob("ttyUSB*")), "no adapter")


async def test_printers_belong_to_lp_and_keep_their_names() -> None:
    printers = [UsbPrinter(port, EscposSimulator(speed=0)) for port in (2, 3)]
    names = [
        Path(f"/dev/usb/by-path/platform-vhci_hcd.0-usb-0:{printer.port + 1}:1.0") for printer in printers
    ]
    numbers = set()
    # Plugged in the other way round, lp0 and lp1 change places; the names must not.
    for order in (printers, printers[::-1]):
        for printer in order:
            printer.plug_in()
            name = names[printers.index(printer)]
            await until(name.exists, str(name))
            await is_given_to(name, "lp")
            bus = Path("/sys/bus/usb/devices") / printer.place
            numbers.add((printer.place, name.resolve().name))
            device = f"{int((bus / 'busnum').read_text()):03}/{int((bus / 'devnum').read_text()):03}"
            await is_given_to(Path("/dev/bus/usb") / device, "lp")
        for printer in order:
            printer.pull_out()
        await until(lambda: not list(Path("/dev/usb").glob("lp*")), "no printer")
    assert len(numbers) == 4


async def test_a_keypad_belongs_to_input() -> None:
    keypad = UsbKeyboard()
    keypad.plug(4)
    await is_given_to(await file_like("/dev/input/by-path", "*usb-0:5:1.0-event-kbd"), "input")
    keypad.unplug()
    await until(lambda: not list(Path("/dev/input/by-path").glob("*vhci*")), "no keypad")
