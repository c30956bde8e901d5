"""One device or line never stops another, and each comes back as soon as it can."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog

from drivers.status import ErrorAction
from drivers.transport.simulated import PtyPort, TcpPort
from kioskd.station.station import Station
from kioskd.station.views import DeviceView
from tests.station.hall import TinyHub, device, plugged, running, seen, show
from tests.station.timing import FakeClock, until
from tests.station.wire import Far


def view(station: Station, name: str) -> DeviceView:
    return next(device for device in station.view(name).devices if device.id == name)


async def test_a_dead_device_does_not_stop_another(tmp_path: Path, clock: FakeClock) -> None:
    hub, far = TinyHub(), Far()
    port = TcpPort("127.0.0.1", 0, [far])
    absent = "serial:///nowhere/at/all"
    async with (
        plugged(port),
        running(
            tmp_path,
            clock,
            hub,
            device("caller_display", absent, id="dead"),
            device("caller_display", "nonsense", id="nonsense"),
            device("caller_display", port, id="well"),
        ) as station,
    ):
        await until(lambda: hub.states("well")[-1:] == ["online"])
        hub.say(show("well", 1, "A001"))
        await until(lambda: far.faces)
        await until(lambda: view(station, "dead").status.code == "line.absent")
        wrong = view(station, "nonsense").status
        assert (wrong.code, wrong.action) == ("address.bad", ErrorAction.CONFIGURATION)
        assert [each.code for each in wrong.facts] == ["address.no_scheme", "line.at"]


async def test_a_bug_in_a_driver_stops_only_its_device(tmp_path: Path, clock: FakeClock) -> None:
    hub = TinyHub()
    well, ill = Far(1), Far(2)
    port = TcpPort("127.0.0.1", 0, [well, ill])
    async with (
        plugged(port),
        running(
            tmp_path,
            clock,
            hub,
            device("caller_display", port, id="well", unit=1),
            device("caller_display", port, id="ill", unit=2, options={"crash": True}),
        ) as station,
    ):
        await until(lambda: hub.states("well")[-1:] == ["online"])
        await until(lambda: view(station, "ill").status.code == "driver.failed")
        for _ in range(50):
            await clock.advance(1)
        hub.say(show("well", 1, "A001"))
        await until(lambda: well.faces)
        assert well.connects == 1
        assert hub.states("well")[-1] == "online"


async def test_devices_of_one_address_share_its_line(tmp_path: Path, clock: FakeClock) -> None:
    hub = TinyHub()
    far = [Far(1), Far(2), Far(99)]
    port = TcpPort("127.0.0.1", 0, far)
    async with (
        plugged(port),
        running(
            tmp_path,
            clock,
            hub,
            *(device("caller_display", port, id=f"sign-{one.unit}", unit=int(one.unit)) for one in far),
        ) as station,
    ):
        await until(lambda: hub.states("sign-1")[-1:] == ["online"] == hub.states("sign-2")[-1:])
        assert view(station, "sign-99").status.code == "driver.options"
        assert view(station, "sign-99").status.action is ErrorAction.CONFIGURATION

        far[1].say("die")
        await until(lambda: view(station, "sign-2").status.code == "test.dead")
        assert view(station, "sign-2").status.action is ErrorAction.MAINTENANCE
        assert hub.states("sign-1")[-1] == "online"
        await clock.advance(1)
        await until(lambda: hub.states("sign-2")[-1] == "online")
        assert far[0].connects == 1

        await port.unplug()
        await until(lambda: hub.states("sign-1")[-1] == "offline" == hub.states("sign-2")[-1])


async def test_a_device_alone_that_gives_up_gets_a_new_line(tmp_path: Path, clock: FakeClock) -> None:
    hub, far = TinyHub(), Far()
    port = TcpPort("127.0.0.1", 0, [far])
    async with plugged(port), running(tmp_path, clock, hub, device("caller_display", port, id="sign")):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        far.say("die")
        await until(lambda: hub.states("sign")[-1] == "offline")
        await until(lambda: clock.pending)
        await clock.advance(1)
        await until(lambda: hub.states("sign")[-1] == "online")
        assert far.connects == 2


async def test_a_silent_unit_keeps_its_neighbours(tmp_path: Path, clock: FakeClock) -> None:
    hub = TinyHub()
    quiet, well = Far(1), Far(2)
    port = TcpPort("127.0.0.1", 0, [quiet, well])
    async with (
        plugged(port),
        running(
            tmp_path,
            clock,
            hub,
            device("caller_display", port, id="quiet", unit=1),
            device("caller_display", port, id="well", unit=2),
        ),
    ):
        await until(lambda: hub.states("well")[-1:] == ["online"])
        quiet.say("state", "offline", "test.silent")
        await until(lambda: hub.states("quiet")[-1] == "offline")
        hub.say(show("quiet", 1, "A001"), show("well", 1, "A002"))
        await until(lambda: well.faces)
        assert not quiet.faces
        quiet.say("state", "online")
        await until(lambda: [seen(face) for face in quiet.faces] == ["A001"])


@pytest.mark.parametrize("scheme", ["serial", "usblp"])
async def test_a_replugged_port_is_opened_within_half_a_second(
    tmp_path: Path, clock: FakeClock, scheme: str
) -> None:
    hub, far = TinyHub(), Far()
    port = PtyPort(tmp_path / "tty", [far])
    address = f"{scheme}://{port.path}"
    async with plugged(port), running(tmp_path, clock, hub, device("caller_display", address, id="sign")):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        await port.unplug()
        await until(lambda: hub.states("sign")[-1] == "offline")
        while clock.now < 2000:
            await until(lambda: clock.pending)
            assert clock.pending[0] <= 0.5
            await clock.advance(clock.pending[0])
        await until(lambda: clock.pending)
        await port.plug()
        await clock.advance(0.5)
        await until(lambda: hub.states("sign")[-1] == "online")


async def test_wake_tries_again_at_once(tmp_path: Path, clock: FakeClock) -> None:
    hub, far = TinyHub(), Far()
    port = TcpPort("127.0.0.1", 0, [far])
    async with (
        plugged(port),
        running(tmp_path, clock, hub, device("caller_display", port, id="sign")) as station,
    ):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        await port.unplug()
        await until(lambda: hub.states("sign")[-1] == "offline")
        await port.plug()
        assert station.wake("sign")
        await until(lambda: hub.states("sign")[-1] == "online")

        await port.unplug()
        await until(lambda: hub.states("sign")[-1] == "offline")
        await port.plug()
        assert station.wake(f"tcp://127.0.0.1:{port.port}")
        await until(lambda: hub.states("sign")[-1] == "online")
        assert not station.wake("somebody-else")


async def test_an_absent_device_is_tried_ever_less_often(tmp_path: Path, clock: FakeClock) -> None:
    hub, far = TinyHub(), Far()
    port = TcpPort("127.0.0.1", 0, [far])
    async with plugged(port), running(tmp_path, clock, hub, device("caller_display", port, id="sign")):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        await port.unplug()
        pauses = []
        for _ in range(450):
            await until(lambda: clock.pending)
            pauses += clock.pending
            await clock.advance(pauses[-1])
        assert [round(pause, 3) for pause in pauses[:4]] == [0.2, 0.4, 0.8, 0.8]
        assert max(pauses) == 15
        assert sum(pause == 15 for pause in pauses) > 10


async def test_a_device_that_comes_and_goes_backs_off_too(tmp_path: Path, clock: FakeClock) -> None:
    hub, far = TinyHub(), Far()
    port = TcpPort("127.0.0.1", 0, [far])
    async with (
        plugged(port),
        running(tmp_path, clock, hub, device("caller_display", port, id="sign")) as station,
    ):
        for count in range(1, 6):
            await until(lambda count=count: far.connects == count and hub.states("sign")[-1:] == ["online"])
            hub.heard.clear()
            await port.unplug()
            await until(lambda: hub.states("sign")[-1:] == ["offline"])
            await port.plug()
            await until(lambda: clock.pending)
            last = clock.pending[0]
            await clock.advance(last)
        assert last == 0.8
        await until(lambda: far.connects == 6 and view(station, "sign").status.state == "online")
        assert hub.states("sign")[-1] == "offline"
        await clock.advance(20)
        await until(lambda: hub.states("sign")[-1] == "online")
        await port.unplug()
        await until(lambda: clock.pending)
        assert clock.pending[0] == 0.2


async def test_wrong_settings_are_tried_slowly_and_said_once(
    tmp_path: Path, clock: FakeClock, logs: list[structlog.typing.EventDict]
) -> None:
    hub, far = TinyHub(), Far()
    port = TcpPort("127.0.0.1", 0, [far])
    async with (
        plugged(port),
        running(
            tmp_path,
            clock,
            hub,
            device("caller_display", port, id="wrong", options={"colour": "blue"}),
            device("fax", port, id="unknown"),
        ) as station,
    ):
        await until(lambda: view(station, "wrong").status.code == "driver.options")
        while clock.now < 3000:
            await until(lambda: clock.pending)
            await clock.advance(clock.pending[0])
        assert far.connects < 2000 / 60 + 12
        assert [entry["event"] for entry in logs if entry.get("device") == "wrong"] == ["device.down"]
        assert view(station, "unknown").status.code == "driver.unknown"
        assert [info.id for info in hub.hellos[0].devices] == ["wrong"]


async def test_a_device_is_logged_once_down_and_once_up(
    tmp_path: Path, clock: FakeClock, logs: list[structlog.typing.EventDict]
) -> None:
    hub, far = TinyHub(), Far()
    port = TcpPort("127.0.0.1", 0, [far])
    async with (
        plugged(port),
        running(tmp_path, clock, hub, device("caller_display", port, id="sign")) as station,
    ):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        came = view(station, "sign").since
        await clock.advance(60)
        await port.unplug()
        await until(lambda: hub.states("sign")[-1] == "offline")
        assert view(station, "sign").since == came + 60
        while clock.now < 1100:
            await until(lambda: clock.pending)
            await clock.advance(clock.pending[0])
        assert view(station, "sign").status.code == "line.absent"
        await port.plug()
        station.wake("sign")
        await until(lambda: hub.states("sign")[-1] == "online")
        told = [entry["event"] for entry in logs if entry.get("device") == "sign"]
        assert told == ["device.up", "device.down", "device.up"]
        assert [entry["gone_for_s"] for entry in logs if entry["event"] == "device.up"][1] >= 40


async def test_a_disabled_device_is_left_alone(
    tmp_path: Path, clock: FakeClock, logs: list[structlog.typing.EventDict]
) -> None:
    hub, far = TinyHub(), Far()
    port = TcpPort("127.0.0.1", 0, [far])
    async with (
        plugged(port),
        running(tmp_path, clock, hub, device("caller_display", port, id="sign", enabled=False)) as station,
    ):
        await until(lambda: station.view().link.connected)
        await clock.advance(120)
        assert hub.hellos[0].devices == ()
        assert view(station, "sign").status.code == "device.disabled"
        assert far.connects == 0
        assert [entry["event"] for entry in logs] == ["hub.found"]


async def test_the_last_bytes_of_each_device_are_kept(tmp_path: Path, clock: FakeClock) -> None:
    hub = TinyHub()
    alone, one, two = Far(), Far(1), Far(2)
    port, bus = TcpPort("127.0.0.1", 0, [alone]), TcpPort("127.0.0.1", 0, [one, two])
    async with (
        plugged(port, bus),
        running(
            tmp_path,
            clock,
            hub,
            device("caller_display", port, id="alone"),
            device("caller_display", bus, id="one", unit=1),
            device("caller_display", bus, id="two", unit=2),
        ) as station,
    ):
        await until(lambda: all(hub.states(name)[-1:] == ["online"] for name in ("alone", "one", "two")))
        frames = [(frame.direction, bytes.fromhex(frame.data)) for frame in view(station, "alone").traffic]
        assert frames == [(">", b"hello 0\n"), ("<", b"hi 0\n")]
        assert [bytes.fromhex(frame.data) for frame in view(station, "one").traffic] == [b"hello 1\n"]
        for _ in range(100):
            heard = view(station, "alone").traffic[-1]
            alone.say("noise", "x" * 2000)
            await until(lambda heard=heard: view(station, "alone").traffic[-1] != heard)
            await clock.advance(1)
        assert len(view(station, "alone").traffic) == 64
        assert max(len(bytes.fromhex(frame.data)) for frame in view(station, "alone").traffic) == 1024
