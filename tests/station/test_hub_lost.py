"""Without a hub the signs stay true for a while, then say so; with it back everything is right at once."""

from __future__ import annotations

from pathlib import Path

from drivers.call_pad.api import KeypadFace
from drivers.rating_pad.api import PadFace, PadMode
from drivers.transport.simulated import TcpPort
from kioskd.station.config import HubLostSettings
from kioskd.station.messages import Context, Input, Rejected, Shown
from tests.station.hall import TinyHub, device, join, plugged, running, seen, show
from tests.station.timing import FakeClock, settle, until
from tests.station.wire import Far


async def test_from_truth_to_paused_and_back(tmp_path: Path, clock: FakeClock) -> None:
    hub = TinyHub()
    sign, keys, pad = Far(1), Far(2), Far(3)
    port = TcpPort("127.0.0.1", 0, [sign, keys, pad])
    async with (
        plugged(port),
        running(
            tmp_path,
            clock,
            hub,
            device("caller_display", port, id="sign", unit=1),
            device("call_pad", port, id="keys", unit=2),
            device("rating_pad", port, id="pad", unit=3),
        ) as station,
    ):
        await until(lambda: all(hub.states(name)[-1:] == ["online"] for name in ("sign", "keys", "pad")))
        shows = (
            show("sign", 1, "A001", ticket="t_1"),
            show("keys", 1, KeypadFace(4), ticket="t_1"),
            show("pad", 1, PadFace(PadMode.RATE, "A001"), slot="t_1"),
        )
        hub.say(*shows)
        await until(lambda: len(hub.all(Shown)) == 3)

        station.parted("link.lost")
        await clock.advance(59)
        assert len(sign.faces) == len(keys.faces) == len(pad.faces) == 1
        await clock.advance(1)
        await until(lambda: len(sign.faces) == len(keys.faces) == len(pad.faces) == 2)
        assert seen(sign.faces[-1]) == "暂停服务 / Paused"
        assert keys.faces[-1] == {"face": "keypad"}
        assert pad.faces[-1] == {"face": "pad"}
        pad.say("rated", 5)
        await until(lambda: station.view().inputs == 1)

        hub.heard.clear()
        join(station, hub)
        hub.say(*shows)
        await until(lambda: len(hub.all(Shown)) == 3)
        assert seen(sign.faces[-1]) == "A001"
        assert keys.faces[-1]["waiting"] == 4
        assert pad.faces[-1]["ticket"] == "A001"
        assert [message.context for message in hub.all(Input)] == [Context()]


async def test_a_short_break_shows_nothing(tmp_path: Path, clock: FakeClock) -> None:
    hub, far = TinyHub(), Far()
    port = TcpPort("127.0.0.1", 0, [far])
    async with (
        plugged(port),
        running(tmp_path, clock, hub, device("caller_display", port, id="sign")) as station,
    ):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        hub.say(show("sign", 1, "A001"))
        await until(lambda: hub.all(Shown))
        for _ in range(5):
            station.parted("link.lost")
            await clock.advance(30)
            join(station, hub)
            hub.say(show("sign", 1, "A001"))
            await settle()
        await clock.advance(100)
        assert len(far.faces) == 1
        assert len(hub.all(Shown)) == 6


async def test_a_station_that_ends_says_so(tmp_path: Path, clock: FakeClock) -> None:
    hub = TinyHub()
    async with running(tmp_path, clock, hub) as station:
        await until(lambda: hub.attached == 1)
    assert hub.attached == 0
    assert station.view().link.code == "link.closed"


async def test_a_hub_that_never_came(tmp_path: Path, clock: FakeClock) -> None:
    hub, far = TinyHub(), Far()
    hub.welcomes = False
    port = TcpPort("127.0.0.1", 0, [far])
    rule = HubLostSettings(hold_truth_s=10, sign=(("稍候",),))
    async with (
        plugged(port),
        running(tmp_path, clock, hub, device("caller_display", port, id="sign"), hub_lost=rule) as station,
    ):
        await until(lambda: station.view().devices[0].status.state == "online")
        await clock.advance(10)
        await until(lambda: [seen(face) for face in far.faces] == ["稍候"])
        assert not hub.heard
        assert not station.view().link.connected
        hub.say(Rejected(code="station.mismatch"))
        await until(lambda: station.view().link.code == "station.mismatch")
