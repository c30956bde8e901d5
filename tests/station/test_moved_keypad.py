"""A USB keypad in another socket: asked for, known by any key, written down, taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from evdev import ecodes
from msgspec import structs

from drivers.discovery import Found, look
from drivers.hid.simulator import SimulatedKeys
from drivers.transport.evdev import InputFiles
from drivers.transport.simulated import PtyPort
from kioskd.station.messages import Input, Rebind, Rebound
from tests.drivers.discovery.tree import KEYPAD, Tree
from tests.station.hall import device
from tests.station.test_finder import Hall

BY_PATH = "pci-0000:00:14.0-usb-0:{}:1.0-event-kbd"


class Sockets:
    """USB sockets of a PC for one keypad, an input device each time on a real pty."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.keys = SimulatedKeys()
        self._tree = Tree(root)
        self._port: PtyPort | None = None
        self._entries: list[Path] = []
        self._events = 3
        self._place = root

    def address(self, port: str) -> str:
        return f"evdev://{self.root}/dev/input/by-path/{BY_PATH.format(port[2:])}"

    async def plug(self, port: str) -> None:
        event = f"event{self._events}"
        self._events += 1
        link = BY_PATH.format(port[2:])
        (self.root / "dev/input").mkdir(parents=True, exist_ok=True)
        self._port = PtyPort(self.root / "dev/input" / event, [self.keys])
        await self._port.start()
        self._tree.input(port, event, "USB Keypad", KEYPAD, link)
        self._entries = [
            self.root / f"dev/input/by-path/{link}",
            self.root / f"sys/class/input/{event}",
            self.root / f"sys/bus/usb/devices/{port}",
            self.root / f"sys/bus/usb/devices/{port}:1.0",
        ]
        self._place = self.root / f"sys/devices/pci0000:00/0000:00:14.0/usb1/{port}"

    async def unplug(self) -> None:
        if self._port is not None:
            await self._port.stop()
            self._place.rename(self.root / f"gone-{self._events}")
        self._port = None
        for entry in self._entries:
            entry.unlink()
        self._entries = []

    def look(self) -> tuple[Found, ...]:
        return tuple(
            structs.replace(
                each,
                address=each.address.replace("evdev://", f"evdev://{self.root}"),
                node=f"{self.root}{each.node}",
            )
            for each in look(self.root)
        )


@pytest.fixture
async def sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sockets]:
    # A pty cannot be grabbed, and has no brothers in /sys.
    monkeypatch.setattr(InputFiles, "grab", lambda *_: None)
    monkeypatch.setattr(InputFiles, "family", lambda _, path: [path])
    sockets = Sockets(tmp_path / "pc")
    yield sockets
    await sockets.unplug()


@pytest.mark.parametrize("key", ["KEY_KPENTER", "KEY_KP7"], ids=["a key of the profile", "any other"])
async def test_any_key_says_that_it_is_the_one(tmp_path: Path, sockets: Sockets, key: str) -> None:
    hall = Hall(tmp_path)
    hall.pc = sockets  # type: ignore[assignment]
    await sockets.plug("1-2")
    old, new = sockets.address("1-2"), sockets.address("1-5")
    own = device("call_pad", old, id="keypad-2", window="2", driver="call_pad.hid")
    async with hall.station(own) as station:
        await hall.online("keypad-2")
        await sockets.unplug()
        await hall.passes(lambda: hall.code("keypad-2").startswith("line."))
        await sockets.plug("1-5")
        await hall.passes(lambda: hall.code("keypad-2") == "line.moved_press")
        # Who is asked is heard: one press is enough.
        sockets.keys.press_code(ecodes.ecodes[key])
        await hall.passes(lambda: hall.book.done)
        assert hall.book.done == [(old, new)]
        await hall.passes(lambda: hall.code("keypad-2") == "")
        assert station.view().devices[0].address == new
        assert not hall.hub.all(Input), "the press that said yes called nobody"
        sockets.keys.press_code(ecodes.ecodes["KEY_KPENTER"])
        await hall.passes(lambda: hall.hub.all(Input))

        hall.hub.say(Rebind(request="r1", device="keypad-2", undo=True))
        await hall.passes(lambda: len(hall.hub.all(Rebound)) == 2)
        assert (hall.hub.all(Rebound)[-1].new, hall.hub.all(Rebound)[-1].undone) == (old, True)
        assert hall.book.done == []
        await hall.passes(lambda: hall.code("keypad-2") == "line.absent")
        await sockets.unplug()
        await sockets.plug("1-2")
        await hall.passes(lambda: hall.code("keypad-2") == "")
