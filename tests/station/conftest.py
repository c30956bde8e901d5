"""A station in a test: its own clock, real lines, and nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from drivers.registry import DRIVERS
from drivers.transport.simulated import TcpPort
from tests.drivers.conftest import nothing_left
from tests.station import wire
from tests.station.hall import TinyHub
from tests.station.timing import FakeClock
from tests.station.wire import Far

__all__ = ["nothing_left"]


@pytest.fixture(autouse=True)
def drivers_of_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, driver in wire.DRIVERS.items():
        monkeypatch.setitem(DRIVERS, name, driver)


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and t.name.startswith("station")]
    assert not left


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub() -> TinyHub:
    return TinyHub()


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
def port(far: Far) -> TcpPort:
    return TcpPort("127.0.0.1", 0, [far])


@pytest.fixture
def logs() -> Iterator[list[structlog.typing.EventDict]]:
    with capture_logs() as captured:
        yield captured
