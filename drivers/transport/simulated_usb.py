"""USB printers for pyusb without USB: a backend with a bus of its own.

`SimulatedBus` stands where libusb does and answers as it would, from the descriptors' real bytes to the
errors of a device that stalls, takes nothing, is held by somebody else or is pulled out in the middle
of a transfer. pyusb calls it from any thread; the simulators behind it live on the event loop.
"""

from __future__ import annotations

import array
import asyncio
import errno
import itertools
import struct
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core

from drivers.simulator import Simulator
from drivers.transport.api import Address

IN, OUT = 0x82, 0x01
_PACKET = 64
_DEVICE = (
    "<BBHBBBBHHHBBBB",
    "bLength bDescriptorType bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 idVendor"
    " idProduct bcdDevice iManufacturer iProduct iSerialNumber bNumConfigurations",
)
_CONFIGURATION = (
    "<BBHBBBBB",
    "bLength bDescriptorType wTotalLength bNumInterfaces bConfigurationValue iConfiguration bmAttributes"
    " bMaxPower",
)
_INTERFACE = (
    "<BBBBBBBBB",
    "bLength bDescriptorType bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass"
    " bInterfaceSubClass bInterfaceProtocol iInterface",
)
_ENDPOINT = ("<BBBBHB", "bLength bDescriptorType bEndpointAddress bmAttributes wMaxPacketSize bInterval")


class UsbPort:
    """A socket ``1-…`` of a bus with one printer, plugged in or not.

    Faults are attributes: ``jammed`` (takes nothing, transfers time out), ``stalls`` (so many transfers
    fail until the halt is cleared), ``denied`` (no permission), ``taken`` (another program has claimed
    it), ``paper`` and ``interface`` (class, subclass, protocol). ``kernel_driver`` tells whether the
    kernel's own driver has it now.
    """

    def __init__(
        self,
        bus: SimulatedBus,
        port: str,
        simulator: Simulator,
        *,
        vendor: int = 0x04B8,
        product: int = 0x0E15,
        interface: tuple[int, int, int] = (7, 1, 2),
    ) -> None:
        self.port = port
        self.vendor = vendor
        self.product = product
        self.interface = interface
        self.jammed = False
        self.stalls = 0
        self.denied = False
        self.taken = False
        self.paper = True
        self.kernel_driver = True
        self.claimed = False
        self.at_once = 0
        """The most reads ever under way together."""
        self.bus = bus
        self._simulator = simulator
        self._loop = asyncio.get_running_loop()
        self._changed = threading.Condition()
        self._said = bytearray()
        self._halted: set[int] = set()
        self._readers = 0
        self._life = 0

    # for tests and demonstrations, on the event loop

    @property
    def address(self) -> Address:
        """Where a driver finds the printer."""
        return Address("usb", f"{self.vendor:04x}:{self.product:04x}", {"port": self.port})

    @property
    def plugged(self) -> bool:
        """Whether the printer is there."""
        return self in self.bus.ports

    async def start(self) -> None:
        """Plug the printer in."""
        await self.plug()

    async def stop(self) -> None:
        """Take it away for good."""
        await self.unplug()

    async def plug(self) -> None:
        """Plug the printer in; the kernel's driver takes it first."""
        if not self.plugged:
            self.kernel_driver = True
            self.claimed = False
            self._halted.clear()
            self.bus.ports.append(self)
            self._simulator.connect(self._say)

    async def unplug(self) -> None:
        """Pull the plug: transfers under way fail at once, handles of this life stay dead."""
        if self.plugged:
            self.bus.ports.remove(self)
            with self._changed:
                self._life += 1
                self._said.clear()
                self._changed.notify_all()
            self._simulator.disconnect()

    def set_jammed(self, jammed: bool) -> None:
        """Stop taking bytes, or go on."""
        with self._changed:
            self.jammed = jammed
            self._changed.notify_all()

    def _say(self, data: bytes) -> None:
        with self._changed:
            self._said += data
            self._changed.notify_all()

    # for the backend, on any thread

    def device_descriptor(self) -> bytes:
        return struct.pack(
            _DEVICE[0], 18, 1, 0x0200, 0, 0, 0, 64, self.vendor, self.product, 0x0100, 0, 0, 0, 1
        )

    def configuration_descriptor(self) -> bytes:
        rest = struct.pack(_INTERFACE[0], 9, 4, 0, 0, 2, *self.interface, 0)
        rest += struct.pack(_ENDPOINT[0], 7, 5, IN, 2, _PACKET, 0)
        rest += struct.pack(_ENDPOINT[0], 7, 5, OUT, 2, _PACKET, 0)
        return struct.pack(_CONFIGURATION[0], 9, 2, 9 + len(rest), 1, 1, 0, 0xC0, 50) + rest

    def open(self) -> _Handle:
        if self.denied:
            raise _error(errno.EACCES)
        return _Handle(self, self._life)

    def check(self, handle: _Handle, endpoint: int | None = None) -> None:
        if handle.life != self._life or not self.plugged:
            raise _error(errno.ENODEV)
        if endpoint is not None:
            if not self.claimed:
                raise _error(errno.EBUSY)
            if self.stalls and endpoint not in self._halted:
                self.stalls -= 1
                self._halted.add(endpoint)
            if endpoint in self._halted:
                raise _error(errno.EPIPE)

    def clear_halt(self, endpoint: int) -> None:
        self._halted.discard(endpoint)

    def write(self, handle: _Handle, data: bytes, timeout: float) -> int:
        with self._changed:
            self.check(handle, OUT)
            self._changed.wait_for(lambda: not self.jammed or handle.life != self._life, timeout)
            self.check(handle)
            if self.jammed:
                raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        self._loop.call_soon_threadsafe(self._deliver, handle, data)
        return len(data)

    def read(self, handle: _Handle, size: int, timeout: float) -> bytes:
        with self._changed:
            self.check(handle, IN)
            self._readers += 1
            self.at_once = max(self.at_once, self._readers)
            try:
                self._changed.wait_for(lambda: self._said or handle.life != self._life, timeout)
            finally:
                self._readers -= 1
            self.check(handle)
            if not self._said:
                raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
            data = bytes(self._said[:size])
            del self._said[:size]
            return data

    def status(self) -> int:
        return 0x18 if self.paper else 0x38

    def _deliver(self, handle: _Handle, data: bytes) -> None:
        if handle.life == self._life and self.plugged:
            self._simulator.receive(data)


