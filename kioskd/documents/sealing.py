"""How a page lies on disk: authenticated encryption, one file a page.

``KDP1``, the method (one byte: 1 AES-256-GCM, 2 SM4-GCM), eight bytes that name the key, a random nonce of
twelve, then ciphertext and tag (16). Everything before the nonce and the page's name is authenticated with
it, so that a file renamed to another page's does not open. SM4: GB/T 32907-2016.
"""

from __future__ import annotations

import hmac
import os
from enum import StrEnum

MAGIC = b"KDP1"
_NONCE = 12
_TAG = 16
_HEAD = len(MAGIC) + 1 + 8


class Method(StrEnum):
    """The cipher of new pages; every page is read by its own."""

    AES = "aes-256-gcm"
    SM4 = "sm4-gcm"


_NUMBERS = {Method.AES: 1, Method.SM4: 2}


class SealError(Exception):
    """``code``: ``other_key`` (sealed under another key) or ``broken`` (changed, cut, or no page at all)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PageKey:
    """A secret of 32 bytes and the keys made of it by HMAC-SHA256, one for each method."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("a page key is 32 bytes")
        self._keys = {
            Method.AES: hmac.digest(secret, b"kioskd.documents.aes", "sha256"),
            Method.SM4: hmac.digest(secret, b"kioskd.documents.sm4", "sha256")[:16],
        }
        self.name = hmac.digest(secret, b"kioskd.documents.name", "sha256")[:8]

    def seal(self, method: Method, page: str, data: bytes) -> bytes:
        """Encrypt a page."""
        head = MAGIC + bytes([_NUMBERS[method]]) + self.name
        nonce = os.urandom(_NONCE)
        return head + nonce + _encrypt(method, self._keys[method], nonce, data, head + page.encode())

    def open(self, page: str, sealed: bytes) -> bytes:
        """Decrypt a page. Raises `SealError`."""
        head, rest = sealed[:_HEAD], sealed[_HEAD:]
        method = next((m for m, n in _NUMBERS.items() if head[4:5] == bytes([n])), None)
        if not head.startswith(MAGIC) or method is None or len(rest) < _NONCE + _TAG:
            raise SealError("broken")
        if head[5:] != self.name:
            raise SealError("other_key")
        return _decrypt(method, self._keys[method], rest[:_NONCE], rest[_NONCE:], head + page.encode())


def _encrypt(method: Method, key: bytes, nonce: bytes, data: bytes, bound: bytes) -> bytes:
    if method is Method.AES:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(key).encrypt(nonce, data, bound)
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(bound)
    return cipher.update(data) + cipher.finalize() + cipher.tag


def _decrypt(method: Method, key: bytes, nonce: bytes, data: bytes, bound: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        if method is Method.AES:
            return AESGCM(key).decrypt(nonce, data, bound)
        cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce, data[-_TAG:])).decryptor()
        cipher.authenticate_additional_data(bound)
        return cipher.update(data[:-_TAG]) + cipher.finalize()
    except InvalidTag:
        raise SealError("broken") from None
