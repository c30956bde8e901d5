"""Sound files make whole settings."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from drivers.registry import rows_of
from kioskd.hall.rules import OrderMode, Rules
from kioskd.hub.layout import LAYOUTS
from kioskd.settings import HallSettings, SettingsError, check, load, load_station
from tests.settings.small import CONFIG, HALL, write


@pytest.fixture(scope="module")
def sample() -> HallSettings:
    return load(CONFIG / "sample" / "hall.toml")


def test_the_sample_hall_is_sound(sample: HallSettings) -> None:
    rules = sample.rules
    assert (len(rules.zones), len(rules.queues), len(rules.windows)) == (3, 6, 12)
    assert len(rules.tellers) >= 12
    assert [year.year for year in rules.calendar.years] == [2026, 2027]
    assert rules.policy.order.mode is OrderMode.AGEING
    assert rules.policy.alerts.waiting_tiers == (50, 80, 120)
    assert {queue.id: queue.in_estimate for queue in rules.queues}["enterprise"] is False
    assert set(LAYOUTS) <= set(sample.layouts)


def test_the_sample_hall_has_its_devices(sample: HallSettings) -> None:
    devices = sample.station.devices
    drivers = [device.driver.split(".")[0] for device in devices]
    assert drivers.count("caller_display") == 13
    assert drivers.count("call_pad") == drivers.count("rating_pad") == 12
    signs = {d.address for d in devices if d.id.startswith("sign-")}
    assert len(signs) == 2, "two RS-485 buses"
    board = next(device for device in devices if device.id == "board")
    assert rows_of(board.driver, board.options) == 6


def test_the_rating_options_come_from_the_national_table(sample: HallSettings) -> None:
    options = sample.rules.policy.rating.options
    assert options["5"][0] == 510
    assert options["1"][-1] == 115
    assert sample.evaluation.options["1"]["115"].zh == "服务态度差效率低"


def test_rules_survive_the_journal(sample: HallSettings) -> None:
    assert msgspec.json.decode(msgspec.json.encode(sample.rules), type=Rules) == sample.rules


def test_the_demo_hall_is_open_at_any_hour_and_staffed() -> None:
    rules = load(CONFIG / "demo" / "hall.toml").rules
    (session,) = rules.calendar.sessions
    assert (session.serve_from, session.serve_until) == ("00:00", "24:00")
    assert session.weekdays == (1, 2, 3, 4, 5, 6, 7)
    assert not rules.calendar.needs_year_file
    assert len(rules.windows) == 6
    assert {entry.window for entry in rules.roster} == {window.id for window in rules.windows}
    assert all(not entry.days for entry in rules.roster)
    skills = {teller.id: set(teller.skills) for teller in rules.tellers}
    served = set[str]()
    for entry in rules.roster:
        equipped = next(window.equipped for window in rules.windows if window.id == entry.window)
        served |= skills[entry.teller] & set(equipped)
    assert served == {queue.id for queue in rules.queues}, "every queue has somebody from the start"


def test_the_sample_station_is_sound() -> None:
    station = load_station(CONFIG / "sample" / "station.toml")
    assert station.hub is not None
    assert station.devices[0].options, "the profile's options are filled in"


def test_a_station_is_not_a_hall_and_a_hall_no_station() -> None:
    with pytest.raises(SettingsError) as caught:
        load(CONFIG / "sample" / "station.toml")
    assert caught.value.problems[0].code == "file.not_a_hall"
    with pytest.raises(SettingsError) as caught:
        load_station(CONFIG / "demo" / "hall.toml")
    assert caught.value.problems[0].code == "file.not_a_station"


def test_common_guide_texts_are_filled_in_and_own_ones_win(tmp_path: Path) -> None:
    one, other = load(write(tmp_path)).rules.services
    assert one.guide["phone"].zh == "0000"
    assert other.guide["phone"].zh == "1111"
    assert list(one.guide) == ["basis", "phone"], "in the order of the fields"


def test_a_devices_own_options_win_over_its_profile(tmp_path: Path) -> None:
    first, second, _ = load(write(tmp_path)).station.devices
    assert first.options == {"card": "6K", "rows": 2, "columns": 16}
    assert second.options["align"] == "left"
    assert rows_of(first.driver, first.options) == 2, "the profile knows how many rows there are"


def test_windows_editors_are_forgiven(tmp_path: Path) -> None:
    file = write(tmp_path)
    file.write_bytes(b"\xef\xbb\xbf" + HALL.replace("\n", "\r\n").encode())
    assert load(file).rules.hall == "small"


def test_an_array_may_be_left_out(tmp_path: Path) -> None:
    text = HALL[: HALL.index("[[device]]")]
    assert check(write(tmp_path, hall_toml=text)).problems == ()


def test_devices_on_usb_are_sound(tmp_path: Path) -> None:
    usb = """
[[device]]
id = "printer"
driver = "printer.escpos"
address = "usb://04b8:0e15?port=1-1.2"
zone = "east"

[[device]]
id = "printer-2"
driver = "printer.escpos"
address = "usblp:///dev/usb/by-path/pci-0000:00:14.0-usb-0:3:1.0"
zone = "east"

[[device]]
id = "keypad-2"
driver = "call_pad.hid"
address = "evdev:///dev/input/by-path/pci-0000:00:14.0-usb-0:2:1.0-event-kbd"
options = { keys = { KEY_KPENTER = "call", KEY_KP0 = "pause" } }
window = "2"

[[device]]
id = "pad-2"
driver = "rating_pad.hid"
address = "evdev:///dev/input/by-path/pci-0000:00:14.0-usb-0:4:1.0-event-kbd"
window = "2"
"""
    assert check(write(tmp_path, hall_toml=HALL + usb)).problems == ()
    wrong = usb.replace("KEY_KPENTER", "KEY_RETURN")
    (problem,) = check(write(tmp_path, hall_toml=HALL + wrong)).problems
    assert (problem.code, "KEY_RETURN" in str(problem)) == ("value.refused", True)
