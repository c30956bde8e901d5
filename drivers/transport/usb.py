"""Lines over USB to printers, past the kernel's own driver.

A printer is an interface of class 07, subclass 01, best with protocol 02 (bidirectional), with a bulk
endpoint each way (USB Device Class Definition for Printing Devices 1.1, which also has GET_PORT_STATUS).
libusb's calls block, so they run in two threads a line, one that reads and one that writes, each call
bounded in time. The kernel's driver is taken off the interface and put back at the end.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import structlog
import usb.core
import usb.util

from drivers.errors import ConfigurationError, DeviceError, TransientError
from drivers.facts import Fact, fact, refused
from drivers.transport.address import UsbPlace, format_address, usb_place
from drivers.transport.api import Address
from drivers.transport.frames import FrameLine
from drivers.transport.opening import open_in_thread
from drivers.transport.stream import Timing, Traffic

T = TypeVar("T")
log = structlog.get_logger(__name__)

_PRINTER = (0x07, 0x01)
_BIDIRECTIONAL = 0x02
_CALL = 0.25
"""Seconds a transfer may wait: how long closing a line waits at most for the thread that reads."""
_MOST_WRITTEN = 16384
"""Bytes handed over in one transfer; what a printer takes within a call, so that progress is seen."""
_MOST_READ = 4096
"""A multiple of every packet size, as libusb asks for."""
_STALLS = 3
"""Stalled transfers in a row that are cleared before the printer counts as gone."""
_GET_PORT_STATUS = (0xA1, 0x01)


async def open_usb(address: Address, traffic: Traffic | None, timing: Timing, backend: Any = None) -> UsbLine:
    """Claim the printer; see `drivers.transport.line.open_line` for the errors.

    ``backend`` is a ``usb.backend.IBackend``; without one it is the system's libusb 1.0.
    """
    pipe = UsbPipe(usb_place(address), format_address(address), backend)
    try:
        await open_in_thread(pipe.open, lambda _: pipe.close(), timing.connect)
    except TimeoutError:
        raise TransientError(
            "line.absent",
            fact("line.did_not_open", seconds=timing.connect),
            fact("line.at", where=format_address(address)),
        ) from None
    return UsbLine(address, pipe, traffic, timing)


class UsbPipe:
    """A claimed printer. Every call blocks, for `_CALL` seconds or a little more."""

    def __init__(self, place: UsbPlace, where: str, backend: Any) -> None:
        self._place = place
        self._at = fact("line.at", where=where)
        self._backend = backend
        self._device: Any = None
        self._interface: Any = None
        self._in: Any = None
        self._out: Any = None
        self._detached = False

    def open(self) -> None:
        """Find and claim it. Raises `DeviceError`."""
        try:
            self._device = self._find()
            self._claim()
        except usb.core.NoBackendError as error:
            missing = fact("system.no_library", library="libusb 1.0", package="libusb-1.0-0")
            raise ConfigurationError("line.denied", missing, self._at) from error
        except usb.core.USBError as error:
            self.close()
            raise self._explain(error) from error
        except Exception:
            self.close()
            raise

    def read(self) -> bytes:
        """What the printer says; empty when it says nothing for a while. Raises OSError."""
        try:
            return bytes(self._past_stalls(self._in, lambda: self._in.read(_MOST_READ, _milliseconds(_CALL))))
        except usb.core.USBTimeoutError:
            return b""

    def write(self, data: bytes) -> int:
        """Hand over a beginning of ``data``; returns its length. Raises OSError."""
        part = data[:_MOST_WRITTEN]
        try:
            return int(self._past_stalls(self._out, lambda: self._out.write(part, _milliseconds(_CALL))))
        except usb.core.USBTimeoutError:
            return 0

    def port_status(self) -> tuple[Fact, ...]:
        """What the printer's port says is wrong; nothing also when it does not answer."""
        try:
            number = self._interface.bInterfaceNumber
            answer = self._device.ctrl_transfer(*_GET_PORT_STATUS, 0, number, 1, _milliseconds(_CALL))
        except usb.core.USBError:
            return ()
        if len(answer) != 1:
            return ()
        bits = answer[0]
        facts = (
            (fact("usb.port_no_paper"), bits & 0x20),
            (fact("usb.port_not_selected"), not bits & 0x10),
            (fact("usb.port_error"), not bits & 0x08),
        )
        return tuple(one for one, true in facts if true)

    def close(self) -> None:
        """Give the interface back to the kernel. Safe to call twice, and after the printer has gone."""
        device, self._device = self._device, None
        if device is None:
            return
        if self._interface is not None:
            with suppress(usb.core.USBError):
                usb.util.release_interface(device, self._interface)
            if self._detached:
                with suppress(usb.core.USBError):
                    device.attach_kernel_driver(self._interface.bInterfaceNumber)
        usb.util.dispose_resources(device)

    def _find(self) -> Any:
        place = self._place
        found = list(
            usb.core.find(
                find_all=True, idVendor=place.vendor, idProduct=place.product, backend=self._backend
            )
        )
        here = [device for device in found if place.port in ("", port_of(device))]
        if len(here) == 1:
            return here[0]
        ports = ", ".join(sorted(port_of(device) for device in found))
        if here:
            raise ConfigurationError("address.bad", fact("usb.several", ports=ports), self._at)
        if found:
            raise TransientError("line.absent", fact("usb.elsewhere", ports=ports), self._at)
        raise TransientError("line.absent", fact("usb.absent"), self._at)

    def _claim(self) -> None:
        device = self._device
        try:
            configuration = device.get_active_configuration()
        except usb.core.USBError as error:
            if error.errno is not None:
                raise
            device.set_configuration()
            configuration = device.get_active_configuration()
        self._interface, self._in, self._out = self._endpoints(configuration)
        number = self._interface.bInterfaceNumber
        # Systems without kernel drivers to detach say that they don't support the question.
        with suppress(NotImplementedError):
            if device.is_kernel_driver_active(number):
                device.detach_kernel_driver(number)
                self._detached = True
        usb.util.claim_interface(device, number)
        if self._interface.bAlternateSetting:
            self._interface.set_altsetting()

    def _endpoints(self, configuration: Any) -> tuple[Any, Any, Any]:
        best = None
        for interface in configuration:
            if (interface.bInterfaceClass, interface.bInterfaceSubClass) != _PRINTER:
                continue
            into, out = _bulk(interface, usb.util.ENDPOINT_IN), _bulk(interface, usb.util.ENDPOINT_OUT)
            if into is None or out is None:
                continue
            if best is None or interface.bInterfaceProtocol == _BIDIRECTIONAL:
                best = interface, into, out
            if interface.bInterfaceProtocol == _BIDIRECTIONAL:
                break
        if best is None:
            raise ConfigurationError("address.bad", fact("usb.no_printer"), self._at)
        return best

    def _past_stalls(self, endpoint: Any, transfer: Callable[[], T]) -> T:
        for _ in range(_STALLS):
            try:
                return transfer()
            except usb.core.USBError as error:
                if error.errno != errno.EPIPE:
                    raise
                endpoint.clear_halt()
        return transfer()

    def _explain(self, error: usb.core.USBError) -> DeviceError:
        if error.errno in {errno.EACCES, errno.EPERM}:
            return ConfigurationError("line.denied", fact("line.not_in_group", group="lp"), self._at)
        if error.errno == errno.EBUSY:
            return ConfigurationError("line.busy", self._at)
        return TransientError("line.absent", refused(error), self._at)


