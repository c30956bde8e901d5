"""A lost device at another socket: asked about, confirmed, written down, taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from drivers.discovery import Found, look
from drivers.transport.simulated import PtyPort
from kioskd.station.messages import DeviceReport, Input, Rebind, Rebound
from kioskd.station.station import Station
from tests.drivers.discovery.tree import Tree
from tests.station.hall import TinyHub, device, running, seen, show
from tests.station.timing import FakeClock
from tests.station.wire import Far

BY_PATH = "dev/serial/by-path/pci-0000:00:14.0-usb-0:{}:1.0-port0"


class Pc:
    """A PC whose USB sockets hold serial adapters with a device on each, on real ptys."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ports: dict[str, PtyPort] = {}
        self._tree = Tree(root)
        self._ttys = 0

    def address(self, port: str) -> str:
        return f"serial://{self.root}/{BY_PATH.format(port.partition('-')[2])}"

    async def plug(self, port: str, *devices: Far) -> None:
        tty = f"ttyUSB{self._ttys}"
        self._ttys += 1
        self._tree.usb_serial(port, tty)
        (self.root / "dev" / tty).unlink()
        self.ports[port] = PtyPort(self.root / "dev" / tty, devices)
        await self.ports[port].start()

    async def unplug(self, *ports: str) -> None:
        for port in ports:
            line = self.ports.pop(port)
            await line.stop()
            for form in ("usb", "usbv2"):
                path = BY_PATH.format(port.partition("-")[2]).replace("-usb-", f"-{form}-")
                self._tree.unplug(path)
            self._tree.unplug(f"sys/class/tty/{line.path.name}")
            self._tree.unplug(f"sys/bus/usb/devices/{port}")
            self._tree.unplug(f"sys/bus/usb/devices/{port}:1.0")
            (self.root / f"sys/devices/pci0000:00/0000:00:14.0/usb1/{port}").rename(
                self.root / f"gone-{self._ttys}-{port}"
            )

    def look(self) -> tuple[Found, ...]:
        """As `look`, with addresses that can be opened here."""
        return tuple(
            structs.replace(
                each,
                address=each.address.replace("serial://", f"serial://{self.root}"),
                node=f"{self.root}{each.node}",
            )
            for each in look(self.root)
        )

    async def close(self) -> None:
        for port in self.ports.values():
            await port.stop()


