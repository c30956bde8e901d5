"""The devices of a simulated hall: every one a simulator behind a real pty or TCP socket.

Made from the hall's own device tables: devices with the same address sit on the same line, each
line becomes a port under ``DATA/dev`` or on loopback, and the tables' addresses are replaced by the
ports'. A real or foreign device can take the place of any simulator.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from drivers.errors import ConfigurationError
from drivers.facts import fact
from drivers.registry import DRIVERS, DeviceClass, options_type
from drivers.simulator import Simulator
from drivers.transport.address import format_address, parse_address, wire_of
from drivers.transport.simulated import PtyPort, TcpPort
from drivers.transport.simulated_udp import UdpPort
from kioskd.demo.hands import HANDS, Hands
from kioskd.demo.wire import Tap
from kioskd.station.config import DeviceSettings

FRAMES_UNREAD = 8 * 1024 * 1024

Port = PtyPort | TcpPort | UdpPort


class Line:
    """One line with everything on it."""

    def __init__(self, port: Port, tap: Tap) -> None:
        self.port = port
        self.tap = tap
        self.devices: list[BedDevice] = []

    @property
    def shared(self) -> bool:
        """Whether it is a bus, where pulling one plug leaves the others talking."""
        return len(self.devices) > 1


class BedDevice:
    """One device of the hall, simulated or (``real``) somewhere else.

    ``kind`` is ``printer``, ``board``, ``sign``, ``keypad``, ``pad`` or ``speaker``.
    """

    def __init__(self, settings: DeviceSettings) -> None:
        self.settings = settings
        self.id = settings.id
        self.kind = _kind(settings)
        self.window = settings.window
        self.line: Line | None = None
        self.simulator: Any = None
        self.hands: Hands | None = None
        self._cut = False

    @property
    def real(self) -> str | None:
        """Address of the real device in the simulator's place."""
        return self.settings.address if self.simulator is None else None

    @property
    def plugged(self) -> bool:
        """Whether it is on its line and the line in its socket."""
        return self.line is None or (self.line.port.plugged and not self._cut)

    def actions(self) -> list[str]:
        """What a person could do to it by hand now."""
        if self.line is None or self.hands is None:
            return []
        plugs = ["plug" if self._cut or (not self.line.shared and not self.line.port.plugged) else "unplug"]
        if self.line.shared:
            plugs.append("unplug_line" if self.line.port.plugged else "plug_line")
        return [*plugs, *self.hands.actions()]

    def view(self) -> dict[str, Any]:
        """What a person standing there sees, JSON-ready."""
        seen = {
            "id": self.id,
            "kind": self.kind,
            "window": self.window,
            "zone": self.settings.zone,
            "real": self.real,
            "address": self.settings.address,
            "plugged": self.plugged,
            "actions": self.actions(),
        }
        return seen if self.hands is None else {**self.hands.view(), **seen}

    async def act(self, action: str) -> None:
        """Do what `actions` offers. Raises ValueError for anything else."""
        if action not in self.actions() or self.line is None or self.hands is None:
            raise ValueError(f"{action} cannot be done to {self.id} now")
        match action:
            case "unplug" | "plug" if self.line.shared:
                self._cut = action == "unplug"
                self.simulator.mute(self._cut)
            case "unplug" | "unplug_line":
                await self.line.port.unplug()
            case "plug" | "plug_line":
                await self.line.port.plug()
            case _:
                self.hands.do(action)