class _Handle:
    def __init__(self, port: UsbPort, life: int) -> None:
        self.port = port
        self.life = life


class SimulatedBus(usb.backend.IBackend):  # type: ignore[misc]
    """A bus and what is plugged into it, as pyusb's backend."""

    def __init__(self) -> None:
        super().__init__()
        self.ports: list[UsbPort] = []
        self.handles = 0
        """Handles that are open."""
        self.closed = threading.Event()
        """Set once a handle was closed and none is left open."""
        self.opening = 0.0
        """Seconds that opening a device takes."""
        self._numbers = itertools.count(1)

    def enumerate_devices(self) -> Iterator[UsbPort]:
        return iter(tuple(self.ports))

    def get_parent(self, dev: UsbPort) -> None:
        return None

    def get_device_descriptor(self, dev: UsbPort) -> SimpleNamespace:
        bus, _, numbers = dev.port.partition("-")
        ports = tuple(int(number) for number in numbers.split("."))
        return _fields(
            _DEVICE,
            dev.device_descriptor(),
            bus=int(bus),
            address=next(self._numbers),
            port_number=ports[-1],
            port_numbers=ports,
            speed=2,
        )

    def get_configuration_descriptor(self, dev: UsbPort, config: int) -> SimpleNamespace:
        if config:
            raise IndexError("one configuration")
        return _fields(_CONFIGURATION, dev.configuration_descriptor())

    def get_interface_descriptor(self, dev: UsbPort, intf: int, alt: int, config: int) -> SimpleNamespace:
        if intf or alt or config:
            raise IndexError("one interface")
        return _fields(_INTERFACE, dev.configuration_descriptor()[9:])

    def get_endpoint_descriptor(
        self, dev: UsbPort, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        if ep > 1:
            raise IndexError("two endpoints")
        data = dev.configuration_descriptor()[18 + 7 * ep :]
        return _fields(_ENDPOINT, data, bRefresh=0, bSynchAddress=0)

    def open_device(self, dev: UsbPort) -> _Handle:
        time.sleep(self.opening)
        handle = dev.open()
        self.handles += 1
        return handle

    def close_device(self, dev_handle: _Handle) -> None:
        self.handles -= 1
        if not self.handles:
            self.closed.set()

    def get_configuration(self, dev_handle: _Handle) -> int:
        dev_handle.port.check(dev_handle)
        return 1

    def set_configuration(self, dev_handle: _Handle, config_value: int) -> None:
        dev_handle.port.check(dev_handle)

    def claim_interface(self, dev_handle: _Handle, intf: int) -> None:
        port = dev_handle.port
        port.check(dev_handle)
        if port.taken or port.claimed or port.kernel_driver:
            raise _error(errno.EBUSY)
        port.claimed = True

    def release_interface(self, dev_handle: _Handle, intf: int) -> None:
        dev_handle.port.check(dev_handle)
        dev_handle.port.claimed = False

    def is_kernel_driver_active(self, dev_handle: _Handle, intf: int) -> bool:
        dev_handle.port.check(dev_handle)
        return dev_handle.port.kernel_driver

    def detach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        dev_handle.port.check(dev_handle)
        dev_handle.port.kernel_driver = False

    def attach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        dev_handle.port.check(dev_handle)
        if dev_handle.port.claimed:
            raise _error(errno.EBUSY)
        dev_handle.port.kernel_driver = True

    def clear_halt(self, dev_handle: _Handle, ep: int) -> None:
        dev_handle.port.check(dev_handle)
        dev_handle.port.clear_halt(ep)

    def bulk_write(
        self, dev_handle: _Handle, ep: int, intf: int, data: array.array[int], timeout: int
    ) -> int:
        return dev_handle.port.write(dev_handle, data.tobytes(), timeout / 1000)

    def bulk_read(self, dev_handle: _Handle, ep: int, intf: int, buff: array.array[int], timeout: int) -> int:
        data = dev_handle.port.read(dev_handle, len(buff), timeout / 1000)
        buff[: len(data)] = array.array("B", data)
        return len(data)

    def ctrl_transfer(
        self,
        dev_handle: _Handle,
        bmRequestType: int,  # noqa: N803 - pyusb's names
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: array.array[int],
        timeout: int,
    ) -> int:
        dev_handle.port.check(dev_handle)
        if (bmRequestType, bRequest) != (0xA1, 0x01):
            raise _error(errno.EPIPE)
        data[0] = dev_handle.port.status()
        return 1


def _fields(layout: tuple[str, str], data: bytes, **more: Any) -> SimpleNamespace:
    form, names = layout
    values = struct.unpack_from(form, data)
    return SimpleNamespace(
        **dict(zip(names.split(), values, strict=True)), extra_descriptors=array.array("B"), **more
    )


def _error(number: int) -> usb.core.USBError:
    words = {
        errno.ENODEV: "No such device (it may have been disconnected)",
        errno.EACCES: "Access denied (insufficient permissions)",
        errno.EBUSY: "Resource busy",
        errno.EPIPE: "Pipe error",
    }
    return usb.core.USBError(words[number], -1, number)
