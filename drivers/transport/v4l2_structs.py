"""Structures and numbers of the kernel's video interface (include/uapi/linux/videodev2.h), LP64.

Only what a camera that gives Motion-JPEG takes. Functions pack what goes in and unpack what comes out; the
call itself is `drivers.transport.v4l2`'s.
"""

from __future__ import annotations

import struct

import msgspec

_WRITE, _READ = 1, 2


def _request(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | ord("V") << 8 | number


_CAPABILITY = struct.Struct("=16s32s32sIII12x")
_FMTDESC = struct.Struct("=III32sII12x")
_FORMAT = struct.Struct("=I4xIIIIIIIIIIII152x")
_REQBUFS = struct.Struct("=IIIIB3x")
_BUFFER = struct.Struct("=IIIII4x16x16xIIQIIi4x")
_CTRL = struct.Struct("=Ii")
_FRMSIZE = struct.Struct("=III24s8x")
_PARM = struct.Struct("=IIIII184x")
_INT = struct.Struct("=i")

QUERYCAP = _request(_READ, 0, _CAPABILITY.size)
ENUM_FMT = _request(_READ | _WRITE, 2, _FMTDESC.size)
S_FMT = _request(_READ | _WRITE, 5, _FORMAT.size)
REQBUFS = _request(_READ | _WRITE, 8, _REQBUFS.size)
QUERYBUF = _request(_READ | _WRITE, 9, _BUFFER.size)
QBUF = _request(_READ | _WRITE, 15, _BUFFER.size)
DQBUF = _request(_READ | _WRITE, 17, _BUFFER.size)
STREAMON = _request(_WRITE, 18, _INT.size)
STREAMOFF = _request(_WRITE, 19, _INT.size)
S_PARM = _request(_READ | _WRITE, 22, _PARM.size)
S_CTRL = _request(_READ | _WRITE, 28, _CTRL.size)
ENUM_FRAMESIZES = _request(_READ | _WRITE, 74, _FRMSIZE.size)

CAPTURE = 1
"""V4L2_BUF_TYPE_VIDEO_CAPTURE."""
MMAP = 1
"""V4L2_MEMORY_MMAP."""
FIELD_NONE = 1
CAP_VIDEO_CAPTURE = 0x00000001
CAP_STREAMING = 0x04000000
CAP_DEVICE_CAPS = 0x80000000
FLAG_ERROR = 0x00000040
"""V4L2_BUF_FLAG_ERROR: the frame is damaged."""
SIZE_DISCRETE = 1


def fourcc(code: str) -> int:
    """Return a pixel format's number."""
    return int.from_bytes(code.encode("ascii"), "little")


MJPEG = fourcc("MJPG")
JPEG = fourcc("JPEG")


class Capability(msgspec.Struct, frozen=True):
    """What a node is; ``capabilities`` are those of this very node."""

    driver: str
    card: str
    bus: str
    capabilities: int


class Buffer(msgspec.Struct, frozen=True):
    """One of the buffers shared with the kernel."""

    index: int
    used: int
    flags: int
    sequence: int
    offset: int
    length: int


def blank_capability() -> bytearray:
    return bytearray(_CAPABILITY.size)


def capability(data: bytes | bytearray) -> Capability:
    """Read the answer of `QUERYCAP`."""
    driver, card, bus, _, whole, own = _CAPABILITY.unpack(data)
    return Capability(_text(driver), _text(card), _text(bus), own if whole & CAP_DEVICE_CAPS else whole)


def format_question(index: int) -> bytearray:
    """Ask `ENUM_FMT` for a pixel format."""
    return bytearray(_FMTDESC.pack(index, CAPTURE, 0, b"", 0, 0))


def pixel_format(data: bytes | bytearray) -> int:
    """Read the answer of `ENUM_FMT`."""
    return int(_FMTDESC.unpack(data)[4])


def size_question(index: int, pixel: int) -> bytearray:
    """Ask `ENUM_FRAMESIZES` for a frame size."""
    return bytearray(_FRMSIZE.pack(index, pixel, 0, b""))


def frame_size(data: bytes | bytearray) -> tuple[int, int]:
    """Read the answer of `ENUM_FRAMESIZES`: a size, or the largest of a range."""
    _, _, kind, union = _FRMSIZE.unpack(data)
    if kind == SIZE_DISCRETE:
        width, height = struct.unpack_from("=II", union)
    else:
        _, width, _, _, height, _ = struct.unpack("=6I", union)
    return width, height


def wanted_format(width: int, height: int, pixel: int) -> bytearray:
    """Order `S_FMT`."""
    return bytearray(_FORMAT.pack(CAPTURE, width, height, pixel, FIELD_NONE, *([0] * 8)))


def given_format(data: bytes | bytearray) -> tuple[int, int, int]:
    """Read the answer of `S_FMT`: width, height and pixel format the camera really gives."""
    _, width, height, pixel, *_ = _FORMAT.unpack(data)
    return width, height, pixel


def rate(frames: int) -> bytearray:
    """Order `S_PARM`: so many frames a second."""
    return bytearray(_PARM.pack(CAPTURE, 0, 0, 1, frames))


def buffers(count: int) -> bytearray:
    """Order `REQBUFS`; 0 gives the camera free."""
    return bytearray(_REQBUFS.pack(count, CAPTURE, MMAP, 0, 0))


def buffers_given(data: bytes | bytearray) -> int:
    """Read the answer of `REQBUFS`."""
    return int(_REQBUFS.unpack(data)[0])


def blank_buffer(index: int = 0) -> bytearray:
    """Order `QUERYBUF` or `QBUF` for a buffer, or `DQBUF`."""
    return bytearray(_BUFFER.pack(index, CAPTURE, 0, 0, 0, 0, MMAP, 0, 0, 0, 0))


def buffer(data: bytes | bytearray) -> Buffer:
    """Read the answer of `QUERYBUF` or `DQBUF`."""
    index, _, used, flags, _, sequence, _, offset, length, _, _ = _BUFFER.unpack(data)
    return Buffer(index, used, flags, sequence, offset & 0xFFFFFFFF, length)


def control(number: int, value: int) -> bytearray:
    """Order `S_CTRL`."""
    return bytearray(_CTRL.pack(number, value))


def switch() -> bytearray:
    """Order `STREAMON` and `STREAMOFF`."""
    return bytearray(_INT.pack(CAPTURE))


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", "replace")
