"""A slip that nobody took: printed, then drawn in again, and the hub hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.printer.escpos.presenter import Mouth
from drivers.printer.escpos.simulator import EscposSimulator
from drivers.transport.simulated import TcpPort
from kioskd.station.messages import AskJobs, DeviceReport
from tests.station.hall import TinyHub, device, job, join, plugged, reports, running
from tests.station.timing import FakeClock, settle, until

OPTIONS = {"presenter": "gs_e", "poll": 0.05, "poll_printing": 0.02, "confirm_within": 60}


async def test_its_job_failed_after_all(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    saw = Mouth.saw
    patience = 300.0

    def watched(mouth: Mouth, there: bool, now: float) -> object:
        mouth._patience = patience
        return saw(mouth, there, now)

    monkeypatch.setattr(Mouth, "saw", watched)
    hub, printer = TinyHub(), EscposSimulator(presenter=True, speed=0)
    port = TcpPort("127.0.0.1", 0, [printer])
    done, failed = ("1.1.0", "done", ""), ("1.1.0", "failed", "printer.retracted")
    async with (
        plugged(port),
        running(
            tmp_path, clock, hub, device("printer", port, driver="printer.escpos", options=OPTIONS)
        ) as station,
    ):
        await until(lambda: "printer.confirms_by" in "".join(m.status.detail for m in hub.all(DeviceReport)))
        hub.say(job("1.1.0"))
        await until(lambda: reports(hub) == [done])
        patience = 0.0
        await until(lambda: reports(hub) == [done, failed])
        assert (printer.retracted, printer.dropped) == (1, 0)
        # The device's test is nobody's slip.
        station._do(station._devices["printer"].test(60), "test")
        await until(lambda: printer.retracted == 2)
        await settle()
        assert reports(hub) == [done, failed]
        # The store knows, and a hub that was away when it happened is told.
        hub.say(AskJobs(jobs=("1.1.0",)))
        await until(lambda: reports(hub) == [done, failed, failed])
        join(station, hub)
        await until(lambda: reports(hub)[3:] == [failed])
        # To another hub a job of this name is another job.
        other = TinyHub("hub-2")
        join(station, other)
        await settle()
        assert reports(other) == []
    printer.power_off()
