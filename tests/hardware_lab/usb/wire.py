"""USB/IP as vhci-hcd speaks it once a device is attached: requests of the host, answers of the device.

Source: the kernel's Documentation/usb/usbip_protocol.rst. All numbers are big-endian; the setup packet of a
control transfer is carried as it is on USB, little-endian.
"""

from __future__ import annotations

import struct

import msgspec

HEADER = 48
_SUBMIT, _UNLINK, _SUBMITTED, _UNLINKED = 1, 2, 3, 4
_SUBMIT_HEADER = struct.Struct(">IIIIIIiiii8s")
_UNLINK_HEADER = struct.Struct(">IIIIII24x")
_ANSWER = struct.Struct(">IIIIIiiiii8x")
_SETUP = struct.Struct("<BBHHH")

STALLED = -32
"""EPIPE: the device does not do such a thing."""
_UNLINKED_IN_TIME = -104
"""ECONNRESET: the transfer was still under way."""


class Setup(msgspec.Struct, frozen=True):
    """What a control transfer asks."""

    kind: int
    request: int
    value: int
    index: int
    length: int


class Transfer(msgspec.Struct, frozen=True):
    """The host asks for a transfer. ``data`` is what it sends; ``length`` what it sends or would take."""

    number: int
    endpoint: int
    into_host: bool
    length: int
    setup: Setup
    data: bytes = b""


class Unlink(msgspec.Struct, frozen=True):
    """The host gives up on the transfer ``target``."""

    number: int
    target: int


def request(header: bytes) -> tuple[Transfer | Unlink, int]:
    """What a header of `HEADER` bytes asks, and how many bytes of data follow it."""
    command, number, _, inward, endpoint, target = _UNLINK_HEADER.unpack(header)
    if command == _UNLINK:
        return Unlink(number, target), 0
    if command != _SUBMIT:
        raise ValueError(f"the host sent a request {command}")
    *_, length, _, _, _, setup = _SUBMIT_HEADER.unpack(header)
    transfer = Transfer(number, endpoint, bool(inward), length, Setup(*_SETUP.unpack(setup)))
    return transfer, 0 if inward else length


def answer(transfer: Transfer, data: bytes = b"", status: int = 0) -> bytes:
    """The end of a transfer: ``data`` for the host, or that it took what the host sent."""
    moved = len(data) if transfer.into_host else len(transfer.data)
    if status:
        moved = 0
    return _ANSWER.pack(_SUBMITTED, transfer.number, 0, 0, 0, status, moved, 0, 0, 0) + data


def unlinked(unlink: Unlink, in_time: bool) -> bytes:
    """The answer to an `Unlink`."""
    status = _UNLINKED_IN_TIME if in_time else 0
    return _ANSWER.pack(_UNLINKED, unlink.number, 0, 0, 0, status, 0, 0, 0, 0)
