"""A camera on a line: sizes and orders go there, JPEG frames come back.

Every message is a kind (one byte), a length (four bytes, big-endian) and so many bytes. To the camera: ``Q``
which sizes it has; ``S`` width and height (two bytes each) stream at this size; ``X`` stop; ``C`` identifier
(four bytes) and value (four, signed) set a control of V4L2. From it: ``I`` the sizes it has (two bytes each,
width and height, one pair after the other, the camera's own order), which answers ``Q``; ``F`` width and
height, then a JPEG; ``E`` why an order failed, UTF-8.

`drivers.transport.v4l2` says the same of a camera in this PC, so that one driver serves both. No maker's
protocol: a program of a few lines on another PC speaks it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

_HEAD = struct.Struct(">cI")
_SIZE = struct.Struct(">HH")
_CONTROL = struct.Struct(">Ii")

NO_MJPEG = "the camera gives no Motion-JPEG at this size"
"""A `Trouble` that the other end knows by its words."""

LONGEST = 32 * 1024 * 1024
"""Bytes of one frame: more than any camera of a service window makes."""

Size = tuple[int, int]


class Ask(msgspec.Struct, frozen=True):
    """Say which sizes there are."""


class Stream(msgspec.Struct, frozen=True):
    """Stream at this size."""

    size: Size


class Stop(msgspec.Struct, frozen=True):
    """No more frames."""


class Control(msgspec.Struct, frozen=True):
    """Set a control: a V4L2 identifier and its value."""

    id: int
    value: int


class Sizes(msgspec.Struct, frozen=True):
    """What the camera has."""

    sizes: tuple[Size, ...]


class Frame(msgspec.Struct, frozen=True):
    """One frame."""

    size: Size
    jpeg: bytes


class Trouble(msgspec.Struct, frozen=True):
    """An order failed."""

    why: str


Order = Ask | Stream | Stop | Control
Word = Sizes | Frame | Trouble


class BadMessageError(ValueError):
    """These bytes are not this protocol's."""


def encode(message: Order | Word) -> bytes:
    """Return a message's bytes."""
    match message:
        case Ask():
            kind, body = b"Q", b""
        case Stream():
            kind, body = b"S", _SIZE.pack(*message.size)
        case Stop():
            kind, body = b"X", b""
        case Control():
            kind, body = b"C", _CONTROL.pack(message.id, message.value)
        case Sizes():
            kind, body = b"I", b"".join(_SIZE.pack(*size) for size in message.sizes)
        case Frame():
            kind, body = b"F", _SIZE.pack(*message.size) + message.jpeg
        case Trouble():
            kind, body = b"E", message.why.encode()
    return _HEAD.pack(kind, len(body)) + body


class Messages:
    """Puts messages together from chunks of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Order | Word]:
        """Take bytes; return the messages they complete. Raises `BadMessageError`."""
        self._buffer += data
        while len(self._buffer) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._buffer)
            if length > LONGEST:
                raise BadMessageError(f"a message of {length} bytes")
            if len(self._buffer) < _HEAD.size + length:
                return
            body = bytes(memoryview(self._buffer)[_HEAD.size : _HEAD.size + length])
            del self._buffer[: _HEAD.size + length]
            yield _decode(kind, body)


def _decode(kind: bytes, body: bytes) -> Order | Word:
    try:
        match kind:
            case b"Q":
                return Ask()
            case b"S":
                return Stream(_SIZE.unpack(body))
            case b"X":
                return Stop()
            case b"C":
                return Control(*_CONTROL.unpack(body))
            case b"I":
                return Sizes(tuple(_SIZE.iter_unpack(body)))
            case b"F":
                return Frame(_SIZE.unpack_from(body), body[_SIZE.size :])
            case b"E":
                return Trouble(body.decode(errors="replace"))
    except struct.error as error:
        raise BadMessageError(str(error)) from error
    raise BadMessageError(f"no message is of the kind {kind!r}")
