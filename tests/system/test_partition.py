"""A real network between hall and city is cut and healed: the hall goes on, and at last both logs are one."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.hubs import bare_hall, hub
from tests.system.city import KIOSKD
from tests.system.test_city import caught_up, heard, take_numbers

pytestmark = pytest.mark.on_disk

PORT = 8600


class Wire:
    """A pair of network cards, one of them in a namespace of its own."""

    def __init__(self) -> None:
        self.name = f"kioskd-{os.getpid()}"
        self._near, self._far = f"kd{os.getpid() % 100000}n", f"kd{os.getpid() % 100000}f"
        self._net = f"10.213.{os.getpid() % 250}"
        self.city = f"{self._net}.2"

    def lay(self) -> None:
        ip("netns", "add", self.name)
        ip("link", "add", self._near, "type", "veth", "peer", "name", self._far, "netns", self.name)
        ip("address", "add", f"{self._net}.1/24", "dev", self._near)
        ip("link", "set", self._near, "up")
        for words in (
            ("address", "add", f"{self.city}/24", "dev", self._far),
            ("link", "set", self._far, "up"),
        ):
            ip("-n", self.name, *words)

    def cut(self) -> None:
        """Let packets vanish on the city's side: nobody is told."""
        ip("-n", self.name, "link", "set", self._far, "down")

    def heal(self) -> None:
        ip("-n", self.name, "link", "set", self._far, "up")

    def take_away(self) -> None:
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", self._near], check=False, capture_output=True)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True, timeout=30)


@pytest.fixture
def wire() -> Iterator[Wire]:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("laying and cutting a network needs root and iproute2")
    laid = Wire()
    try:
        try:
            laid.lay()
        except subprocess.CalledProcessError as error:
            pytest.skip(f"this kernel gives no network namespaces: {error.stderr.strip()}")
        yield laid
    finally:
        laid.take_away()


@contextmanager
def central(wire: Wire, data: Path) -> Iterator[None]:
    inside = ["ip", "netns", "exec", wire.name]
    process = subprocess.Popen(
        [*inside, *KIOSKD, "central", "--data", str(data), "--host", wire.city, "--port", str(PORT)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        assert any(line.startswith("central ready") for line in process.stdout)
        yield
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


@pytest.mark.timeout(300)
def test_a_network_cut_and_healed_loses_nothing(wire: Wire, tmp_path: Path) -> None:
    data, hall = tmp_path / "city", tmp_path / "hall"
    place = ["--data", str(data), "hall-1", "--name", "测试大厅"]
    done = subprocess.run(
        [*KIOSKD, "central", "enrol", *place], capture_output=True, text=True, timeout=60, check=True
    )
    url = f"http://{wire.city}:{PORT}"
    file = bare_hall(tmp_path)
    file.write_text(
        file.read_text("utf-8") + f'\n[central]\nurl = "{url}"\nhall = "hall-1"\ngather_s = 0.1\n'
    )
    with central(wire, data):
        join = [*KIOSKD, "join", url, done.stdout.strip(), "--data", str(hall)]
        subprocess.run(join, capture_output=True, timeout=60, check=True)
        with hub(file, hall) as running:
            asyncio.run(take_numbers(running, 5))
            asyncio.run(heard(running))
            for n in range(3):
                wire.cut()
                begin = time.perf_counter()
                asyncio.run(take_numbers(running, 20))
                assert time.perf_counter() - begin < 10.0, "the queue waited for the city"
                wire.heal()
                asyncio.run(take_numbers(running, 5 * n))
                asyncio.run(heard(running))
    assert asyncio.run(caught_up(hall, data, "")) <= 2
