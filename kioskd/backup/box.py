r"""Sealed boxes: anybody with the public half can fill one, only the holder of the secret opens it.

A box is encrypted in pieces with AES-256-GCM under a key of its own; that key is sealed to each receiver by
X25519 and HKDF-SHA256. Layout: ``kioskd-box-1\n``, length of the head (u32, big-endian), the head (JSON,
`Head`), then pieces, each with its length (u32) before it. A piece's nonce is its number; the last one is
bound to being last, so that nothing can be cut off, and the first to the head.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator, Sequence
from typing import IO, Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"kioskd-box-1\n"
PIECE = 1 << 20
_LENGTH = struct.Struct(">I")
_TAG = 16
_HEAD_MOST = 1 << 16


class BoxError(Exception):
    """A box that cannot be opened. ``code`` is ``not_a_box``, ``wrong_key`` or ``broken`` (cut off, or
    changed).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Wrapped(msgspec.Struct, frozen=True):
    """A box's key for one receiver: ``to`` is the receiver's public half, all in hex."""

    to: str
    via: str
    key: str


class Head(msgspec.Struct, frozen=True):
    """What stands in the clear: for whom the box is, and ``label``, whatever its maker says of it."""

    keys: tuple[Wrapped, ...]
    label: msgspec.Raw = msgspec.Raw(b"{}")


class Opener:
    """The secret half of a receiver, made of 32 bytes or of a shorter secret."""

    def __init__(self, secret: bytes) -> None:
        self._key = X25519PrivateKey.from_private_bytes(_derive(secret, b"kioskd.box.receiver"))

    @property
    def public(self) -> bytes:
        """What others fill boxes with: 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def unwrap(self, head: Head) -> bytes:
        """Return the key of a box for this receiver. Raises `BoxError`."""
        mine = self.public.hex()
        for one in head.keys:
            if one.to == mine:
                try:
                    via = X25519PublicKey.from_public_bytes(bytes.fromhex(one.via))
                    kek = _derive(self._key.exchange(via), b"kioskd.box.key " + self.public)
                    return AESGCM(kek).decrypt(bytes(12), bytes.fromhex(one.key), None)
                except (InvalidTag, ValueError) as error:
                    raise BoxError("broken") from error
        raise BoxError("wrong_key")


def _derive(secret: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, info).derive(secret)


def wrap(key: bytes, receiver: bytes) -> Wrapped:
    """Seal a box's key to a receiver's public half. ValueError when that is none."""
    via = X25519PrivateKey.generate()
    shared = via.exchange(X25519PublicKey.from_public_bytes(receiver))
    # The nonce may be fixed: the key that it is used with is never used again.
    sealed = AESGCM(_derive(shared, b"kioskd.box.key " + receiver)).encrypt(bytes(12), key, None)
    return Wrapped(receiver.hex(), via.public_key().public_bytes_raw().hex(), sealed.hex())


class Filler:
    """A file-like object that seals what is written to it; `close` makes the box whole.

    ``key`` opens the box again without any secret: whoever fills it can prove it.
    """

    def __init__(self, target: IO[bytes], receivers: Sequence[bytes], label: bytes = b"{}") -> None:
        self.key = os.urandom(32)
        self._target = target
        self._cipher = AESGCM(self.key)
        self._waiting = bytearray()
        self._number = 0
        head = msgspec.json.encode(Head(tuple(wrap(self.key, one) for one in receivers), msgspec.Raw(label)))
        self._head = head
        target.write(MAGIC + _LENGTH.pack(len(head)) + head)

    def write(self, data: Any) -> int:
        """Take bytes; raises what writing to the target raises."""
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(data)

    def flush(self) -> None:
        """Do nothing: a piece goes when it is full."""

    def close(self) -> None:
        """Write the last piece."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, piece: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(
            self._number.to_bytes(12, "big"), piece, _bound(self._head, self._number, last)
        )
        self._target.write(_LENGTH.pack(len(sealed)) + sealed)
        self._number += 1


def read_head(source: IO[bytes]) -> tuple[Head, bytes]:
    """Read the head of a box, and leave the source before the first piece. Raises `BoxError`, OSError."""
    if source.read(len(MAGIC)) != MAGIC:
        raise BoxError("not_a_box")
    prefix = source.read(_LENGTH.size)
    length = _LENGTH.unpack(prefix)[0] if len(prefix) == _LENGTH.size else _HEAD_MOST + 1
    raw = source.read(length) if length <= _HEAD_MOST else b""
    try:
        return msgspec.json.decode(raw, type=Head), raw
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BoxError("broken") from error


def pieces(source: IO[bytes], raw_head: bytes, key: bytes) -> Iterator[bytes]:
    """Yield the plain pieces, each proven; the end is proven too. Raises `BoxError`, OSError."""
    cipher = AESGCM(key)
    number = 0
    waiting = _piece(source)
    while True:
        following = _peek(source)
        last = following is None
        try:
            yield cipher.decrypt(number.to_bytes(12, "big"), waiting, _bound(raw_head, number, last))
        except InvalidTag as error:
            raise BoxError("broken") from error
        if following is None:
            return
        waiting = _rest(source, following)
        number += 1


def _bound(head: bytes, number: int, last: bool) -> bytes:
    return (b"last" if last else b"more") + (head if number == 0 else b"")


def _peek(source: IO[bytes]) -> int | None:
    prefix = source.read(_LENGTH.size)
    if not prefix:
        return None
    if len(prefix) < _LENGTH.size:
        raise BoxError("broken")
    return int(_LENGTH.unpack(prefix)[0])


def _piece(source: IO[bytes]) -> bytes:
    length = _peek(source)
    if length is None:
        raise BoxError("broken")
    return _rest(source, length)


def _rest(source: IO[bytes], length: int) -> bytes:
    data = source.read(length) if length <= PIECE + _TAG else b""
    if len(data) < max(length, _TAG):
        raise BoxError("broken")
    return data


class Emptier:
    """A file-like object to read a box from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, fewer at the end only. Raises `BoxError`."""
        found = [self._left]
        have = len(self._left)
        while size < 0 or have < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            found.append(piece)
            have += len(piece)
        whole = b"".join(found)
        size = have if size < 0 else size
        self._left = whole[size:]
        return whole[:size]


def seal(content: bytes, receiver: bytes, label: bytes = b"{}") -> bytes:
    """Return a small box with ``content`` for one receiver."""
    target = io.BytesIO()
    filler = Filler(target, (receiver,), label)
    filler.write(content)
    filler.close()
    return target.getvalue()


def unseal(box: bytes, opener: Opener) -> bytes:
    """Return what is in a small box. Raises `BoxError`."""
    source = io.BytesIO(box)
    head, raw = read_head(source)
    return b"".join(pieces(source, raw, opener.unwrap(head)))
