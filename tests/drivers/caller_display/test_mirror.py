"""A picture of every kind of sign, drawn from the bytes of its own driver, is what the sign shows."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.caller_display.mirror import _FAR_ENDS, Mirror, mirror_of
from drivers.caller_display.simulated import SimulatedSign
from drivers.registry import DRIVERS, DeviceClass, options_type
from drivers.transport.simulated import PtyPort, TcpPort
from drivers.transport.simulated_udp import UdpPort
from tests.drivers.caller_display.signs import FAST, face, hall


class Between:
    """Stands between a line and a sign; what goes to the sign goes to its mirror too."""

    def __init__(self, sign: SimulatedSign, mirror: Mirror) -> None:
        self.sign = sign
        self.mirror = mirror

    def connect(self, send: Any) -> None:
        self.mirror.interrupted()
        self.sign.connect(send)

    def disconnect(self) -> None:
        self.sign.disconnect()

    def receive(self, data: bytes) -> None:
        self.mirror.sent(data)
        self.sign.receive(data)

    def view(self) -> dict[str, Any]:
        return self.sign.view()

    def on_change(self, notify: Any) -> None:
        self.sign.on_change(notify)


def test_every_sign_has_a_mirror() -> None:
    signs = {name for name, driver in DRIVERS.items() if driver.device_class is DeviceClass.CALLER_DISPLAY}
    assert set(_FAR_ENDS) == signs
    for name in signs:
        made = mirror_of(name, 1, {})
        assert made is not None
        assert made.view() is not None


def test_what_is_no_sign_has_none() -> None:
    assert mirror_of("printer.escpos", 0, {}) is None
    assert mirror_of("caller_display.a090", 1, {"no such option": 1}) is None


@pytest.mark.parametrize("driver", sorted(_FAR_ENDS))
async def test_the_mirror_shows_what_the_sign_shows(driver: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {
        key: value
        for key, value in FAST.items()
        if key in msgspec.structs.asdict(options_type(driver)())  # the habits that this make has
    }
    unit = 0 if driver.rpartition(".")[2] in ("cd5220", "cx_h", "huidu") else 3
    mirror = mirror_of(driver, unit, options)
    assert mirror is not None
    module = importlib.import_module(f"drivers.{driver}.simulator")
    sign = getattr(module, _FAR_ENDS[driver])(unit, msgspec.convert(options, options_type(driver)))
    between = Between(sign, mirror)
    schemes = DRIVERS[driver].schemes
    port: PtyPort | TcpPort | UdpPort
    if "serial" in schemes:
        port = PtyPort(tmp_path / "bus", [between], None)
    else:
        port = (UdpPort if schemes == ("udp",) else TcpPort)("127.0.0.1", 0, [between])
    texts = ("请A012到3号窗口", "A012 -> 3", "A012")
    async with hall(port, driver, [unit], [between], options) as signs:
        for wanted in (texts, ("请等候叫号", "WELCOME", "A007")):
            before = sign.view()
            signs.one.want(face(wanted[0]) if driver != "caller_display.cd5220" else face(wanted[1]))
            if driver != "caller_display.modbus_digits" or wanted is texts:
                await signs.pulse.until(lambda before=before: sign.view() != before)
        await signs.pulse.until(lambda: mirror.view() == sign.view())
        shown = mirror.view()
        assert shown is not None
        assert shown["lit"]


def test_noise_on_the_line_spoils_no_station() -> None:
    for driver in _FAR_ENDS:
        mirror = mirror_of(driver, 1, {})
        assert mirror is not None
        for data in (b"\x00" * 300, bytes(range(256)) * 3, "叫号".encode("gb18030")):
            mirror.sent(data)
            mirror.interrupted()
        assert mirror.view() is not None


class FarEnd(SimulatedSign):
    """Notes what it is sent."""

    lit = True

    def __init__(self) -> None:
        super().__init__(16, 16)
        self.taken = b""

    def _take(self, data: bytes) -> None:
        self.taken += data

    def _lost_power(self) -> None: ...

    def _lost_line(self) -> None: ...

    def _rows(self) -> list[Any]:
        return []

    def _windows(self) -> list[Any]:
        return []


class Failing(FarEnd):
    """A far end with a fault in it."""

    def _take(self, data: bytes) -> None:
        raise RuntimeError("a fault")


def test_nothing_is_made_of_what_is_sent_until_somebody_has_the_time() -> None:
    far_end = FarEnd()
    mirror = Mirror(far_end)
    assert mirror.sent(b"to ")
    assert not mirror.sent(b"the sign"), "who was asked once to have it read need not be asked again"
    assert far_end.taken == b""
    mirror.read()
    assert far_end.taken == b"to the sign"
    assert mirror.sent(b", again")
    assert mirror.view() is not None
    assert far_end.taken == b"to the sign, again"


def test_a_fault_in_a_mirror_only_ends_the_picture() -> None:
    mirror = Mirror(Failing())
    mirror.sent(b"x")
    mirror.sent(b"y")
    mirror.interrupted()
    assert mirror.view() is None
