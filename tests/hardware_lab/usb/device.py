"""A USB device: its descriptors, the requests every device answers, its cable.

Numbers are those of the USB 2.0 specification, chapter 9.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

import msgspec

from tests.hardware_lab.usb.wire import HEADER, STALLED, Setup, Transfer, Unlink, answer, request, unlinked

_CONTROLLER = Path("/sys/devices/platform/vhci_hcd.0")
_FREE_S = 10.0
"""A socket whose plug was pulled is free again once the kernel has cleared up behind it."""
FULL_SPEED = 2
_DEVICE, _CONFIGURATION, _STRING = 1, 2, 3
_GET_DESCRIPTOR = (0x80, 6)
_GET_STATUS = (0x80, 0)
_TAKEN = {(0x00, 5), (0x00, 9), (0x01, 11), (0x02, 1)}
"""Set address, set configuration, set interface, clear a halt."""


class Stall(Exception):  # noqa: N818 - an answer of USB
    """The device does not do what it was asked."""


class UsbDevice:
    """One device, plugged in or not.

    Its end of the cable is served by a thread of its own, so that it answers while the event loop of a test
    waits for the kernel. A subclass says what it is by `interfaces`, and answers in that thread.
    """

    vendor = 0x1209
    product = 0x0001
    names = ("kioskd lab", "device", "LAB1")
    """Maker, product and serial number."""

    def __init__(self) -> None:
        self._cable: socket.socket | None = None
        self._lock = threading.Lock()
        self._pending: dict[int, Transfer] = {}
        self._said: dict[int, deque[bytes]] = {}

    def interfaces(self) -> bytes:
        """Descriptors of interfaces and endpoints, one after the other."""
        raise NotImplementedError

    def control(self, setup: Setup, data: bytes) -> bytes:
        """Answer a request of the device's class. Raises `Stall`."""
        raise Stall

    def take(self, endpoint: int, data: bytes) -> bool:
        """Take what the host sends; False leaves it waiting until `go_on`."""
        return True

    # the cable

    def plug(self, port: int) -> None:
        """Put the plug into socket ``port`` of the controller, from 0."""
        ours, kernels = socket.socketpair()
        words = f"{port} {kernels.fileno()} {0x10002 + port} {FULL_SPEED}"
        until = time.monotonic() + _FREE_S
        while True:
            try:
                (_CONTROLLER / "attach").write_text(words)
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)
        kernels.close()
        self._cable = ours
        threading.Thread(target=self._serve, args=(ours,), name=f"usb socket {port}", daemon=True).start()

    def unplug(self) -> None:
        """Pull the plug. Safe to call twice."""
        cable, self._cable = self._cable, None
        if cable is not None:
            # The kernel may have let go of the device before, and the cable is closed then.
            with suppress(OSError):
                cable.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._pending.clear()
            self._said.clear()

    @property
    def plugged(self) -> bool:
        """Whether the plug is in a socket."""
        return self._cable is not None

    # data

    def say(self, endpoint: int, data: bytes) -> None:
        """Have ``data`` ready for the host's next question at an endpoint. Any thread may call it."""
        with self._lock:
            if self._cable is not None:
                self._said.setdefault(endpoint, deque()).append(data)
                self._pump(endpoint)

    def go_on(self) -> None:
        """Offer again, in order, what `take` refused. Any thread may call it."""
        with self._lock:
            waiting = [each for each in self._pending.values() if each.endpoint and not each.into_host]
            for transfer in waiting:
                if not self.take(transfer.endpoint, transfer.data):
                    break
                self._end(transfer)

    def _serve(self, cable: socket.socket) -> None:
        try:
            while True:
                asked, size = request(_receive(cable, HEADER))
                if isinstance(asked, Unlink):
                    with self._lock:
                        known = self._pending.pop(asked.target, None)
                        cable.sendall(unlinked(asked, known is not None))
                    continue
                data = _receive(cable, size)
                transfer = msgspec.structs.replace(asked, data=data)
                with self._lock:
                    if cable is not self._cable:
                        return
                    self._begin(transfer)
        except Exception as error:
            if cable is self._cable:
                _tell(f"{self.names[1]}: the kernel let go of it, or it failed: {error!r}")
            if not isinstance(error, OSError):
                raise
        finally:
            cable.close()

    def _begin(self, transfer: Transfer) -> None:
        self._pending[transfer.number] = transfer
        if transfer.endpoint == 0:
            try:
                data = self._answer(transfer.setup, transfer.data)[: transfer.length]
                self._end(transfer, data if transfer.into_host else b"")
            except Stall:
                self._end(transfer, status=STALLED)
        elif transfer.into_host:
            self._pump(transfer.endpoint)
        elif self.take(transfer.endpoint, transfer.data):
            self._end(transfer)

    def _pump(self, endpoint: int) -> None:
        said = self._said.get(endpoint)
        for transfer in [
            each for each in self._pending.values() if each.into_host and each.endpoint == endpoint
        ]:
            if not said:
                return
            data = said.popleft()
            if len(data) > transfer.length:
                said.appendleft(data[transfer.length :])
            self._end(transfer, data[: transfer.length])

    def _end(self, transfer: Transfer, data: bytes = b"", status: int = 0) -> None:
        del self._pending[transfer.number]
        if self._cable is not None:
            self._cable.sendall(answer(transfer, data, status))

    # what every device answers

    def _answer(self, setup: Setup, data: bytes) -> bytes:
        asked = (setup.kind, setup.request)
        if asked == _GET_DESCRIPTOR:
            return self._descriptor(setup.value >> 8, setup.value & 0xFF)
        if asked == _GET_STATUS:
            return b"\x01\x00"
        if asked in _TAKEN:
            return b""
        return self.control(setup, data)

    def _descriptor(self, kind: int, index: int) -> bytes:
        if kind == _DEVICE:
            numbers = (0x0200, 0, 0, 0, 64, self.vendor, self.product, 0x0100, 1, 2, 3, 1)
            return struct.pack("<BBHBBBBHHHBBBB", 18, _DEVICE, *numbers)
        if kind == _CONFIGURATION:
            rest = self.interfaces()
            count = _count(rest)
            return struct.pack("<BBHBBBBB", 9, _CONFIGURATION, 9 + len(rest), count, 1, 0, 0xC0, 50) + rest
        if kind == _STRING and index <= len(self.names):
            text = self.names[index - 1].encode("utf-16-le") if index else b"\x09\x04"
            return bytes([len(text) + 2, _STRING]) + text
        raise Stall


def _tell(text: str) -> None:
    """Say something where the lab's session is heard, past pytest."""
    with suppress(OSError), Path("/dev/hvc0").open("w", encoding="utf-8") as out:
        out.write(f"\n{text}\n")


def interface(number: int, kind: tuple[int, int, int], endpoints: int) -> bytes:
    """Descriptor of an interface; ``kind`` is class, subclass and protocol."""
    return bytes([9, 4, number, 0, endpoints, *kind, 0])


def endpoint(address: int, attributes: int, packet: int, interval: int) -> bytes:
    """Descriptor of an endpoint; ``attributes`` 2 is bulk, 3 interrupt."""
    return struct.pack("<BBBBHB", 7, 5, address, attributes, packet, interval)


def bus_of_controller() -> int:
    """Number of the USB bus that devices appear on."""
    return min(int(path.name.removeprefix("usb")) for path in _CONTROLLER.glob("usb[0-9]*"))


def _count(descriptors: bytes) -> int:
    found, at = 0, 0
    while at < len(descriptors):
        found += descriptors[at + 1] == 4
        at += descriptors[at]
    return found


def _receive(cable: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        part = cable.recv(size - len(data))
        if not part:
            raise ConnectionResetError(os.strerror(104))
        data += part
    return bytes(data)
