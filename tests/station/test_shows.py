"""A show is a level: newest wins, never back, and again after every absence."""

from __future__ import annotations

import asyncio
from pathlib import Path

from drivers.call_pad.api import Key, KeypadFace, KeyPressed
from drivers.rating_pad.api import PadFace, PadMode, Rated
from drivers.transport.simulated import TcpPort
from kioskd.station import messages
from kioskd.station.messages import Context, Input, Shown
from tests.station.hall import TinyHub, device, join, plugged, running, seen, show
from tests.station.timing import FakeClock, settle, until
from tests.station.wire import Far


def shown(hub: TinyHub) -> list[int]:
    return [message.revision.n for message in hub.all(Shown)]


def texts(far: Far) -> list[str]:
    return [seen(face) for face in far.faces]


async def test_newest_wins(tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("caller_display", port, id="sign")):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        far.held = []
        hub.say(show("sign", 1, "one"))
        await until(lambda: far.faces)
        hub.say(
            show("sign", 2, "two"), show("sign", 3, "three"), show("sign", 4, "four", ticket="t_4", call=2)
        )
        await settle()
        far.release()
        await until(lambda: shown(hub) == [1, 4])
        assert texts(far) == ["one", "four"]
        assert hub.all(Shown)[-1].context == Context(ticket="t_4", call=2)


async def test_it_never_goes_back(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("caller_display", port, id="sign")):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        hub.say(show("sign", 5, "five"))
        await until(lambda: shown(hub) == [5])
        hub.say(show("sign", 4, "four"), messages.Test(test="1", device="sign"))
        await until(lambda: shown(hub) == [5, 5])
        hub.say(show("sign", 6, "six"))
        await until(lambda: shown(hub) == [5, 5, 6])
        assert texts(far) == ["five", "five", "six"]


