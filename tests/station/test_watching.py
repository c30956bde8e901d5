"""What a technician tries and sees from a page: keys that do nothing else, a line's load, a picture."""

from __future__ import annotations

from pathlib import Path

from drivers.call_pad.api import Key, KeyPressed
from drivers.card_reader.api import CardUnread
from drivers.rating_pad.api import Rated
from drivers.status import DeviceState, DeviceStatus
from kioskd.station import messages
from kioskd.station.clock import SystemClock
from kioskd.station.config import DeviceSettings, StationSettings
from kioskd.station.messages import AskView, ToHub, ViewReport
from kioskd.station.station import Station
from kioskd.station.views import DeviceView
from kioskd.station.watching import TRYING_S, Flow, load_percent, names_to_press
from tests.station.timing import FakeClock, settle

DEVICES = (
    DeviceSettings(
        id="sign-1", driver="caller_display.a090", address="serial:///dev/x?baudrate=9600", unit=1, window="1"
    ),
    DeviceSettings(
        id="sign-2", driver="caller_display.a090", address="serial:///dev/x?baudrate=9600", unit=2, window="2"
    ),
    DeviceSettings(id="keys-1", driver="call_pad.ff68", address="tcp://127.0.0.1:9", window="1"),
    DeviceSettings(id="pad-1", driver="rating_pad.hid", address="evdev:///dev/input/x", window="1"),
    DeviceSettings(id="reader", driver="card_reader.stx", address="tcp://127.0.0.1:10", window="1"),
)


class Bench:
    """A station nobody runs, and what it says."""

    def __init__(self, folder: Path, clock: FakeClock | SystemClock) -> None:
        self.station = Station(StationSettings(id="pc", devices=DEVICES), folder / "s.db", clock=clock)
        self.said: list[ToHub] = []
        self.taken: list[str] = []
        self.station._send = self.said.append  # type: ignore[method-assign]
        self.station._inputs.take = lambda device, *_: self.taken.append(device)  # type: ignore[method-assign]

    async def test(self, device: str, level: messages.TestLevel) -> messages.TestReport:
        self.station.receive(messages.Test(test="t", device=device, level=level))
        await settle()
        (report,) = [said for said in self.said if isinstance(said, messages.TestReport)]
        self.said.clear()
        return report

    def press(self, device: str, reading: KeyPressed | Rated | CardUnread) -> None:
        self.station._devices[device].on_reading(reading)

    def look(self, device: str) -> DeviceView:
        self.station.receive(AskView(request="r", device=device))
        report = self.said.pop()
        assert isinstance(report, ViewReport)
        return next(one for one in report.view.devices if one.id == device)

    def well(self, device: str) -> None:
        self.station._devices[device].status = DeviceStatus(state=DeviceState.ONLINE)


async def test_keys_that_are_tried_out_call_nobody(tmp_path: Path, clock: FakeClock) -> None:
    bench = Bench(tmp_path, clock)
    bench.well("keys-1")
    assert (await bench.test("keys-1", messages.TestLevel.INTERACTIVE)).code == ""
    bench.press("keys-1", KeyPressed(Key.CALL))
    bench.press("keys-1", KeyPressed(Key.PAUSE))
    bench.press("pad-1", Rated(5))
    seen = bench.look("keys-1")
    assert seen.trying
    assert [one.key for one in seen.pressed] == ["call", "pause"]
    assert {"call", "recall", "pause"} <= set(seen.keys)
    assert bench.taken == ["pad-1"]
    await bench.test("keys-1", messages.TestLevel.END)
    bench.press("keys-1", KeyPressed(Key.CALL))
    assert bench.taken == ["pad-1", "keys-1"]
    assert not bench.look("keys-1").trying


async def test_a_technician_who_walks_away_takes_no_window_out_of_service(
    tmp_path: Path, clock: FakeClock
) -> None:
    bench = Bench(tmp_path, clock)
    await bench.test("keys-1", messages.TestLevel.INTERACTIVE)
    await clock.advance(TRYING_S - 1)
    bench.press("keys-1", KeyPressed(Key.CALL))
    assert bench.taken == []
    await clock.advance(2)
    bench.press("keys-1", KeyPressed(Key.CALL))
    assert bench.taken == ["keys-1"]


async def test_of_a_card_it_is_only_told_that_it_was_read(tmp_path: Path, clock: FakeClock) -> None:
    bench = Bench(tmp_path, clock)
    await bench.test("reader", messages.TestLevel.INTERACTIVE)
    bench.press("reader", CardUnread())
    seen = bench.look("reader")
    assert seen.keys == ("read",)
    assert [one.key for one in seen.pressed] == ["read"]


async def test_an_internal_test_only_asks(tmp_path: Path, clock: FakeClock) -> None:
    bench = Bench(tmp_path, clock)
    assert (await bench.test("sign-1", messages.TestLevel.INTERNAL)).code == "device.starting"
    bench.well("sign-1")
    assert (await bench.test("sign-1", messages.TestLevel.INTERNAL)).code == ""


def test_what_can_be_pressed() -> None:
    by_id = {device.id: names_to_press(device) for device in DEVICES}
    assert by_id["pad-1"] == ("5", "4", "3", "2", "1")
    assert by_id["sign-1"] == ()
    assert names_to_press(DeviceSettings(id="x", driver="no.such", address="tcp://h:1")) == ()


async def test_a_sign_does_not_wait_for_its_picture(tmp_path: Path, clock: FakeClock) -> None:
    device = Bench(tmp_path, clock).station._devices["sign-1"]
    assert device.mirror is not None
    before = len(clock.pending)
    device.crossed(">", b"A012")
    device.crossed(">", b"A013")
    assert device.mirror._unread == [b"A012", b"A013"]
    assert len(clock.pending) == before + 1
    await clock.advance(0)
    assert device.mirror._unread == [], "nobody has looked, and it is not kept for ever"


async def test_a_lines_load_is_that_of_all_on_it(tmp_path: Path, clock: FakeClock) -> None:
    bench = Bench(tmp_path, clock)
    bench.station._devices["sign-1"].crossed(">", b"x" * 3000)
    await clock.advance(30)
    bench.station._devices["sign-2"].crossed("<", b"x" * 2760)
    seen = bench.look("sign-1")
    assert (seen.per_minute, seen.load) == (5760, 10.0)  # 960 bytes a second go over 9600 baud
    await clock.advance(31)
    assert bench.look("sign-1").per_minute == 2760
    await clock.advance(31)
    assert bench.look("sign-2").per_minute == 0
    assert bench.look("keys-1").load is None


async def test_flow_stays_small(clock: FakeClock) -> None:
    flow = Flow(clock)
    for _ in range(1000):
        flow.add(1)
        await clock.advance(0.5)
    assert len(flow._seconds) <= 61
    assert 118 <= flow.per_minute <= 120
    assert load_percent("not an address", 100) is None


async def test_a_signs_picture_comes_with_its_bytes(tmp_path: Path, clock: FakeClock) -> None:
    bench = Bench(tmp_path, clock)
    seen = bench.look("sign-1").sign
    assert seen is not None
    assert (seen.width, seen.height, len(seen.windows)) == (128, 16, 1)
    assert bench.look("keys-1").sign is None