class UsbLine(FrameLine):
    """A line to one claimed printer."""

    def __init__(self, address: Address, pipe: UsbPipe, traffic: Traffic | None, timing: Timing) -> None:
        super().__init__(address, traffic, timing)
        self._pipe = pipe
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="usb read")
        self._writing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="usb write")
        self._reader = asyncio.create_task(self._read(), name=f"reading {self._where}")

    async def _read(self) -> None:
        while not self._gone.is_set():
            try:
                data = await self._loop.run_in_executor(self._reading, self._pipe.read)
            except Exception as error:
                # Whatever it was: a line that nobody reads must not look like a healthy one.
                self._lose(refused(error))
                return
            if data and not self._gone.is_set():
                self._heard(data)

    async def _put(self, data: bytes) -> int:
        return await self._loop.run_in_executor(self._writing, self._pipe.write, data)

    async def _explain_stuck(self) -> tuple[Fact, ...]:
        return await self._loop.run_in_executor(self._writing, self._pipe.port_status)

    async def _release(self) -> None:
        # Not cancelled: its thread is in a call, which ends by itself within `_CALL` seconds.
        await self._reader
        await self._loop.run_in_executor(self._writing, self._pipe.close)
        self._reading.shutdown(wait=False)
        self._writing.shutdown(wait=False)


def port_of(device: Any) -> str:
    """Where a USB device is plugged in, as the kernel writes it: ``1-1.2``; empty for a root hub."""
    numbers = device.port_numbers
    return f"{device.bus}-{'.'.join(map(str, numbers))}" if numbers else ""


def _bulk(interface: Any, direction: int) -> Any:
    for endpoint in interface:
        bulk = usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
        if bulk and usb.util.endpoint_direction(endpoint.bEndpointAddress) == direction:
            return endpoint
    return None


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
