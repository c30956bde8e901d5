"""A slip that the hub is still saving: all is ready, and not a byte leaves before the hub says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.transport.simulated import TcpPort
from kioskd.station.jobs import COMING_S
from kioskd.station.messages import AskJobs, ComingJob, PrintJob, WithdrawJob
from kioskd.station.store import JobRow, Store
from tests.station import wire
from tests.station.hall import TinyHub, device, job, plugged, reports, running
from tests.station.timing import FakeClock, settle, until
from tests.station.wire import Far, slip


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has been made ready: ``noted`` when it is durable that a job begins, ``drawn`` by the printer."""
    seen: list[str] = []
    begin: Callable[[Store, str, str], asyncio.Future[JobRow | None]] = Store.begin_job

    def noted(store: Store, name: str, at: str) -> asyncio.Future[JobRow | None]:
        done = begin(store, name, at)
        done.add_done_callback(lambda _: seen.append(f"noted {name}"))
        return done

    async def drawn(self: wire.TestPrinter, slip: object) -> None:
        seen.append("drawn")

    monkeypatch.setattr(Store, "begin_job", noted)
    monkeypatch.setattr(wire.TestPrinter, "prepare", drawn)
    return seen


async def comes(hub: TinyHub, ready: list[str], name: str = "1.1.1") -> None:
    """Have a slip coming, with all made ready that can be."""
    await until(lambda: hub.states("printer")[-1:] == ["online"])
    hub.say(ComingJob(order=job(name)))
    await until(lambda: set(ready) == {f"noted {name}", "drawn"})
    await settle()


async def test_it_is_printed_once_the_hub_has_saved_it(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort, ready: list[str]
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)):
        await comes(hub, ready)
        assert not far.printed
        hub.say(job("1.1.1"))
        await until(lambda: reports(hub) == [("1.1.1", "done", "")])
        await clock.advance(COMING_S)
        assert far.printed == ["1.1.1"]
        assert len(ready) == 2


async def test_withdrawn_it_never_was_and_its_name_is_free(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort, ready: list[str]
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)) as station:
        await comes(hub, ready)
        hub.say(WithdrawJob(job="1.1.1"))
        assert station.view().jobs == 0
        hub.say(AskJobs(jobs=("1.1.1",)))
        await until(lambda: reports(hub) == [("1.1.1", "unseen", "")])
        hub.say(PrintJob(job="1.1.1", device="printer", slip=slip("another"), expires_ms=30_000))
        await until(lambda: reports(hub)[1:] == [("1.1.1", "done", "")])
        assert far.printed == ["another"]


async def test_withdrawn_while_its_beginning_is_noted(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)):
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        again = PrintJob(job="1.1.1", device="printer", slip=slip("another"), expires_ms=30_000)
        hub.say(ComingJob(order=job("1.1.1")), WithdrawJob(job="1.1.1"), again)
        await until(lambda: reports(hub) == [("1.1.1", "done", "")])
        assert far.printed == ["another"]


async def test_a_hub_that_never_says_so_keeps_the_printer_from_nothing(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort, ready: list[str]
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)):
        await comes(hub, ready)
        hub.say(job("1.2.1"))
        await settle()
        assert not far.printed
        await clock.advance(COMING_S)
        await until(lambda: reports(hub) == [("1.2.1", "done", "")])
        hub.say(job("1.1.1"))
        await until(lambda: reports(hub)[1:] == [("1.1.1", "done", "")])
        assert far.printed == ["1.2.1", "1.1.1"]


async def test_a_hub_that_asks_after_it_has_saved_it(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort, ready: list[str]
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)):
        await comes(hub, ready)
        hub.say(AskJobs(jobs=("1.1.1",)))
        await until(lambda: reports(hub) == [("1.1.1", "started", ""), ("1.1.1", "done", "")])
        hub.say(WithdrawJob(job="1.1.1"))
        assert far.printed == ["1.1.1"]


async def test_behind_another_slip_nothing_is_made_ready(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)):
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        far.held = []
        hub.say(job("1.1.1"))
        await until(lambda: bool(far.held))
        hub.say(ComingJob(order=job("1.2.1")), AskJobs(jobs=("1.2.1",)))
        await until(lambda: reports(hub) == [("1.2.1", "unseen", "")])
        held, far.held = far.held, None
        for answer in held:
            answer()
        await until(lambda: reports(hub)[1:] == [("1.1.1", "done", "")])
        assert far.printed == ["1.1.1"]


async def test_a_printer_that_goes_away_meanwhile_prints_it_when_it_is_back(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort, ready: list[str]
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)) as station:
        await comes(hub, ready)
        await port.unplug()
        await until(lambda: hub.states("printer")[-1] == "offline")
        hub.say(job("1.1.1"))
        await settle()
        assert not reports(hub)
        await port.plug()
        station.wake("printer")
        await until(lambda: reports(hub) == [("1.1.1", "done", "")])
        assert far.printed == ["1.1.1"]


async def test_at_a_stop_it_is_forgotten(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort, ready: list[str]
) -> None:
    async with plugged(port):
        async with running(tmp_path, clock, hub, device("printer", port)) as station:
            await comes(hub, ready)
            assert station.view().jobs == 1
            hub.say(WithdrawJob(job="1.1.1"))
        store = Store(tmp_path / "station.db", clock)
        await store.start()
        assert await store.jobs(("1.1.1",)) == {}
        await store.close()
        assert not far.printed
