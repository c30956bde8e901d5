"""What was learned of a unit outlives the station, and goes when another unit is put in its place."""

from __future__ import annotations

from pathlib import Path

from drivers.printer.escpos.simulator import EscposSimulator
from drivers.transport.simulated import TcpPort
from kioskd.station.messages import NewUnit
from kioskd.station.store import Store
from tests.station.hall import TinyHub, device, plugged, running
from tests.station.timing import FakeClock, until


async def notes(path: Path, clock: FakeClock) -> list[tuple[str, str, str]]:
    store = Store(path / "station.db", clock)
    await store.start()
    try:
        return await store.notes()
    finally:
        await store.close()


async def test_notes_of_a_unit(tmp_path: Path, clock: FakeClock) -> None:
    simulator = EscposSimulator(process_id=False, speed=0)
    port = TcpPort("127.0.0.1", 0, [simulator])
    hub = TinyHub()
    async with plugged(port):
        own = device("printer", port, driver="printer.escpos", options={"poll": 0.05})
        async with running(tmp_path, clock, hub, own) as station:
            managed = station._devices["printer"]
            await until(lambda: managed.notes.get("confirm"), "it was asked how it confirms", 30)
        assert await notes(tmp_path, clock) == [("printer", "confirm", "fence\n")]
        async with running(tmp_path, clock, TinyHub(), own) as station:
            managed = station._devices["printer"]
            await until(lambda: managed.driver is not None, "a driver", 30)
            assert managed.notes["confirm"] == "fence\n"
            first = managed.driver
            # Somebody puts a better one there.
            simulator._process_id = True
            station.receive(NewUnit(device="printer"))
            assert not managed.notes["confirm"]
            await until(lambda: managed.notes.get("confirm") == "process_id\n", "it is asked anew", 30)
            assert managed.driver is not first
