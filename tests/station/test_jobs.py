"""A job is done at most once, in order, and always says how it ended."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from drivers.transport.simulated import TcpPort
from kioskd.station.messages import AskJobs, CancelJob
from kioskd.station.store import JobRow, Store
from tests.station.hall import TinyHub, device, job, join, plugged, reports, running
from tests.station.timing import FakeClock, settle, until
from tests.station.wire import Far


async def stored(path: Path, clock: FakeClock, *jobs: str) -> dict[str, JobRow]:
    store = Store(path / "station.db", clock)
    await store.start()
    try:
        return await store.jobs(jobs)
    finally:
        await store.close()


async def test_jobs_are_done_in_order(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)):
        await until(lambda: hub.attached)
        hub.say(*(job(f"1.{n}.0") for n in range(5)))
        await until(lambda: len(reports(hub)) == 5)
        assert far.printed == [f"1.{n}.0" for n in range(5)]
        assert reports(hub) == [(f"1.{n}.0", "done", "") for n in range(5)]


async def test_a_job_is_never_done_twice(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port):
        async with running(tmp_path, clock, hub, device("printer", port)):
            await until(lambda: hub.attached)
            hub.say(job("1.1.0"), job("1.1.0"))
            await until(lambda: reports(hub) == [("1.1.0", "done", "")])
            hub.say(job("1.1.0"))
            await until(lambda: reports(hub) == [("1.1.0", "done", "")] * 2)
        async with running(tmp_path, clock, hub, device("printer", port)):
            await until(lambda: hub.attached)
            hub.say(job("1.1.0"))
            await until(lambda: reports(hub) == [("1.1.0", "done", "")] * 3)
        assert far.printed == ["1.1.0"]


async def test_another_hubs_job_of_the_same_name_is_another_job(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)) as station:
        await until(lambda: hub.attached)
        hub.say(job("1.1.0"))
        await until(lambda: reports(hub) == [("1.1.0", "done", "")])
        other = TinyHub("hub-2")
        join(station, other)
        await settle()
        other.say(AskJobs(jobs=("1.1.0",)))
        await until(lambda: reports(other) == [("1.1.0", "unseen", "")])
        other.say(job("1.1.0"))
        await until(lambda: far.printed == ["1.1.0", "1.1.0"])


async def test_started_is_durable_before_the_first_byte(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    begin = Store.begin_job

    def watched(store: Store, name: str, device: str) -> asyncio.Future[JobRow | None]:
        done = begin(store, name, device)
        done.add_done_callback(lambda _: order.append(f"durable, {len(far.printed)} printed"))
        return done

    monkeypatch.setattr(Store, "begin_job", watched)
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)):
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        hub.say(job("1.1.0"), job("1.2.0"))
        await until(lambda: len(reports(hub)) == 2)
        assert order == ["durable, 0 printed", "durable, 1 printed"]


async def test_a_job_waits_for_its_printer(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)) as station:
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        await port.unplug()
        await until(lambda: hub.states("printer")[-1] == "offline")
        hub.say(job("1.1.0"), job("1.2.0"), AskJobs(jobs=("1.1.0",)))
        await until(lambda: reports(hub) == [("1.1.0", "queued", "")])
        await port.plug()
        station.wake("printer")
        await until(lambda: reports(hub)[1:] == [("1.1.0", "done", ""), ("1.2.0", "done", "")])


async def test_a_job_expires(tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)) as station:
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        await port.unplug()
        await until(lambda: hub.states("printer")[-1] == "offline")
        hub.say(job("1.1.0", expires_ms=10_000), job("1.2.0", expires_ms=11_000))
        await settle()
        while clock.now < 1009:
            await until(lambda: clock.pending)
            await clock.advance(0.5)
        assert not reports(hub)
        await clock.advance(1)
        await until(lambda: len(reports(hub)) == 1)
        await clock.advance(1)
        await until(lambda: len(reports(hub)) == 2)
        assert reports(hub) == [("1.1.0", "failed", "line.absent"), ("1.2.0", "failed", "line.absent")]
        await port.plug()
        station.wake("printer")
        await until(lambda: hub.states("printer")[-1] == "online")
        hub.say(job("1.1.0"), job("1.3.0"))
        await until(lambda: reports(hub)[-1] == ("1.3.0", "done", ""))
        assert far.printed == ["1.3.0"]


async def test_a_job_expires_though_nobody_says_why(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)):
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        far.say("state", "offline")
        await until(lambda: hub.states("printer")[-1] == "offline")
        hub.say(job("1.1.0"))
        await settle()
        await clock.advance(30)
        await until(lambda: reports(hub) == [("1.1.0", "failed", "job.expired")])


async def test_what_happens_during_a_test_counts(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    """A test holds the printer; meanwhile one job is called off and another grows too old."""
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)) as station:
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        for name, news in (("1.1.0", CancelJob(job="1.1.0")), ("1.2.0", None)):
            async with station._devices["printer"].turn:
                hub.say(job(name))
                await settle()
                if news is not None:
                    hub.say(news)
                    await settle()
                else:
                    await clock.advance(30)
            await until(lambda name=name: reports(hub)[-1:] and reports(hub)[-1][0] == name)
        assert [report[2] for report in reports(hub)] == ["job.cancelled", "job.expired"]
        assert not far.printed


async def test_a_job_expires_behind_others(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)):
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        far.held = []
        hub.say(job("1.1.0"), job("1.2.0", expires_ms=5_000))
        await until(lambda: far.printed)
        await clock.advance(6)
        far.release()
        await until(lambda: reports(hub) == [("1.1.0", "done", ""), ("1.2.0", "failed", "job.expired")])
        assert far.printed == ["1.1.0"]


async def test_a_job_for_nobody_fails(tmp_path: Path, clock: FakeClock, hub: TinyHub) -> None:
    async with running(tmp_path, clock, hub):
        await until(lambda: hub.attached)
        hub.say(job("1.1.0", device="gone"))
        await until(lambda: reports(hub) == [("1.1.0", "failed", "device.unknown")])
    assert await stored(tmp_path, clock, "1.1.0") == {"1.1.0": JobRow("failed", "device.unknown")}


async def test_a_printer_without_paper_fails_the_job_once(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)):
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        far.say("state", "userError", "printer.paper_out")
        await until(lambda: hub.states("printer")[-1] == "userError")
        far.outcome = "failed printer.paper_out"
        hub.say(job("1.1.0"))
        await until(lambda: reports(hub) == [("1.1.0", "failed", "printer.paper_out")])
        far.outcome = "done"
        far.say("state", "online")
        hub.say(job("1.1.0"))
        await until(lambda: len(reports(hub)) == 2)
        assert reports(hub)[1] == ("1.1.0", "failed", "printer.paper_out")
        assert far.printed == ["1.1.0"]


async def test_a_job_can_be_forgotten_until_it_begins(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)):
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        far.held = []
        hub.say(job("1.1.0"), job("1.2.0"))
        await until(lambda: far.printed)
        hub.say(CancelJob(job="1.1.0"), CancelJob(job="1.2.0"), CancelJob(job="1.9.0"))
        await settle()
        far.release()
        await until(lambda: len(reports(hub)) == 2)
        assert reports(hub) == [("1.1.0", "done", ""), ("1.2.0", "failed", "job.cancelled")]
        hub.say(job("1.2.0"))
        await until(lambda: len(reports(hub)) == 3)
        assert far.printed == ["1.1.0"]


async def test_a_line_lost_while_printing_leaves_it_unknown(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)) as station:
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        far.held = []
        hub.say(job("1.1.0"), job("1.2.0"))
        await until(lambda: far.printed)
        await port.unplug()
        await until(lambda: reports(hub) == [("1.1.0", "unknown", "line.lost")])
        far.held = None
        await port.plug()
        station.wake("printer")
        await until(lambda: reports(hub)[1:] == [("1.2.0", "done", "")])
        assert far.printed == ["1.1.0", "1.2.0"]


async def test_a_print_that_never_ends_is_given_up(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)) as station:
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        far.held = []
        hub.say(job("1.1.0"))
        await until(lambda: far.printed)
        await clock.advance(119)
        assert not reports(hub)
        assert station.stalled() == ()
        await clock.advance(1)
        await until(lambda: reports(hub) == [("1.1.0", "unknown", "job.timeout")])


async def test_the_hub_asks_after_a_lost_connection(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)) as station:
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        far.held = []
        hub.say(job("1.1.0"), job("1.2.0"))
        await until(lambda: far.printed)
        hub.say(AskJobs(jobs=("1.1.0", "1.2.0", "1.3.0")))
        await until(lambda: len(reports(hub)) == 3)
        assert reports(hub) == [("1.1.0", "started", ""), ("1.2.0", "queued", ""), ("1.3.0", "unseen", "")]
        station.parted("link.lost")
        far.release()
        await until(lambda: station.view().jobs == 0)
        hub.heard.clear()
        join(station, hub)
        await settle()
        hub.say(AskJobs(jobs=("1.1.0", "1.2.0")))
        await until(lambda: reports(hub) == [("1.1.0", "done", ""), ("1.2.0", "done", "")])


async def test_a_job_that_comes_before_the_answer_about_it(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)):
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        hub.say(AskJobs(jobs=("1.1.0",)), job("1.1.0"))
        await until(lambda: reports(hub) == [("1.1.0", "done", "")])


async def test_a_stop_lets_the_slip_in_the_printer_end(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port):
        async with running(tmp_path, clock, hub, device("printer", port)):
            await until(lambda: hub.states("printer")[-1:] == ["online"])
            far.held = []
            hub.say(job("1.1.0"), job("1.2.0"))
            await until(lambda: far.printed)
            asyncio.get_running_loop().call_later(0.05, far.release)
        assert ("1.1.0", "done", "") in reports(hub)
        rows = await stored(tmp_path, clock, "1.1.0", "1.2.0")
        assert rows == {"1.1.0": JobRow("done")}
        assert far.printed == ["1.1.0"]


async def test_a_stop_does_not_wait_for_ever(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port):
        async with running(tmp_path, clock, hub, device("printer", port)):
            await until(lambda: hub.states("printer")[-1:] == ["online"])
            far.held = []
            hub.say(job("1.1.0"))
            await until(lambda: far.printed)
            asyncio.get_running_loop().call_later(0.05, lambda: asyncio.ensure_future(clock.advance(5)))
        assert await stored(tmp_path, clock, "1.1.0") == {"1.1.0": JobRow("unknown", "job.interrupted")}


async def test_a_stop_before_the_first_byte_forgets_the_job(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    disk = threading.Event()

    async def hang_on() -> None:
        await clock.advance(5)
        asyncio.get_running_loop().call_later(0.05, disk.set)

    async with plugged(port):
        async with running(tmp_path, clock, hub, device("printer", port)) as station:
            await until(lambda: hub.states("printer")[-1:] == ["online"])
            station._store._writer.ask(lambda _: disk.wait(10))
            hub.say(job("1.1.0"))
            await settle()
            hub.say(AskJobs(jobs=("1.1.0",)))
            await until(lambda: reports(hub) == [("1.1.0", "started", "")])
            asyncio.get_running_loop().call_later(0.05, lambda: asyncio.ensure_future(hang_on()))
        assert await stored(tmp_path, clock, "1.1.0") == {}
        assert not far.printed


async def test_a_disk_that_refuses_fails_the_job_before_it_begins(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("printer", port)) as station:
        await until(lambda: hub.states("printer")[-1:] == ["online"])
        await station._store.close()
        hub.say(job("1.1.0"))
        await until(lambda: reports(hub) == [("1.1.0", "failed", "store.closed")])
        assert not far.printed
