"""The power of a whole PC is cut while its hub issues tickets: what was acknowledged is there afterwards.

The citizens are outside the PC, so an answer that they have had has truly left it; the hub's data is on a
disk that loses what was not flushed.
"""

from __future__ import annotations

import asyncio
import random
import socket
import subprocess
import tempfile
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from benchmarks.hubs import bare_hall, hub
from kioskd.access.roles import Role
from kioskd.access.tokens import FILE_NAME, TokenStore
from tests.hardware_lab.install import PYTHON, ROOT
from tests.hardware_lab.machine import LabError, machine
from tests.hardware_lab.sessions import Lab, Say
from tests.hardware_lab.volatile_disk import volatile_disk
from tests.system.test_kill import Citizens, issued

CUTS = 10
_START_S = 120.0
_CROWD_S = 120.0
_DISK_MB = 96
_PORT = 8080


async def power_cuts(lab: Lab, say: Say) -> None:
    """Cut the power ten times on one disk, then see what is on it. Raises AssertionError."""
    with tempfile.TemporaryDirectory(prefix="kioskd-cuts-") as name:
        folder = Path(name)
        image, token = _disk(folder)
        hall = bare_hall(folder)
        hall.write_text(hall.read_text("utf-8").replace('host = "127.0.0.1"', 'host = "0.0.0.0"'), "utf-8")
        citizens, dice = Citizens(), random.Random(10)
        for n in range(CUTS):
            # Of what the disk had not written: nothing, half or all of it.
            kept = (0.0, 0.5, 1.0)[n % 3]
            await _until_cut(lab, folder, token, citizens, dice, kept, _numbered(say, n + 1))
        data = _recovered(image, folder)
        await asyncio.to_thread(_verify, hall, data, citizens)
        say(f"{len(citizens.acknowledged)} tickets acknowledged, none lost, none twice, chain verified")


def _numbered(say: Say, cut: int) -> Say:
    return lambda text: say(f"cut {cut}: {text}")


async def _until_cut(
    lab: Lab, folder: Path, token: str, citizens: Citizens, dice: random.Random, kept: float, say: Say
) -> None:
    port = _free_port()
    ready = asyncio.Event()

    def hear(text: str) -> None:
        if text.startswith("hall ready: "):
            ready.set()
        elif text:
            say(text)

    script = f"""
        modprobe -a virtio_blk virtio_net ext4
        busybox ip addr add 10.0.2.15/24 dev eth0
        busybox ip link set eth0 up
        mkdir /hall && mount -t ext4 /dev/vda /hall || exit 1
        cd {ROOT} && exec 2>/dev/ttyS0
        exec {PYTHON} -m kioskd run {folder}/hall.toml --data /hall/data --port {_PORT}
    """
    hardware = [
        *("-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:{_PORT}"),
        *("-device", "virtio-net-pci,netdev=net"),
        *("-drive", f"if=none,id=disk,format=raw,cache=none,file=nbd+unix:///?socket={folder}/nbd"),
        *("-device", "virtio-blk-pci,drive=disk"),
    ]
    async with (
        volatile_disk(folder / "disk", folder / "nbd") as disk,
        machine(lab.kernel, script, hear, accelerator=lab.accelerator, hardware=hardware) as pc,
    ):
        async with asyncio.timeout(_START_S):
            await _either(ready.wait(), pc.session())
        if citizens.acknowledged:
            await citizens.come_back(port, token)
        before = len(citizens.acknowledged)
        unflushed = -1
        nth = dice.randrange(1, 6)

        def cut() -> None:
            nonlocal unflushed
            unflushed = disk.cut_power(kept, dice)
            pc.cut_power()

        def enough() -> None:
            nonlocal nth
            if nth:
                disk.on_write(nth, cut)
            nth = 0

        async with asyncio.timeout(_CROWD_S):
            await citizens.crowd(port, token, dice.randrange(20, 120), enough)
        say(
            f"{len(citizens.acknowledged) - before} tickets, {len(citizens.unanswered)} under way,"
            f" {disk.flushes} flushes, {unflushed} sectors unflushed, {kept:.0%} of them kept"
        )


async def _either(wanted: Coroutine[Any, Any, object], session: Coroutine[Any, Any, None]) -> None:
    """Wait for what is wanted; raise what the session raises when it ends before."""
    tasks = [asyncio.ensure_future(wanted), asyncio.ensure_future(session)]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task not in done:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if tasks[0] not in done:
        tasks[1].result()
        raise LabError("the hub ended before it was ready")


def _disk(folder: Path) -> tuple[Path, str]:
    """An image with the hub's data folder, which holds the citizens' token."""
    data = folder / "first" / "data"
    data.mkdir(parents=True)
    tokens = TokenStore.open(data / FILE_NAME)
    token = tokens.add(Role.ADMIN, "caller")[1]
    tokens.close()
    (data / "caller.token").write_text(token)
    image = folder / "disk"
    with image.open("wb") as file:
        file.truncate(_DISK_MB * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", "-d", data.parent, image], check=True, timeout=60)
    return image, token


def _recovered(image: Path, folder: Path) -> Path:
    """The data folder, once the file system's own journal is played back."""
    subprocess.run(["e2fsck", "-p", image], stdout=subprocess.DEVNULL, check=False, timeout=60)
    looked = subprocess.run(["e2fsck", "-fn", image], capture_output=True, text=True, check=False, timeout=60)
    assert looked.returncode == 0, looked.stdout
    subprocess.run(
        ["debugfs", "-R", f"rdump /data {folder}", image], capture_output=True, check=True, timeout=60
    )
    return folder / "data"


def _verify(hall: Path, data: Path, citizens: Citizens) -> None:
    with hub(hall, data) as running:
        asyncio.run(citizens.come_back(running.port, running.token))
    events = {event.ticket: event for event in asyncio.run(issued(data))}
    for answer in citizens.acknowledged.values():
        assert events[answer["id"]].number == answer["number"], answer
    numbers = Counter(event.number for event in events.values())
    assert [number for number, times in numbers.items() if times > 1] == []
    verified = subprocess.run(
        [PYTHON, "-m", "kioskd", "journal", "verify", "--data", data],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
