"""Tests of commands that talk to devices: simulators live in a loop of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from drivers.simulator import Simulator
from drivers.transport.simulated import PtyPort

T = TypeVar("T")
REPOSITORY = Path(__file__).parents[2]


class Bench:
    """Ports with simulators behind them, and a settings file that names them.

    A command runs an event loop of its own in the test's thread; the far ends run here, in another.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self._ports: list[PtyPort] = []

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def call(self, action: Callable[[], Any]) -> None:
        """Do something in the simulators' thread."""
        self.loop.call_soon_threadsafe(action)

    def plug(self, make: Callable[[], Simulator], name: str = "port") -> Any:
        async def work() -> Simulator:
            simulator = make()
            port = PtyPort(self.folder / name, [simulator])
            await port.start()
            self._ports.append(port)
            return simulator

        return self.do(work())

    def settings(self, *devices: str) -> Path:
        """A station.toml with these tables; ``{port}`` stands for the port's folder."""
        file = self.folder / "station.toml"
        tables = "\n".join(f"[[device]]\n{device.format(port=self.folder)}\n" for device in devices)
        profiles = REPOSITORY / "config" / "profiles"
        file.write_text(
            f'id = "bench"\nprofiles = "{profiles}"\n[hub]\nurl = "http://127.0.0.1:1"\n{tables}', "utf-8"
        )
        return file

    def stop(self) -> None:
        for port in self._ports:
            self.do(port.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.stop()
