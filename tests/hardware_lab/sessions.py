"""What the lab does, one virtual PC each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from tests.hardware_lab import install, monitor, needs
from tests.hardware_lab.install import PYTHON, ROOT
from tests.hardware_lab.kernel import Kernel
from tests.hardware_lab.machine import machine

Say = Callable[[str], None]

_MODULES = "vhci-hcd xhci_pci ftdi_sio usbhid usblp uvcvideo uinput evdev"


_RULES = f"""
        systemd-sysusers {ROOT}/systemd/kioskd.sysusers
        mkdir -p /etc/udev/rules.d
        cp {ROOT}/config/udev/70-kioskd.rules /etc/udev/rules.d/"""
_UNWANTED = (
    *("systemd-tmpfiles-setup.service", "systemd-tmpfiles-clean.timer", "systemd-udev-trigger.service"),
    *("systemd-hwdb-update.service", "systemd-binfmt.service", "systemd-sysctl.service", "getty.target"),
)
"""What costs a start of systemd time and no hall PC of the lab needs."""


class Lab(msgspec.Struct, frozen=True):
    """What every session needs."""

    kernel: Kernel
    accelerator: str
    cache: Path
    pytest: str = ""
    """Further words for pytest."""


async def devices(lab: Lab, say: Say) -> None:
    """The drivers, in the tests' own process, against devices of the kernel; udevd makes their files."""
    script = f"""
        set -e
        {_RULES}
        /lib/systemd/systemd-udevd --daemon
        modprobe -a {_MODULES}
        {pytest_in("devices", lab.pytest)}
    """
    async with machine(
        lab.kernel, script, say, accelerator=lab.accelerator, hardware=monitor.hardware()
    ) as pc:
        await pc.session()


async def hall_pc(lab: Lab, say: Say) -> None:
    """The daemon as a hall's PC runs it: by its own unit under systemd, with devices plugged in."""
    script = f"""
        set -e
        {_RULES}
        udevadm control --reload
        modprobe -a {_MODULES}
        {install.script()}
        {pytest_in("hall_pc", lab.pytest)}
    """
    await _under_systemd(lab, script, say, monitor.hardware())


async def screen(lab: Lab, say: Say) -> None:
    """The kiosk's own session: a real X server on a graphics card, and keys that lead nowhere."""
    needs.check_screen()
    put = "from kioskd.install import layout, place; from pathlib import Path"
    put += f"; place.put_system_files(layout.Layout(), Path('{ROOT}'), ['hub', 'kiosk'])"
    script = f"""
        set -e
        {_RULES}
        {install.script()}
        cd {ROOT} && {PYTHON} -c "{put}"
        systemctl daemon-reload
        udevadm control --reload
        modprobe -a {_MODULES} bochs
        udevadm trigger
        systemctl start dbus.socket systemd-logind
        {pytest_in("screen", lab.pytest)}
    """
    await _under_systemd(lab, script, say, [*monitor.hardware(), "-device", "VGA"])


async def _under_systemd(lab: Lab, script: str, say: Say, hardware: Sequence[str]) -> None:
    masked = " ".join(f"systemd.mask={unit}" for unit in _UNWANTED)
    async with machine(
        lab.kernel,
        script,
        say,
        accelerator=lab.accelerator,
        init="/lib/systemd/systemd",
        words=f"systemd.unit=lab.target {masked}",
        hardware=hardware,
    ) as pc:
        await pc.session()


def pytest_in(folder: str, words: str) -> str:
    """A shell line that runs the tests of a folder of the lab."""
    return (
        f"cd {ROOT} && export KIOSKD_HARDWARE_LAB=1 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 && {PYTHON} -m pytest"
        f" -p pytest_asyncio.plugin -p pytest_timeout -p no:cacheprovider --confcutdir tests/hardware_lab"
        f" -vv --tb short --show-capture no --timeout 0 --durations 5 {words} tests/hardware_lab/{folder}"
    )