class Book:
    """The settings file, on paper."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []
        self.refuses = False

    def rebind(self, old: str, new: str) -> None:
        if self.refuses:
            raise PermissionError(13, "read-only", "/etc/kioskd/hall.toml")
        self.done.append((old, new))

    def undo(self, address: str) -> str:
        if not self.done or self.done[-1][1] != address:
            raise ValueError("nothing")
        return self.done.pop()[0]


class Hall:
    """A station on such a PC."""

    def __init__(self, tmp_path: Path) -> None:
        self.pc = Pc(tmp_path / "pc")
        self.clock = FakeClock()
        self.hub = TinyHub()
        self.book = Book()
        self.folder = tmp_path

    @asynccontextmanager
    async def station(self, *devices: Any) -> AsyncIterator[Station]:
        random = iter([0.1 * n for n in range(1, 10)] * 50)
        async with running(
            self.folder,
            self.clock,
            self.hub,
            *devices,
            random=lambda: next(random),
            look=self.pc.look,
            book=self.book,
        ) as station:
            yield station

    def code(self, name: str) -> str:
        reports = [m for m in self.hub.all(DeviceReport) if m.device == name]
        return reports[-1].status.code if reports else "nothing told"

    def behind(self, name: str) -> str | None:
        return [m for m in self.hub.all(DeviceReport) if m.device == name][-1].behind

    async def passes(self, true: Callable[[], object], what: str = "") -> None:
        """Let time pass until something is so."""
        async with asyncio.timeout(30):
            while not true():
                await self.clock.advance(0.5)
                # Looking and opening happen in threads.
                await asyncio.sleep(0.005)

    async def online(self, *names: str) -> None:
        await self.passes(lambda: all(self.code(name) == "" for name in names))
        # One more look, so that what is plugged in has been seen.
        await self.clock.advance(5)
        await asyncio.sleep(0.05)


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    hall = Hall(tmp_path)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(hall.pc.close)
        yield hall


async def test_a_press_at_the_new_socket(hall: Hall) -> None:
    far = Far()
    await hall.pc.plug("1-1.2", far)
    old = f"{hall.pc.address('1-1.2')}?baudrate=19200"
    keypad = device("call_pad", old, id="keypad-3", window="3")
    async with hall.station(keypad) as station:
        await hall.online("keypad-3")
        await hall.pc.unplug("1-1.2")
        await hall.passes(lambda: hall.code("keypad-3").startswith("line."))
        await hall.pc.plug("1-4", far)
        await hall.passes(lambda: hall.code("keypad-3") == "line.moved_press")
        connects = far.connects
        far.say("key", "call")
        await hall.passes(lambda: hall.book.done)
        new = f"{hall.pc.address('1-4')}?baudrate=19200"
        assert hall.book.done == [(old, new)]
        await hall.passes(lambda: hall.code("keypad-3") == "")
        (rebound,) = hall.hub.all(Rebound)
        assert (rebound.devices, rebound.old, rebound.new) == (("keypad-3",), old, new)
        assert rebound.pressed == "keypad-3"
        assert station.view().devices[0].address == new
        assert not hall.hub.all(Input), "the press that said yes called nobody"
        assert far.connects >= connects
        await hall.passes(lambda: not hall.hub.say(show("keypad-3", 1, "A001")) and far.faces)
        far.say("key", "recall")
        await hall.passes(lambda: hall.hub.all(Input))

        # It was the wrong one after all.
        hall.hub.say(Rebind(request="r1", device="keypad-3", undo=True))
        await hall.passes(lambda: len(hall.hub.all(Rebound)) == 2)
        back = hall.hub.all(Rebound)[-1]
        assert (back.request, back.new, back.undone) == ("r1", old, True)
        await hall.passes(lambda: hall.code("keypad-3") == "line.absent")
        for _ in range(10):
            await hall.clock.advance(2)
            await asyncio.sleep(0.01)
        assert hall.code("keypad-3") == "line.absent", "what was said no to is not asked about again"


async def test_a_number_on_a_sign(hall: Hall) -> None:
    right, other = Far(), Far()
    await hall.pc.plug("1-1", right)
    sign = device("caller_display", hall.pc.address("1-1"), id="sign-3", window="3")
    async with hall.station(sign):
        await hall.online("sign-3")
        await hall.pc.unplug("1-1")
        await hall.passes(lambda: hall.code("sign-3").startswith("line."))
        await hall.pc.plug("1-2", other)
        await hall.pc.plug("1-3", right)
        await hall.passes(lambda: right.faces and other.faces)
        assert hall.code("sign-3") == "line.moved_code"
        numbers = {far: seen(far.faces[-1]).rpartition(" ")[2] for far in (right, other)}
        assert len(set(numbers.values())) == 2, "each shows a number of its own"
        hall.hub.say(Rebind(request="r0", device="sign-3", code="00"))
        await hall.passes(lambda: hall.hub.all(Rebound))
        assert hall.hub.all(Rebound)[0].code == "rebind.wrong_code"
        hall.hub.say(Rebind(request="r1", device="sign-3", code=numbers[right]))
        await hall.passes(lambda: len(hall.hub.all(Rebound)) == 2)
        assert hall.book.done == [(hall.pc.address("1-1"), hall.pc.address("1-3"))]
        await hall.passes(lambda: hall.code("sign-3") == "")
        hall.hub.say(Rebind(request="r2", device="sign-3", code=numbers[other]))
        await hall.passes(lambda: len(hall.hub.all(Rebound)) == 3)
        assert hall.hub.all(Rebound)[-1].code == "rebind.not_asked"


async def test_moved_while_the_pc_was_off(hall: Hall) -> None:
    far = Far()
    await hall.pc.plug("1-1", far)
    keypad = device("rating_pad", hall.pc.address("1-1"), id="pad-1", window="1")
    async with hall.station(keypad):
        await hall.online("pad-1")
    await hall.pc.unplug("1-1")
    await hall.pc.plug("1-2", far)
    hall.hub = TinyHub()
    async with hall.station(keypad):
        await hall.passes(lambda: hall.code("pad-1") == "line.moved_press")


async def test_back_at_its_own_socket_nobody_is_asked_any_more(hall: Hall) -> None:
    far, spare = Far(), Far()
    await hall.pc.plug("1-1", far)
    async with hall.station(device("call_pad", hall.pc.address("1-1"), id="k", window="1")):
        await hall.online("k")
        await hall.pc.unplug("1-1")
        await hall.passes(lambda: hall.code("k").startswith("line."))
        await hall.pc.plug("1-2", spare)
        await hall.passes(lambda: hall.code("k") == "line.moved_press")
        await hall.pc.plug("1-1", far)
        await hall.passes(lambda: hall.code("k") == "")
        await hall.passes(lambda: True)
        spare.say("key", "call")
        await hall.clock.advance(5)
        assert not hall.book.done


async def test_another_windows_device_is_never_tried(hall: Hall) -> None:
    lost, other = Far(), Far()
    await hall.pc.plug("1-1", lost)
    await hall.pc.plug("1-2", other)
    devices = [device("call_pad", hall.pc.address(f"1-{n}"), id=f"keypad-{n}", window=str(n)) for n in (1, 2)]
    async with hall.station(*devices):
        await hall.online("keypad-1", "keypad-2")
        await hall.pc.unplug("1-1")
        await hall.passes(lambda: hall.code("keypad-1") == "line.absent")
        for _ in range(10):
            await hall.clock.advance(2)
            await asyncio.sleep(0.01)
        assert hall.code("keypad-1") == "line.absent"
        assert other.connects == 1


async def test_a_file_that_cannot_be_written_keeps_nobody_from_working(hall: Hall) -> None:
    hall.book.refuses = True
    far = Far()
    await hall.pc.plug("1-1", far)
    async with hall.station(device("call_pad", hall.pc.address("1-1"), id="k", window="1")):
        await hall.online("k")
        await hall.pc.unplug("1-1")
        await hall.passes(lambda: hall.code("k").startswith("line."))
        await hall.pc.plug("1-2", far)
        await hall.passes(lambda: hall.code("k") == "line.moved_press")

        def pressed() -> bool:
            far.say("key", "call")
            return hall.code("k") == ""

        await hall.passes(pressed)
        assert hall.hub.all(Rebound)[0].new == hall.pc.address("1-2")


async def test_what_hangs_on_one_hub_goes_together_and_returns_together(hall: Hall) -> None:
    fars = {port: Far() for port in ("1-1.1", "1-1.2", "1-3")}
    names = {port: f"keypad-{n}" for n, port in enumerate(fars, 1)}
    for port, far in fars.items():
        await hall.pc.plug(port, far)
    devices = [device("call_pad", hall.pc.address(port), id=name) for port, name in names.items()]
    async with hall.station(*devices):
        await hall.online(*names.values())
        await hall.pc.unplug("1-1.1", "1-1.2")
        await hall.passes(lambda: hall.behind("keypad-1") and hall.behind("keypad-2"))
        assert {hall.behind(name) for name in ("keypad-1", "keypad-2")} == {"usb:pc-1/1-1"}
        assert hall.behind("keypad-3") is None
        await hall.pc.plug("1-1.1", fars["1-1.1"])
        await hall.passes(lambda: hall.code("keypad-1") == "" and hall.behind("keypad-2") is None)
        assert hall.code("keypad-2") == "line.absent"


async def test_one_cable_to_many_signs_is_one_fault(hall: Hall) -> None:
    fars = [Far(unit) for unit in (1, 2)]
    await hall.pc.plug("1-1", *fars)
    signs = [device("caller_display", hall.pc.address("1-1"), id=f"sign-{n}", unit=n) for n in (1, 2)]
    async with hall.station(*signs):
        await hall.online("sign-1", "sign-2")
        await hall.pc.unplug("1-1")
        await hall.passes(lambda: hall.behind("sign-1") and hall.behind("sign-2"))
        assert hall.behind("sign-1") == f"line:pc-1/{hall.pc.address('1-1')}"
        await hall.pc.plug("1-1", *fars)
        await hall.passes(lambda: hall.code("sign-1") == "" and hall.behind("sign-1") is None)