class Bed:
    """All devices of a simulated hall."""

    def __init__(
        self,
        devices: Sequence[DeviceSettings],
        folder: Path,
        *,
        speed: float = 1.0,
        instead: Mapping[str, str] | None = None,
    ) -> None:
        """Lay out the bed; nothing runs yet.

        ``instead`` gives addresses of real devices by id. Raises `ConfigurationError` for a bad
        address, an id that the hall has not, or a driver without a simulator.
        """
        self._folder = folder
        self._listeners: list[Callable[[BedDevice], None]] = []
        self.devices: dict[str, BedDevice] = {}
        self.lines: list[Line] = []
        taken = dict(instead or {})
        by_address: dict[str, list[BedDevice]] = {}
        for settings in devices:
            if settings.id in taken:
                address = taken.pop(settings.id)
                _check(address, settings.driver)
                settings = msgspec.structs.replace(settings, address=address)
                self.devices[settings.id] = BedDevice(settings)
                continue
            if settings.driver not in HANDS:
                raise ConfigurationError("demo.no_simulator", settings.driver)
            device = BedDevice(settings)
            options = msgspec.convert(settings.options, options_type(settings.driver))
            device.hands = HANDS[settings.driver](settings.unit, options, speed)
            device.simulator = device.hands.simulator
            device.simulator.on_change(lambda device=device: self._notify(device))
            self.devices[device.id] = device
            by_address.setdefault(settings.address, []).append(device)
        if taken:
            raise ConfigurationError("demo.unknown_device", ", ".join(sorted(taken)))
        for address, sharing in by_address.items():
            self.lines.append(self._line(address, sharing))

    @property
    def real(self) -> list[BedDevice]:
        """Devices that are no simulators."""
        return [device for device in self.devices.values() if device.real is not None]

    def on_change(self, notify: Callable[[BedDevice], None]) -> None:
        """Call ``notify`` whenever the view of a device changes."""
        self._listeners.append(notify)

    def _notify(self, device: BedDevice) -> None:
        for notify in tuple(self._listeners):
            notify(device)

    def settings(self) -> tuple[DeviceSettings, ...]:
        """Return the device tables with the addresses as they are; ports are known once started."""
        return tuple(device.settings for device in self.devices.values())

    async def start(self) -> None:
        """Plug everything in."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for line in self.lines:
            await line.port.start()
            for device in line.devices:
                before = parse_address(device.settings.address)
                now = line.port.address
                gap = {key: value for key, value in before.params.items() if key == "rs485_gap_ms"}
                now = msgspec.structs.replace(now, params={**now.params, **gap})
                device.settings = msgspec.structs.replace(device.settings, address=format_address(now))

    async def stop(self) -> None:
        """Take everything away."""
        await asyncio.gather(*(line.port.stop() for line in self.lines))

    def _line(self, address: str, devices: list[BedDevice]) -> Line:
        parsed = parse_address(address)
        simulators: list[Simulator] = [device.simulator for device in devices]
        tap = Tap(simulators)
        if parsed.scheme == "serial":
            port: Port = PtyPort(self._folder / Path(parsed.target).name, [tap], wire_of(parsed).baudrate)
        elif parsed.scheme == "udp":
            port = UdpPort("127.0.0.1", 0, [tap])
        else:
            # A camera's frame is larger than all that other devices say in a day.
            camera = any(device.kind == DeviceClass.DOCUMENT_CAMERA for device in devices)
            limit = {"send_limit": FRAMES_UNREAD} if camera else {}
            port = TcpPort("127.0.0.1", 0, [tap], wire_of(parsed).baudrate, **limit)
        line = Line(port, tap)
        for device in devices:
            device.line = line
            line.devices.append(device)
        return line


def _kind(settings: DeviceSettings) -> str:
    match DRIVERS[settings.driver].device_class:
        case DeviceClass.CALLER_DISPLAY:
            return "board" if settings.window is None else "sign"
        case DeviceClass.CALL_PAD:
            return "keypad"
        case DeviceClass.RATING_PAD:
            return "pad"
        case DeviceClass.PRINTER:
            return "printer"
        case other:
            return other.value


def _check(address: str, driver: str) -> None:
    scheme = parse_address(address).scheme
    if scheme not in DRIVERS[driver].schemes:
        schemes = ", ".join(DRIVERS[driver].schemes)
        why = fact("driver.other_line", driver=driver, schemes=schemes)
        raise ConfigurationError("address.bad", why, fact("line.at", where=address))
