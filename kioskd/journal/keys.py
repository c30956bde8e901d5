"""The journal's secret key: one file, from which every key the journal uses is derived.

The file lies outside the database, so a backup alone neither discloses a private value nor can be signed
anew. Losing it loses the private values and the power to continue the old signatures, never an event.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from kioskd.journal.files import write_new

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# cryptography is imported where it is used: it costs megabytes and most starts never sign or seal.

KEY_NAME = "journal.key"
_PREFIX = b"kioskd-journal-key-1 "
_log = structlog.get_logger(__name__)


class JournalKeys:
    """Keys derived from one 32-byte secret by HMAC-SHA256, one label for each use."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._mac = hmac.new(self._derive(b"mac"), digestmod="sha256")
        self.vault_id = self._derive(b"vault-id")[:8].hex()
        self._signer: Ed25519PrivateKey | None = None

    def _derive(self, label: bytes) -> bytes:
        return hmac.digest(self._secret, b"kioskd.journal." + label, "sha256")

    def mac(self, kind: bytes, *parts: bytes) -> bytes:
        """Authenticate a row that is no event, so that it cannot be changed without this key."""
        # A copy, since hmac.digest() would let go of the interpreter, which is dear to win back.
        mac = self._mac.copy()
        mac.update(b"".join([len(part).to_bytes(8, "big") + part for part in (kind, *parts)]))
        return mac.digest()

    def vault_key(self) -> bytes:
        """Return the key that wraps the keys of private values."""
        return self._derive(b"vault")

    def _signing_key(self) -> Ed25519PrivateKey:
        if self._signer is None:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

            self._signer = Ed25519PrivateKey.from_private_bytes(self._derive(b"sign"))
        return self._signer

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of ``message``."""
        return self._signing_key().sign(message)

    def public_key(self) -> bytes:
        """Return the 32 bytes with which anybody can check a signature."""
        return self._signing_key().public_key().public_bytes_raw()


def key_id(public_key: bytes) -> str:
    """Short name of a public key: 16 hex digits."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def signature_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` over ``message`` was made with the key belonging to ``public_key``."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def load_keys(path: Path) -> JournalKeys | None:
    """Read the key file; None when it is missing or not readable as one. Raises OSError."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if not content.startswith(_PREFIX):
        return None
    try:
        secret = bytes.fromhex(content[len(_PREFIX) :].decode("ascii"))
    except ValueError:
        return None
    return JournalKeys(secret) if len(secret) == 32 else None


def load_or_create_keys(path: Path) -> JournalKeys:
    """Read the key file, making one (mode 0600) when there is none; a spoilt one is set aside, not lost."""
    keys = load_keys(path)
    if keys is not None:
        return keys
    if path.exists():
        aside = path.with_name(f"{path.name}.bad-{os.urandom(4).hex()}")
        path.rename(aside)
        _log.error("journal.key_spoilt", set_aside=str(aside))
    secret = os.urandom(32)
    write_new(path, _PREFIX + secret.hex().encode() + b"\n", 0o600)
    return JournalKeys(secret)