async def test_another_hub_counts_in_its_own_way(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with (
        plugged(port),
        running(tmp_path, clock, hub, device("caller_display", port, id="sign")) as station,
    ):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        hub.say(show("sign", 5, "five"))
        await until(lambda: shown(hub) == [5])
        other = TinyHub("hub-2")
        join(station, other)
        await settle()
        other.say(show("sign", 5, "another five"))
        await until(lambda: shown(other) == [5])
        assert texts(far) == ["five", "another five"]


async def test_an_equal_face_is_not_sent_again_but_told(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("caller_display", port, id="sign")):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        hub.say(show("sign", 1, "A001", ticket="t_1", call=1))
        await until(lambda: shown(hub) == [1])
        hub.say(show("sign", 2, "A001", ticket="t_1", call=2))
        await until(lambda: shown(hub) == [1, 2])
        hub.say(show("sign", 2, "A001", ticket="t_1", call=2))
        await until(lambda: shown(hub) == [1, 2, 2])
        assert len(far.faces) == 1
        assert hub.all(Shown)[1].context.call == 2


async def test_it_is_shown_again_after_every_absence(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with (
        plugged(port),
        running(tmp_path, clock, hub, device("caller_display", port, id="sign")) as station,
    ):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        hub.say(show("sign", 1, "A001"))
        await until(lambda: shown(hub) == [1])

        await port.unplug()
        await until(lambda: hub.states("sign")[-1] == "offline")
        hub.say(show("sign", 2, "A002"))
        await port.plug()
        station.wake("sign")
        await until(lambda: shown(hub) == [1, 2])

        far.say("state", "offline", "test.silent")
        far.say("state", "online")
        await until(lambda: shown(hub) == [1, 2, 2])
        assert texts(far) == ["A001", "A002", "A002"]


async def test_an_absence_in_the_middle_of_a_show_counts(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("caller_display", port, id="sign")):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        far.held = []
        hub.say(show("sign", 1, "A001"))
        await until(lambda: far.held)
        far.say("state", "offline")
        far.say("state", "online")
        await until(lambda: hub.states("sign")[-3:] == ["online", "offline", "online"])
        far.release()
        await until(lambda: shown(hub) == [1])
        assert texts(far) == ["A001", "A001"]


async def test_a_refused_show_is_tried_again(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("caller_display", port, id="sign")):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        far.refuses = True
        hub.say(show("sign", 1, "A001"))
        for _ in range(3):
            count = len(far.faces)
            await until(lambda: clock.pending)
            await clock.advance(clock.pending[0])
            await until(lambda count=count: len(far.faces) > count)
        assert not shown(hub)
        far.refuses = False
        await until(lambda: clock.pending)
        await clock.advance(clock.pending[0])
        await until(lambda: shown(hub) == [1])


async def test_after_a_refusal_nothing_is_taken_for_visible(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("caller_display", port, id="sign")):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        hub.say(show("sign", 1, "A001"))
        await until(lambda: shown(hub) == [1])
        far.refuses = True
        hub.say(show("sign", 2, "A002"))
        await until(lambda: len(far.faces) == 2)
        far.refuses = False
        hub.say(show("sign", 3, "A001"))
        await until(lambda: shown(hub) == [1, 3])
        assert texts(far)[-1] == "A001"


async def test_a_show_that_never_ends_is_given_up(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with (
        plugged(port),
        running(tmp_path, clock, hub, device("caller_display", port, id="sign")) as station,
    ):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        far.held = []
        hub.say(show("sign", 1, "A001"))
        await until(lambda: far.faces)
        await clock.advance(29)
        assert station.stalled() == ()
        await clock.advance(1)
        far.held = None
        await until(lambda: clock.pending)
        await clock.advance(1)
        await until(lambda: shown(hub) == [1])
        assert len(far.faces) == 2


async def test_a_show_does_not_outlive_its_driver(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with (
        plugged(port),
        running(tmp_path, clock, hub, device("caller_display", port, id="sign")) as station,
    ):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        far.held = []
        hub.say(show("sign", 1, "A001"))
        await until(lambda: far.faces)
        await port.unplug()
        await until(lambda: hub.states("sign")[-1] == "offline")
        far.held = None
        await port.plug()
        station.wake("sign")
        await until(lambda: hub.states("sign")[-1] == "online")
        await clock.advance(5)
        await until(lambda: shown(hub) == [1])


async def test_a_test_is_followed_by_the_truth(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("caller_display", port, id="sign")):
        await until(lambda: hub.states("sign")[-1:] == ["online"])
        hub.say(show("sign", 1, "A001"))
        await until(lambda: shown(hub) == [1])
        hub.say(messages.Test(test="1", device="sign"), messages.Test(test="2", device="nobody"))
        await until(lambda: len(hub.all(messages.TestReport)) == 2)
        await until(lambda: len(far.faces) == 2)
        assert far.tests == 1
        assert {report.test: report.code for report in hub.all(messages.TestReport)} == {
            "1": "",
            "2": "device.unknown",
        }

        far.say("state", "offline", "test.silent")
        await until(lambda: hub.states("sign")[-1] == "offline")
        hub.say(messages.Test(test="3", device="sign"))
        await until(lambda: len(hub.all(messages.TestReport)) == 3)
        assert hub.all(messages.TestReport)[-1].code == "test.silent"


async def test_a_rating_belongs_to_what_the_pad_really_showed(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("rating_pad", port, id="pad")):
        await until(lambda: hub.states("pad")[-1:] == ["online"])
        hub.say(show("pad", 1, PadFace(PadMode.RATE, "A001"), slot="t_1"))
        await until(lambda: shown(hub) == [1])
        far.held = []
        hub.say(show("pad", 2, PadFace(PadMode.RATE, "A002"), slot="t_2"))
        await until(lambda: len(far.faces) == 2)
        far.say("rated", 5)
        await until(lambda: hub.all(Input))
        assert hub.all(Input)[0].context == Context(slot="t_1")
        assert hub.all(Input)[0].reading == Rated(5)
        far.release()
        await until(lambda: shown(hub) == [1, 2])
        far.say("rated", 4)
        await until(lambda: len(hub.all(Input)) == 2)
        assert hub.all(Input)[1].context == Context(slot="t_2")


async def test_a_keypad_that_cannot_show_still_knows_its_ticket(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, far: Far, port: TcpPort
) -> None:
    async with plugged(port), running(tmp_path, clock, hub, device("call_pad", port, id="keys")):
        await until(lambda: hub.states("keys")[-1:] == ["online"])
        far.refuses = True
        hub.say(show("keys", 1, KeypadFace(3), ticket="t_1"))
        await until(lambda: far.faces)
        await asyncio.sleep(0)
        await until(lambda: clock.pending)
        far.say("key", "call")
        await until(lambda: hub.all(Input))
        assert hub.all(Input)[0].context == Context(ticket="t_1")
        assert hub.all(Input)[0].reading == KeyPressed(Key.CALL)
